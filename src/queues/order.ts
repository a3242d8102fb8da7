/**
 * The natural order of what a priority queue may hold.
 *
 * @module
 */
import { describeKind, describeValue } from "../core/repr.ts";

/**
 * Whether `a` comes before `b`: numbers and bigints by value, strings by code unit, arrays by their first elements that
 * differ, and a shorter array before a longer one that begins with it.
 *
 * @throws {TypeError} if they cannot be compared
 */
export function comesBefore(a: unknown, b: unknown): boolean {
  if (typeof a === "number" && typeof b === "number") return a < b;
  if (Array.isArray(a) && Array.isArray(b)) {
    const length = Math.min(a.length, b.length);
    for (let i = 0; i < length; i++) {
      if (!isSame(a[i], b[i])) return comesBefore(a[i], b[i]);
    }
    return a.length < b.length;
  }
  if (isNumeric(a) && isNumeric(b)) return a < b;
  if (typeof a === "string" && typeof b === "string") return a < b;
  throw notOrdered(a, b);
}

/** The error for two values that have no order. */
export function notOrdered(a: unknown, b: unknown): TypeError {
  return new TypeError(
    `Cannot order ${describeKind(a)} and ${
      describeKind(b)
    }: a PriorityQueue compares numbers, strings, or arrays of them. ` +
      "Put [priority, number, item] in, with another number each time, or make the queue with a compare function.",
  );
}

/** Refuses a value that cannot be compared even with itself, so that a queue refuses it as its first item as well. */
export function checkOrdered(item: unknown): void {
  const ordered = typeof item === "string" || isNumeric(item) || Array.isArray(item);
  if (!ordered || item !== item) {
    throw new TypeError(
      `Cannot put ${describeKind(item)} into a PriorityQueue: ${describeValue(item)} has no place in an order. ` +
        "Put numbers, strings or arrays in, or make the queue with a compare function.",
    );
  }
}

function isNumeric(value: unknown): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isNumeric(a) && isNumeric(b)) return a == b;
  if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
  return a.every((element, i) => isSame(element, b[i]));
}
