import { assertEquals, assertInstanceOf } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { asCompleted, createTask, EventLoop, gather, main, run, Runner, sleep, wait } from "../../mod.ts";
import { VirtualClock } from "../../src/testing/mod.ts";
import { virtualEventLoop } from "../core/play.ts";

/** What a program that is not compiled may write in place of options. */
type Wrong = Readonly<Record<string, unknown>> & null;

const inside = (call: () => unknown) => run(() => sleep(0).then(() => void call()), { loopFactory: virtualEventLoop });
const calls: Readonly<Record<string, (options: Wrong) => unknown>> = {
  run: (options) => run(sleep(1), options),
  main: (options) => main(sleep(1), options),
  "new Runner": (options) => new Runner(options),
  "Runner.run": async (options) => {
    await using runner = new Runner({ loopFactory: virtualEventLoop });
    await runner.run(sleep(1), options);
  },
  "new EventLoop": (options) => new EventLoop(options),
  "new VirtualClock": (options) => new VirtualClock(options),
  gather: (options) => inside(() => gather([sleep(1)], options)),
  wait: (options) => inside(() => wait([createTask(sleep(1))], options)),
  asCompleted: (options) => inside(() => asCompleted([sleep(1)], options)),
};

async function failure(call: () => unknown): Promise<string> {
  try {
    await call();
  } catch (error) {
    assertInstanceOf(error, TypeError);
    return error.message;
  }
  return "nothing was refused";
}

describe("options", () => {
  for (const [name, call] of Object.entries(calls)) {
    it(`that are unknown are refused by ${name}()`, async () => {
      const message = await failure(() => call({ return_exceptions: true } as unknown as Wrong));
      assertEquals(message.split(". ")[0], `Cannot call ${name}() with the unknown option "return_exceptions"`);
    });
  }

  for (const [name, call] of Object.entries(calls)) {
    // The second argument of gather() is missing if it is null.
    if (name === "gather") continue;
    it(`that are null are refused by ${name}()`, async () => {
      assertEquals(
        await failure(() => call(null as Wrong)),
        `Cannot call ${name}() with null as its options: give an object, or leave them out.`,
      );
    });
  }

  it("of the wrong type are refused by run()", async () => {
    assertEquals(
      await failure(() => run(sleep(1), { signal: 3 } as unknown as Wrong)),
      "Cannot call run() with the number 3 as its signal: give an AbortSignal.",
    );
    assertEquals(
      await failure(() => run(sleep(1), { loopFactory: 3 } as unknown as Wrong)),
      "Cannot make the loop by the number 3: loopFactory is a function that returns a new EventLoop.",
    );
    assertEquals(
      await failure(() => run(sleep(1), { loopFactory: () => undefined } as unknown as Wrong)),
      "Cannot run on undefined, which loopFactory has returned: it returns a new EventLoop.",
    );
  });
});
