import { assertMatch, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { NotSupportedError } from "../../mod.ts";
import { checkRuntime } from "../../src/adapters/default_adapter.ts";

/** What this runtime has, but for some of it. */
function without(names: Readonly<Record<string, unknown>>, versions: Readonly<Record<string, string>>): object {
  return { Promise, Symbol, SuppressedError, process: { versions }, ...names };
}

describe("A runtime that is too old", () => {
  it("is refused by its name and version, with what is missing and what to use", () => {
    const error = assertThrows(
      () => checkRuntime("make an event loop", without({ SuppressedError: undefined }, { node: "22.1.0" })),
      NotSupportedError,
    );
    assertMatch(error.message, /^Cannot make an event loop on Node 22\.1\.0, which has no SuppressedError\..*Node 24/);
    const older = assertThrows(
      () => checkRuntime("make a WorkerPool", without({ SuppressedError: undefined, Promise: {} }, { node: "20.0.0" })),
      NotSupportedError,
    );
    assertMatch(older.message, /Node 20\.0\.0, which has no Promise\.withResolvers and no SuppressedError/);
  });

  it("is told apart from others that have a version of Node as well, or no version at all", () => {
    const named = (versions: Readonly<Record<string, string>>, name: RegExp) => {
      const scope = without({ SuppressedError: undefined }, versions);
      assertMatch(assertThrows(() => checkRuntime("run", scope), NotSupportedError).message, name);
    };
    named({ node: "24.0.0", deno: "2.0.0" }, /on Deno 2\.0\.0,/);
    named({ node: "24.0.0", bun: "1.0.0" }, /on Bun 1\.0\.0,/);
    named({}, /on this runtime,/);
  });

  it("is not this one", () => {
    checkRuntime("run");
    checkRuntime("run", without({}, {}));
  });
});
