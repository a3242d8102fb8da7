/**
 * The check of times that come from callers.
 *
 * @module
 */
import { describeKind } from "../core/repr.ts";

/** Refuses, at the call, what is neither a number of milliseconds nor null. */
export function checkTime(value: unknown, where: string): void {
  if (value === null) return;
  if (typeof value !== "number") {
    throw new TypeError(
      `Cannot call ${where} with ${
        describeKind(value)
      } as its time: give milliseconds as a number, or null for no limit.`,
    );
  }
  if (Number.isNaN(value)) {
    throw new RangeError(`Cannot call ${where} with NaN as its time: give milliseconds, or null for no limit.`);
  }
}
