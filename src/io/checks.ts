/**
 * Checks of arguments: of bytes, and of what a stream reader is asked for.
 *
 * @module
 */
import { checkOptions, type OptionNames } from "../core/misuse.ts";
import { describeKind } from "../core/repr.ts";
import type { StreamReaderOptions } from "./stream_reader.ts";

/** Refuses everything but bytes. Text has no encoding of its own, so it is never encoded silently. */
export function checkBytes(data: unknown, where: string): asserts data is Uint8Array {
  if (data instanceof Uint8Array) return;
  const advice = typeof data === "string"
    ? "Encode it: new TextEncoder().encode(text)."
    : data instanceof ArrayBuffer || ArrayBuffer.isView(data)
    ? "Make a Uint8Array of it."
    : "Give a Uint8Array.";
  throw new TypeError(`Cannot call ${where}() with ${describeKind(data)}: it takes bytes. ${advice}`);
}

/** How many bytes a line may have, and half of what a paused transport leaves in the buffer. */
export const DEFAULT_LIMIT = 65_536;

const NAMES: OptionNames<StreamReaderOptions> = { limit: true, loop: true };
const encoder = /* @__PURE__ */ new TextEncoder();

/** The bytes of a separator. */
export function toBytes(separator: unknown): Uint8Array {
  if (typeof separator === "string") return encoder.encode(separator);
  if (separator instanceof Uint8Array) return separator;
  throw new TypeError(`Cannot read up to ${describeKind(separator)}: a separator is a Uint8Array or a string.`);
}

/** Refuses what is not a number of bytes. */
export function checkCount(name: string, n: number): void {
  if (typeof n !== "number") {
    throw new TypeError(`Cannot call ${name}() with ${describeKind(n)}: give a number of bytes.`);
  }
  if (!isWhole(n)) throw new RangeError(`Cannot call ${name}() with ${n}: give a whole number of bytes.`);
}

/** Refuses what is not bytes: anything else with a length would be copied as well, a string as zeros. */
export function checkFed(data: unknown, reader: { toString(): string }): void {
  if (data instanceof Uint8Array) return;
  throw new TypeError(
    `Cannot feed ${describeKind(data)} to ${reader}: give a Uint8Array; TextEncoder makes one of text.`,
  );
}

/** Refuses what reads could not throw. */
export function checkException(error: unknown): void {
  if (error instanceof Error) return;
  throw new TypeError(
    `Cannot set ${describeKind(error)} as the exception of a StreamReader: it must be an Error. ` +
      "Wrap it: new Error(message, { cause: value }).",
  );
}

/** The limit of a reader with these options. */
export function limitOf(options: StreamReaderOptions): number {
  checkOptions(options, "new StreamReader", NAMES);
  const { limit = DEFAULT_LIMIT } = options;
  checkLimit(limit);
  return limit;
}

/** Refuses what cannot be the limit of a reader. */
export function checkLimit(limit: unknown): asserts limit is number | undefined {
  if (limit === undefined) return;
  if (typeof limit !== "number") {
    throw new TypeError(
      `Cannot make a StreamReader with ${describeKind(limit)} as its limit: give a number of bytes.`,
    );
  }
  if (!(limit > 0) || !isWhole(limit)) {
    throw new RangeError(
      `Cannot make a StreamReader with a limit of ${limit}: it must be whole and greater than zero.`,
    );
  }
}

function isWhole(n: number): boolean {
  return Number.isInteger(n) || n === Infinity || n === -Infinity;
}
