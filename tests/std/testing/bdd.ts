/**
 * A stand-in for `@std/testing/bdd`: the same names and signatures, only what the tests use. On Deno it stands on
 * `Deno.test`, so that the sanitizers for operations and resources watch every test; elsewhere on `node:test`.
 *
 * @module
 */

import type { Describe, Hook, It } from "./bdd_types.ts";
export type { Describe, Hook, It, TestFunction, TestOptions } from "./bdd_types.ts";

const host = "Deno" in globalThis ? await import("./bdd_deno.ts") : await import("./bdd_node.ts");

/** Groups tests, and the hooks that they share, under a name. */
export const describe: Describe = host.describe;
/** One test. */
export const it: It = host.it;
/** One test: another name of {@linkcode it}. */
export const test: It = host.it;
/** Runs once, before the first test of the group. */
export const beforeAll: Hook = host.beforeAll;
/** Runs once, after the last test of the group. */
export const afterAll: Hook = host.afterAll;
/** Runs before each test of the group and of the groups in it, the outer group's hooks first. */
export const beforeEach: Hook = host.beforeEach;
/** Runs after each test of the group and of the groups in it, the inner group's hooks first. */
export const afterEach: Hook = host.afterEach;
