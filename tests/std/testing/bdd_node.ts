/** The bdd functions over `node:test`, which Bun has too. Sanitizers are Deno's alone: those options do nothing here. */

import * as host from "node:test";
import { type Describe, forms, type Hook, type It, type TestFunction, type TestOptions } from "./bdd_types.ts";

export const it: It = forms<TestFunction>((name, options, fn) => {
  // A body that takes no argument: node:test would read one as a callback that ends the test.
  pick(host.it, options)(name, () => fn());
});

export const describe: Describe = forms<() => void>((name, options, fn) => {
  pick(host.describe, options)(name, () => fn());
});

export const beforeAll: Hook = (fn) => host.before(() => fn());
export const afterAll: Hook = (fn) => host.after(() => fn());
export const beforeEach: Hook = (fn) => host.beforeEach(() => fn());
export const afterEach: Hook = (fn) => host.afterEach(() => fn());

/** The form of a function of `node:test` that the options ask for. */
function pick<F>(form: F & { skip: F; only: F }, options: TestOptions): F {
  return options.ignore ? form.skip : options.only ? form.only : form;
}
