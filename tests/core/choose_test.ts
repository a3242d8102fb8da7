import { assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { BaseEventLoop, createTask, sleep } from "../../mod.ts";
import { letChoose } from "../../src/core/lazy_internal.ts";
import { VirtualAdapter } from "../../src/testing/mod.ts";

describe("Who chooses which entry of a batch is next", () => {
  for (const debug of [false, true]) {
    it(`brings it forward, in either form${debug ? ", in debug mode as well" : ""}`, async () => {
      const loop = new BaseEventLoop({ adapter: new VirtualAdapter(), debug });
      letChoose(loop, (ready, left) => {
        ready.bringForward(left - 1);
        return 1;
      });
      const order: string[] = [];
      await loop.runUntilComplete(async () => {
        for (const name of ["a", "b", "c"]) {
          createTask(
            name === "b" ? async () => await step(name) : function* () {
              order.push(name);
              yield* sleep(0);
              order.push(name);
            },
          );
        }
        async function step(name: string) {
          order.push(name);
          await sleep(0);
          order.push(name);
        }
        await sleep(1);
      });
      loop.close();
      assertEquals(order.slice(0, 3), ["c", "b", "a"]);
      assertEquals(order.slice(3).sort(), ["a", "b", "c"]);
    });
  }

  it("is asked once for as many as it lets run, and told how many have", async () => {
    const loop = new BaseEventLoop({ adapter: new VirtualAdapter() });
    let ran = 0;
    let asked = 0;
    letChoose(loop, (_, left, before) => {
      ran += before;
      asked++;
      return left;
    });
    await loop.runUntilComplete(function* () {
      for (let i = 0; i < 9; i++) {
        createTask(function* () {
          yield* sleep(0);
        });
      }
      yield* sleep(0);
      yield* sleep(0);
      yield* sleep(0);
    });
    loop.close();
    // Main and nine tasks: nobody asks again in the last iteration, so that its entries are not told of.
    assertEquals([asked < 8, ran >= 21, ran <= 24], [true, true, true], `${asked} ${ran}`);
  });

  it("ends the run by throwing, and nothing is lost", async () => {
    const loop = new BaseEventLoop({ adapter: new VirtualAdapter() });
    let throws = true;
    letChoose(loop, (_, left) => {
      if (throws) throw new RangeError("of who chooses");
      return left;
    });
    const seen: string[] = [];
    loop.callSoon(() => seen.push("called"));
    await assertRejects(() => loop.runUntilComplete(sleep(1)), RangeError, "of who chooses");
    throws = false;
    await loop.runUntilComplete(sleep(1));
    loop.close();
    assertEquals(seen, ["called"]);
  });
});
