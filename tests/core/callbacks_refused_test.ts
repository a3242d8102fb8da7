// Bodies without an await are coroutines as well.
// deno-lint-ignore-file require-await require-yield
import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type EventLoop, getRunningLoop, run } from "../../mod.ts";
import { play, virtualEventLoop } from "./play.ts";

type Callback = () => unknown;

/** What is called by the loop, and must be a plain function. */
const TAKERS: Readonly<Record<string, (loop: EventLoop, callback: Callback) => unknown>> = {
  "callSoon()": (loop, callback) => loop.callSoon(callback),
  "callSoonThreadsafe()": (loop, callback) => loop.callSoonThreadsafe(callback),
  "callLater()": (loop, callback) => loop.callLater(1, callback),
  "callAt()": (loop, callback) => loop.callAt(loop.time() + 1, callback),
  "addSignalHandler()": (loop, callback) => loop.addSignalHandler("SIGUSR2", callback),
  "addDoneCallback() of a future": (loop, callback) => loop.createFuture().addDoneCallback(callback),
  "addDoneCallback() of a task": (loop, callback) => loop.createTask(function* () {}).addDoneCallback(callback),
};

const holder = {
  async method() {},
};

/** Functions that would run unseen, or not at all. */
const REFUSED: Readonly<Record<string, Callback>> = {
  "an async function": async () => {},
  "a bound async function": holder.method.bind(holder),
  "an async method": holder.method,
  "a generator function": function* () {},
  "an async generator function": async function* () {},
};

for (const [taker, take] of Object.entries(TAKERS)) {
  describe(taker, () => {
    for (const [what, callback] of Object.entries(REFUSED)) {
      it(`refuses ${what}, and says what to write instead`, async () => {
        await play(function* () {
          const error = assertThrows(() => take(getRunningLoop(), callback), TypeError);
          assertMatch(error.message, /createTask\(\)/);
        });
      });
    }
  });
}

describe("A refused callback", () => {
  it("leaves nothing behind that is called later", async () => {
    let calls = 0;
    const callback = async () => void calls++;
    await run(function* () {
      for (const take of Object.values(TAKERS)) assertThrows(() => take(getRunningLoop(), callback), TypeError);
    }, { loopFactory: virtualEventLoop });
    assertEquals(calls, 0);
  });
});
