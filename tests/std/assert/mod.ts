/**
 * A stand-in for `@std/assert`: the same names and signatures, over `node:assert`, only what the tests use.
 * It serves the runtimes that cannot load packages from JSR, and machines that cannot reach it.
 *
 * @module
 */

export { AssertionError, fail, unreachable } from "./failure.ts";
export { assertIsError, assertRejects, assertThrows } from "./errors.ts";
export {
  assertArrayIncludes,
  assertEquals,
  assertNotEquals,
  assertNotStrictEquals,
  assertObjectMatch,
  assertStrictEquals,
  equal,
} from "./equality.ts";
export {
  assert,
  assertAlmostEquals,
  assertExists,
  assertFalse,
  assertGreater,
  assertGreaterOrEqual,
  assertInstanceOf,
  assertLess,
  assertLessOrEqual,
  assertMatch,
  assertNotInstanceOf,
  assertNotMatch,
  assertStringIncludes,
} from "./plain.ts";
export type { Falsy } from "./plain.ts";
