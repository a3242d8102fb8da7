/** The places of what callbacks make, and code outside of loops. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { createTask, EventLoop, getRunningLoop, sleep } from "../../mod.ts";
import { placeOf } from "../../src/debug/places.ts";
import { lineHere, reportsOf } from "./reports.ts";

/** More than have a place of their own, of what one function makes. */
const MANY = 150;

describe("The place of what a callback makes", () => {
  it("is its own, whatever other callbacks have made before", async () => {
    const lines = [1, 2, 3].map((more) => lineHere(8 + more));
    const { warnings } = await reportsOf(function* () {
      const loop = getRunningLoop();
      for (let made = 0; made < MANY; made++) {
        loop.callSoon(() => void createTask(sleep(0)));
        loop.callSoon(() => loop.callLater(0, () => {}));
      }
      yield* sleep(1);
      loop.callSoon(() => {
        sleep(9);
        createTask(sleep(60_000));
        loop.callLater(60_000, () => {});
      });
      yield* sleep(1);
    });
    const places = warnings.join("\n").match(/callback_places_test\.ts:\d+:/g) ?? [];
    assertEquals([...new Set(places)].sort(), lines.sort());
  });

  it("is its own outside of callbacks as well, in a process that has run many programs", async () => {
    for (let made = 0; made < MANY; made++) await reportsOf(function* () {});
    using loop = new EventLoop({ debug: true });
    const line = lineHere(1);
    const task = loop.createTask(sleep(0));
    assertStringIncludes(placeOf(task)?.location ?? "", line);
    assertMatch(String(placeOf(task)), /^ {4}at .*callback_places_test\.ts/);
    await loop.runUntilComplete(task);
  });
});
