/**
 * What a stream reader is given: its options, and checks of the arguments of its methods.
 *
 * @module
 */
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import { describeKind } from "../core/repr.ts";
import { checkOptions, type OptionNames } from "./check_options.ts";

/** How many bytes a line may have, and half of what a paused transport leaves in the buffer. */
export const DEFAULT_LIMIT = 65_536;

/** The options of {@linkcode StreamReader}. */
export interface StreamReaderOptions {
  /**
   * How many bytes a separator may be away. Twice as many in the buffer pause the transport. 65,536 by default.
   */
  readonly limit?: number | undefined;
  /** The loop of the tasks that read; by default the current one. */
  readonly loop?: BaseEventLoop | undefined;
}

const NAMES: OptionNames<StreamReaderOptions> = { limit: true, loop: true };

/** What a {@linkcode StreamReader} asks of the transport that feeds it. */
export interface ReadingTransport {
  /** Feeds nothing from now on. A transport that cannot do that throws a {@linkcode NotSupportedError}. */
  pauseReading(): void;
  /** Feeds again. */
  resumeReading(): void;
}

const encoder = new TextEncoder();

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
