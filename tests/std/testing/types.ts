/**
 * A stand-in for `@std/testing/types`: assertions about types, which only the type checker sees.
 *
 * @module
 */

/** `assertType<IsExact<typeof value, string>>(true)` compiles only if the type argument is `true`. */
// deno-lint-ignore no-unused-vars
export function assertType<T extends boolean>(expectTrue: T): void {}

/** Compiles only if its type argument is `true`. */
export type AssertTrue<T extends true> = T;

/** Compiles only if its type argument is `false`. */
export type AssertFalse<T extends false> = T;

/** Compiles only if both are the same `boolean`. */
export type Assert<T extends boolean, Expected extends T> = [T, Expected];

/** Whether two types are exactly the same. */
export type IsExact<T, U> = (<G>() => G extends T ? 1 : 2) extends (<G>() => G extends U ? 1 : 2) ? true : false;

/** Whether the first type has the second one. */
export type Has<T, U> = IsAny<T> extends true ? true
  : IsAny<U> extends true ? false
  : [Extract<T, U>] extends [never] ? false
  : true;

/** Whether the first type does not have the second one. */
export type NotHas<T, U> = Has<T, U> extends true ? false : true;

/** Whether a type is `any`. */
export type IsAny<T> = 0 extends (1 & T) ? true : false;

/** Whether a type is `never`. */
export type IsNever<T> = [T] extends [never] ? true : false;

/** Whether a type is `unknown`. */
export type IsUnknown<T> = IsAny<T> extends true ? false : unknown extends T ? true : false;

/** Whether a type holds `null` or `undefined`. */
export type IsNullable<T> = [Extract<T, null | undefined>] extends [never] ? false : true;
