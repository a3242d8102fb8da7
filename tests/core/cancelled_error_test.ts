import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { CancelledError } from "../../mod.ts";

describe("A CancelledError", () => {
  it("is an error for instanceof and for those who ask Object.prototype.toString", () => {
    const error = new CancelledError("enough");
    assertInstanceOf(error, Error);
    assertEquals(Object.prototype.toString.call(error), "[object Error]");
    assertEquals(String(error), "CancelledError: enough");
    assertEquals([error.name, error.message, error.stack], ["CancelledError", "enough", "CancelledError: enough"]);
  });

  it("shows nothing of that among its properties", () => {
    assertEquals(JSON.stringify(new CancelledError("enough")), '{"message":"enough"}');
    const seen: string[] = [];
    for (const key in new CancelledError("enough")) seen.push(key);
    assertEquals(seen, ["message"]);
  });

  it("is no native error, as its documentation says, and becomes one by its message", () => {
    const error = new CancelledError("enough");
    const { isError } = Error as { isError?(value: unknown): boolean };
    if (isError !== undefined) assertEquals(isError(error), false);
    const copy = structuredClone(error) as unknown;
    assert(!(copy instanceof Error));
    assertEquals((copy as Error).message, "enough");
    assertInstanceOf(structuredClone(new Error(error.message)), Error);
  });
});
