/**
 * What the loop refuses at the call, since later nobody would know where it came from.
 *
 * @module
 */
import { describeKind } from "./repr.ts";

/** A generator function called as a plain callback would do nothing at all, and an async one run unseen. */
export function checkCallback(callback: unknown, where: string): void {
  if (typeof callback === "function" && Object.getPrototypeOf(callback) === Function.prototype) return;
  if (typeof callback !== "function") {
    throw new TypeError(`Cannot ${where}(${describeKind(callback)}): the callback must be a function.`);
  }
  const tag = Object.prototype.toString.call(callback);
  if (tag !== "[object Function]") {
    throw new TypeError(
      `Cannot ${where}(${callback.name}): a generator or async function is not a callback. Make a task of it with createTask().`,
    );
  }
}

export function checkTime(value: unknown, what: string, where: string): void {
  if (typeof value !== "number") {
    throw new TypeError(`Cannot ${where}(): the ${what} must be a number of milliseconds, not ${describeKind(value)}.`);
  }
  if (Number.isNaN(value)) {
    throw new RangeError(`Cannot ${where}(): the ${what} is NaN. Give a number of milliseconds.`);
  }
}
