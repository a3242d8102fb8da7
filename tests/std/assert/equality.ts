/** Assertions that compare two values. */

import assertions from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { AssertionError, message, show } from "./failure.ts";

/** An array, or what can be read like one. */
export type ArrayLikeArg<T> = ArrayLike<T> & object;

/** Whether two values have the same structure and the same leaves. */
export function equal(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(a, b);
}

/** Fails unless both values have the same structure and the same leaves. */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  if (equal(actual, expected)) return;
  throw new AssertionError(message("Values are not equal", msg) + difference(actual, expected));
}

/** Fails if both values have the same structure and the same leaves. */
export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void {
  if (!equal(actual, expected)) return;
  throw new AssertionError(message(`Expected actual: ${show(actual)} not to be: ${show(expected)}`, msg));
}

/** Fails unless both are the same value, as `Object.is` sees it. */
export function assertStrictEquals<T>(actual: unknown, expected: T, msg?: string): asserts actual is T {
  if (Object.is(actual, expected)) return;
  const what = equal(actual, expected)
    ? "Values have the same structure but are not reference-equal"
    : "Values are not strictly equal";
  throw new AssertionError(message(what, msg) + difference(actual, expected));
}

/** Fails if both are the same value, as `Object.is` sees it. */
export function assertNotStrictEquals<T>(actual: T, expected: T, msg?: string): void {
  if (!Object.is(actual, expected)) return;
  throw new AssertionError(message(`Expected "actual" to not be strictly equal to: ${show(expected)}`, msg));
}

/** Fails unless `actual` holds every element of `expected`. */
export function assertArrayIncludes<T>(actual: ArrayLikeArg<T>, expected: ArrayLikeArg<T>, msg?: string): void {
  const there = Array.from(actual);
  const missing = Array.from(expected).filter((wanted) => !there.some((element) => equal(element, wanted)));
  if (missing.length === 0) return;
  throw new AssertionError(
    message(`Expected actual: ${show(actual)} to include: ${show(expected)}, missing: ${show(missing)}`, msg),
  );
}

/** Fails unless `actual` has every member of `expected`, at every depth. */
export function assertObjectMatch(
  // deno-lint-ignore no-explicit-any
  actual: Record<PropertyKey, any>,
  expected: Record<PropertyKey, unknown>,
  msg?: string,
): void {
  const picked = pick(actual, expected, new Map());
  if (equal(picked, pick(expected, expected, new Map()))) return;
  throw new AssertionError(message("Object does not match", msg) + difference(picked, expected));
}

/** The part of a value that the pattern speaks of. */
function pick(value: unknown, pattern: unknown, seen: Map<unknown, unknown>): unknown {
  if (!isPlain(pattern) || typeof value !== "object" || value === null) return value;
  const known = seen.get(pattern);
  if (known !== undefined) return known;
  const part: Record<PropertyKey, unknown> | unknown[] = Array.isArray(pattern) ? [] : {};
  seen.set(pattern, part);
  for (const key of Reflect.ownKeys(pattern)) {
    if (key === "length" || !(key in value)) continue;
    Reflect.set(part, key, pick(Reflect.get(value, key), Reflect.get(pattern, key), seen));
  }
  return part;
}

/** Whether a pattern is compared member by member; anything else is compared as a whole. */
function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === Object.prototype || prototype === null;
}

/** What Node's own comparison says about two values, line by line. */
function difference(actual: unknown, expected: unknown): string {
  try {
    assertions.deepStrictEqual(actual, expected);
  } catch (error) {
    if (error instanceof Error) return `\n\n${error.message.split("\n").slice(1).join("\n")}`;
  }
  return `\n\nactual: ${show(actual)}\nexpected: ${show(expected)}`;
}
