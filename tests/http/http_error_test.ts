/**
 * What an HttpError is made of.
 *
 * @module
 */
import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { HttpError } from "@loop/asyncio/http";

describe("HttpError", () => {
  it("is an answer with a status, a text and headers, and has its cause", async () => {
    const cause = new Error("why");
    const error = new HttpError(429, "later", { headers: { "retry-after": "5" }, cause });
    const response = error.getResponse();
    assertEquals([response.status, response.headers.get("retry-after")], [429, "5"]);
    assertEquals([await response.text(), error.cause], ["later", cause]);
  });

  it("refuses what it cannot be made of", () => {
    // deno-lint-ignore no-explicit-any
    const wrong = (value: unknown): any => value;
    assertThrows(() => new HttpError(wrong("404")), TypeError, "give a status, such as 404");
    assertThrows(() => new HttpError(200), RangeError, "errors are 400 to 599");
    // Another framework has its options in this place.
    for (const message of [{ message: "not here" }, null, 5, new Error("not here")]) {
      assertThrows(() => new HttpError(404, wrong(message)), TypeError, "as its message: give the text");
    }
    for (const options of [null, 5, "text", []]) {
      assertThrows(() => new HttpError(404, "", wrong(options)), TypeError, "as its options: give an object");
    }
    assertThrows(() => new HttpError(404, "", wrong({ header: {} })), TypeError, 'unknown option "header"');
  });
});
