import { assertInstanceOf } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { KeyboardInterrupt, run, sleep } from "../../mod.ts";

describe("A main that returns a KeyboardInterrupt, and throws none,", () => {
  it("ends run() with that result, in both forms", async () => {
    assertInstanceOf(
      await run(function* () {
        yield* sleep(0);
        return new KeyboardInterrupt("kept");
      }),
      KeyboardInterrupt,
    );
    assertInstanceOf(await run(() => Promise.resolve(new KeyboardInterrupt("kept"))), KeyboardInterrupt);
  });
});
