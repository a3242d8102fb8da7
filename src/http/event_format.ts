/**
 * How the events of an event stream are written.
 *
 * @module
 */
import { describeKind } from "../core/repr.ts";

/**
 * One event of an event stream: what `EventSource` passes to its listeners.
 *
 * @category Responses
 */
export interface ServerSentEvent {
  /** The text. It may have several lines; they arrive joined by `\n`. Without it a browser takes the other fields and tells nobody. */
  readonly data?: string | undefined;
  /** The name of the event; listeners for `message` hear those without one. */
  readonly event?: string | undefined;
  /** The place in the stream, which a client that comes back tells as `Last-Event-ID`. */
  readonly id?: string | undefined;
  /** Milliseconds after which a client that has lost the connection comes back. */
  readonly retry?: number | undefined;
}

const LINES = /\r\n|\r|\n/;

/**
 * Writes an event.
 *
 * @throws {TypeError} if it is not an object, or a field has the wrong type or characters that it cannot have
 * @throws {RangeError} if `retry` is not a whole number, 0 or more
 */
export function formatEvent(event: ServerSentEvent): string {
  if (typeof event !== "object" || event === null) {
    throw new TypeError(`Cannot send ${describeKind(event)} as an event: give an object such as { data: "text" }.`);
  }
  const { data, event: name, id, retry } = event;
  if (data === undefined && name !== undefined) {
    throw new TypeError(
      'Cannot send an event without data: clients drop it. Give data: "" if there is nothing to say.',
    );
  }
  if (data === undefined && id === undefined && retry === undefined) {
    throw new TypeError(
      "Cannot send an event with neither data nor id nor retry: no client would notice it. Give data.",
    );
  }
  let text = "";
  if (name !== undefined) text += `event: ${checkLine("event", name)}\n`;
  if (id !== undefined) text += `id: ${checkLine("id", id)}\n`;
  if (retry !== undefined) text += `retry: ${checkRetry(retry)}\n`;
  if (data !== undefined) {
    checkText("data", data);
    for (const line of data.split(LINES)) text += `data: ${line}\n`;
  }
  return `${text}\n`;
}

/**
 * Writes a comment, which no client hears of.
 *
 * @throws {TypeError} if it is not text
 */
export function formatComment(text: string): string {
  checkText("comment", text);
  return `${text.split(LINES).map((line) => line === "" ? ":" : `: ${line}`).join("\n")}\n\n`;
}

/** Refuses what is no time to come back after. */
export function checkRetry(retry: unknown): number {
  if (typeof retry !== "number") {
    throw new TypeError(`Cannot send ${describeKind(retry)} as retry: give a number of milliseconds.`);
  }
  if (!Number.isInteger(retry) || retry < 0) {
    throw new RangeError(`Cannot send retry: ${retry}. Give whole milliseconds, 0 or more.`);
  }
  return retry;
}

function checkText(field: string, value: unknown): asserts value is string {
  if (typeof value === "string") return;
  throw new TypeError(`Cannot send ${describeKind(value)} as ${field}: give a string; JSON.stringify() makes one.`);
}

/** A field of one line. A break in it would begin another field, and clients drop an id with a NUL. */
function checkLine(field: string, value: unknown): string {
  checkText(field, value);
  if (/[\r\n]/.test(value)) {
    throw new TypeError(
      `Cannot send an event with a line break in its ${field}: it would end there. Take it out, or put the text into data.`,
    );
  }
  if (field === "id" && value.includes("\0")) {
    throw new TypeError("Cannot send an event with a NUL in its id: clients ignore such an id. Take it out.");
  }
  return value;
}
