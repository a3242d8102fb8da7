import { assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { createTask, fromPromise, run, toThread } from "../../mod.ts";
import { letGo, plain, sharedFlag, untilSet } from "./pools.ts";

// In a file of its own: what works on executors is loaded by the first call that a program makes.
describe("The first call in a thread", () => {
  it("is called by the name of its function as all others, once it is made", async () => {
    const flag = sharedFlag();
    await run(function* () {
      const task = createTask(async () => await toThread(plain.holdStarted, flag));
      try {
        yield* fromPromise(untilSet(flag, 0));
        assertMatch(String(task), /wait_for=<call of holdStarted\(\) in a thread>/);
      } finally {
        letGo(flag);
      }
      yield* task;
    });
  });
});
