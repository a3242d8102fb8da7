/** Assertions about a single value. */

import { AssertionError, message, show } from "./failure.ts";

/** Every value that counts as false. */
export type Falsy = false | 0 | 0n | "" | null | undefined;

// deno-lint-ignore no-explicit-any
type AnyConstructor = abstract new (...args: any[]) => any;

/** Fails unless the value counts as true. */
export function assert(expr: unknown, msg = ""): asserts expr {
  if (!expr) throw new AssertionError(msg);
}

/** Fails unless the value counts as false. */
export function assertFalse(expr: unknown, msg = ""): asserts expr is Falsy {
  if (expr) throw new AssertionError(msg);
}

/** Fails if the value is `null` or `undefined`. */
export function assertExists<T>(actual: T, msg?: string): asserts actual is NonNullable<T> {
  hold(actual !== undefined && actual !== null, `Expected actual: "${actual}" to not be null or undefined`, msg);
}

/** Fails unless the value is an instance of the class. */
export function assertInstanceOf<T extends AnyConstructor>(
  actual: unknown,
  expectedType: T,
  msg = "",
): asserts actual is InstanceType<T> {
  hold(actual instanceof expectedType, `Expected ${show(actual)} to be an instance of ${expectedType.name}`, msg);
}

/** Fails if the value is an instance of the class. */
export function assertNotInstanceOf<A, T>(
  actual: A,
  // deno-lint-ignore no-explicit-any
  unexpectedType: abstract new (...args: any[]) => T,
  msg?: string,
): asserts actual is Exclude<A, T> {
  const is = actual instanceof unexpectedType;
  hold(!is, `Expected ${show(actual)} not to be an instance of ${unexpectedType.name}`, msg);
}

/** Fails unless the text matches. */
export function assertMatch(actual: string, expected: RegExp, msg?: string): void {
  hold(expected.test(actual), `Expected ${show(actual)} to match ${expected}`, msg);
}

/** Fails if the text matches. */
export function assertNotMatch(actual: string, expected: RegExp, msg?: string): void {
  hold(!expected.test(actual), `Expected ${show(actual)} not to match ${expected}`, msg);
}

/** Fails unless the text holds these words. */
export function assertStringIncludes(actual: string, expected: string, msg?: string): void {
  hold(actual.includes(expected), `Expected ${show(actual)} to include ${show(expected)}`, msg);
}

/** Fails unless `actual > expected`. */
export function assertGreater<T>(actual: T, expected: T, msg?: string): void {
  hold(actual > expected, `Expected ${show(actual)} > ${show(expected)}`, msg);
}

/** Fails unless `actual >= expected`. */
export function assertGreaterOrEqual<T>(actual: T, expected: T, msg?: string): void {
  hold(actual >= expected, `Expected ${show(actual)} >= ${show(expected)}`, msg);
}

/** Fails unless `actual < expected`. */
export function assertLess<T>(actual: T, expected: T, msg?: string): void {
  hold(actual < expected, `Expected ${show(actual)} < ${show(expected)}`, msg);
}

/** Fails unless `actual <= expected`. */
export function assertLessOrEqual<T>(actual: T, expected: T, msg?: string): void {
  hold(actual <= expected, `Expected ${show(actual)} <= ${show(expected)}`, msg);
}

/** Fails unless two numbers are closer than the tolerance, by default a ten-millionth of `expected`. */
export function assertAlmostEquals(actual: number, expected: number, tolerance?: number, msg?: string): void {
  const allowed = tolerance ?? (Number.isFinite(expected) ? Math.abs(expected * 1e-7) : 1e-7);
  const near = Object.is(actual, expected) || Math.abs(expected - actual) <= allowed;
  hold(near, `Expected ${actual} to be close to ${expected}, with a tolerance of ${allowed}`, msg);
}

function hold(holds: boolean, what: string, msg?: string): void {
  if (!holds) throw new AssertionError(message(what, msg));
}
