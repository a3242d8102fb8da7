/**
 * A body of somebody else's on its way to the host.
 *
 * @module
 */

import { setImmediate } from "./timers.ts";

/** What becomes of a body. */
export interface SentBodyEvents {
  /** All of it was given to the host. */
  sent(): void;
  /** The host does not want any more. */
  gone(): void;
  /** It has failed midway, with this. */
  failed(error: unknown): void;
}

type Part = Uint8Array<ArrayBuffer> | string;
type Read = Promise<ReadableStreamReadResult<Part>>;

const encoder = new TextEncoder();

/** A stream that passes another one on, as it is asked to, and reports its end. */
export class SentBody {
  /** What the host reads. */
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** How many bytes were given to the host. */
  bytes = 0;
  readonly #reader: ReadableStreamDefaultReader<Part>;
  readonly #announced: number | null;
  readonly #events: SentBodyEvents;
  #controller!: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  /** What was asked for before the host has. */
  #asked: Read[] = [];
  #over = false;
  #isSent = false;

  /** Locks the source. The length is the one that the head says, if it does. */
  constructor(source: ReadableStream<Part>, announced: number | null, events: SentBodyEvents) {
    this.#reader = source.getReader();
    this.#announced = announced;
    this.#events = events;
    this.stream = new ReadableStream({
      start: (controller) => void (this.#controller = controller),
      pull: () => this.#pull(),
      cancel: (reason) => this.#cancelled(reason),
    }, { highWaterMark: 0 });
  }

  /**
   * Waits for the first two parts, but no longer than for the next turn of the host: what fails by then can still be answered otherwise, and
   * a body that is there as a whole can be sent with its length. Called once, before the host reads.
   *
   * @returns all of it, if that has come
   * @throws whatever it fails with
   */
  async begin(): Promise<Uint8Array<ArrayBuffer> | null> {
    const first = await this.#soon();
    if (first === undefined) return null;
    if (first.done) return new Uint8Array();
    const part = toBytes(first.value);
    const second = await this.#soon();
    if (second?.done) return part;
    if (second !== undefined) toBytes(second.value);
    return null;
  }

  /** Whether all of it was given to the host. One that is done without that has lost its client. */
  get isWhole(): boolean {
    return this.#isSent || this.bytes === this.#announced;
  }

  /** Breaks it off: the client sees that it is not complete. */
  cut(): void {
    if (this.#over) return;
    this.#over = true;
    this.#events.gone();
    this.#break(new DOMException("The server closed.", "AbortError"));
  }

  /** Lets go of it before the host has read any. */
  drop(reason: unknown): void {
    this.#over = true;
    this.#reader.cancel(reason).catch(() => {});
  }

  #soon(): Promise<ReadableStreamReadResult<Part> | undefined> {
    const read = this.#reader.read();
    this.#asked.push(read);
    // Whoever reads it later gets the error.
    read.catch(() => {});
    return Promise.race([read, new Promise<undefined>((resolve) => setImmediate(() => resolve(undefined)))]);
  }

  async #pull(): Promise<void> {
    try {
      const { done, value } = await (this.#asked.shift() ?? this.#reader.read());
      if (this.#over) return;
      if (done) return this.#ended();
      const bytes = toBytes(value);
      const size = this.bytes + bytes.byteLength;
      if (this.#announced !== null && size > this.#announced) throw wrongLength(size, this.#announced);
      this.bytes = size;
      this.#controller.enqueue(bytes);
    } catch (error) {
      if (this.#over) return;
      this.#over = true;
      this.#events.failed(error);
      this.#break(error);
    }
  }

  #ended(): void {
    if (this.#announced !== null && this.bytes < this.#announced) throw wrongLength(this.bytes, this.#announced);
    this.#over = true;
    this.#isSent = true;
    this.#events.sent();
    this.#controller.close();
  }

  #cancelled(reason: unknown): Promise<void> | undefined {
    if (this.#over) return undefined;
    this.#over = true;
    // A host may be done when it has what the head says, and asks for no end.
    if (this.bytes === this.#announced) this.#events.sent();
    else this.#events.gone();
    return this.#reader.cancel(reason);
  }

  #break(reason: unknown): void {
    // Without an error, which the host would print.
    this.#controller.error(undefined);
    this.#reader.cancel(reason).catch(() => {});
  }
}

/** The bytes of a part of a body. A text is not bytes, but two of three hosts take one all the same. */
export function toBytes(part: Part): Uint8Array<ArrayBuffer> {
  if (part instanceof Uint8Array) return part;
  if (typeof part === "string") return encoder.encode(part);
  throw new TypeError(
    `Cannot send a body that has a part of type ${
      typeName(part)
    }: the stream of a response must contain bytes, each part a Uint8Array.`,
  );
}

function typeName(value: unknown): string {
  if (typeof value !== "object" || value === null) return value === null ? "null" : typeof value;
  return (value as { readonly constructor?: { readonly name?: string } }).constructor?.name || "object";
}

/** The length that the head of a response says, or null. */
export function announcedLength(headers: Headers): number | null {
  return toLength(headers.get("content-length"));
}

/** What the header `Content-Length` says, or null if that is no length. */
export function toLength(said: string | null): number | null {
  return said !== null && /^\d{1,15}$/.test(said) ? Number(said) : null;
}

/** A body is not as long as the client was told. */
export function wrongLength(sent: number, length: number): TypeError {
  const much = sent > length ? `at least ${sent}` : String(sent);
  return new TypeError(
    `Cannot send a body of ${much} bytes with a content-length of ${length}: the client was told another length. ` +
      "Leave the header out: it is set where the length is known.",
  );
}
