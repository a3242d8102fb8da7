/**
 * Tells signals from what is none.
 *
 * @module
 */
import { describeKind } from "../core/repr.ts";
import { SIGNALS, suggestSignal } from "../loop/signals.ts";

/** The highest number that a system has for a signal. */
const HIGHEST = 64;

/** Refuses what cannot be sent to a process. */
export function checkSignal(signal: unknown): asserts signal is string | number {
  if (typeof signal === "number") {
    if (Number.isInteger(signal) && signal > 0 && signal <= HIGHEST) return;
    throw new RangeError(`Cannot send signal ${signal}: the numbers of signals are 1 to ${HIGHEST}.`);
  }
  if (typeof signal !== "string") {
    throw new TypeError(
      `Cannot send ${describeKind(signal)} as a signal: give its name, such as "SIGTERM", or its number.`,
    );
  }
  if (SIGNALS.has(signal)) return;
  throw new RangeError(`Cannot send ${JSON.stringify(signal)}: there is no such signal. ${suggestSignal(signal)}`);
}
