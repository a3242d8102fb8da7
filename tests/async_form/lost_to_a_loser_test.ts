/** A cancel finds a function in a wait of the host, while a loser of its race has gone on from one await to the next. */

import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { coroutine, createTask, Lock, run, sleep, timeout } from "../../mod.ts";
import { playAndListen, virtualEventLoop } from "../core/play.ts";
import { turn } from "./moments.ts";

const LOSERS: Readonly<Record<string, () => Promise<void>>> = {
  async "ticks for ever"() {
    for (;;) await sleep(10);
  },
  async "cleans up"() {
    try {
      await sleep(10);
    } finally {
      await sleep(100_000);
    }
  },
};

describe("A cancel of a function that waits for the host", () => {
  for (const [what, loser] of Object.entries(LOSERS)) {
    it(`ends it, though the loser of a race ${what}`, async () => {
      for (let turns = 0; turns < 8; turns++) {
        let rounds = 0;
        const [, reports] = await playAndListen(async () => {
          const task = createTask(async () => {
            await Promise.race([sleep(0), loser()]);
            for (;;) {
              if (++rounds > 200) throw new Error("it polls for ever");
              await new Promise((resolve) => setTimeout(resolve, 1));
              await sleep(0);
            }
          });
          while (rounds < 3) await turn();
          for (let i = 0; i < turns; i++) await turn();
          task.cancel();
          await task.catch(() => {});
          assert(task.cancelled(), `after ${turns} turns it ended with ${task}`);
        });
        assertEquals(reports, []);
      }
    });

    it(`when run() ends it, though the loser of a race ${what}`, async () => {
      for (let turns = 0; turns < 8; turns++) {
        let rounds = 0;
        await run(async () => {
          createTask(async () => {
            await Promise.race([sleep(0), loser()]);
            while (++rounds < 200) {
              await new Promise((resolve) => setTimeout(resolve, 1));
              await sleep(0);
            }
          });
          while (rounds < 3) await turn();
          for (let i = 0; i < turns; i++) await turn();
        }, { loopFactory: virtualEventLoop });
        assert(rounds < 200, `after ${turns} turns it polls for ever`);
      }
    });
  }
});

describe("A cancel of a function of which a part waits for the host", () => {
  it("is thrown once into what the function awaits next, and not again into the cleanup of that", async () => {
    for (let turns = 0; turns < 2; turns++) {
      const heard: string[] = [];
      const wait = async (what: string) => {
        try {
          await sleep(1);
        } catch (error) {
          heard.push(what);
          throw error;
        }
      };
      const helper = coroutine(async () => {
        try {
          await wait("body");
        } finally {
          await wait("cleanup");
          heard.push("cleaned up");
        }
      });
      const [, reports] = await playAndListen(async () => {
        const gate = Promise.withResolvers<void>();
        const task = createTask(async () => {
          await Promise.all([timeout(100_000, async () => await gate.promise), sleep(1), sleep(1)]);
          await helper();
        });
        await sleep(2);
        for (let i = 0; i < turns; i++) await turn();
        task.cancel();
        gate.resolve();
        await task.catch(() => {});
        assert(task.cancelled(), `after ${turns} turns it ended with ${task}`);
      });
      assertEquals(reports, []);
      assertEquals(heard, ["body", "cleaned up"], `after ${turns} turns`);
    }
  });
});

describe("What a function has left behind", () => {
  it("is not thrown the cancel of a timeout that has taken it back", async () => {
    const ended: string[] = [];
    const loser = coroutine(async () => {
      await sleep(3);
      try {
        await Promise.all([new Lock().acquire(), timeout(5, () => sleep(1_000))]);
      } catch (error) {
        ended.push((error as Error).name);
      }
      await turn();
      await sleep(1);
      ended.push("well");
    });
    const [, reports] = await playAndListen(async () => {
      await createTask(async () => void await Promise.race([sleep(1), loser()]));
      await sleep(30);
    });
    assertEquals(reports, []);
    assertEquals(ended, ["TimeoutError", "well"]);
  });
});
