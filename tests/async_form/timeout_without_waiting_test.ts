// deno-lint-ignore-file require-yield
/** A deadline interrupts only what waits: a body that never does gives its result, however late it is. */

import { assertEquals, assertInstanceOf } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  coroutine,
  createTask,
  currentTask,
  getRunningLoop,
  Lock,
  Queue,
  sleep,
  timeout,
  timeoutAt,
  TimeoutError,
} from "../../mod.ts";
import { play, rejection } from "../core/play.ts";

type Body = () => Promise<number>;

/** Bodies that never wait, which takes them some microtasks all the same. */
const BODIES: Readonly<Record<string, Body>> = {
  "returns": () => Promise.resolve(7),
  // deno-lint-ignore require-await
  "is async and returns": async () => 7,
  "awaits a value": async () => await 7,
  "awaits a few microtasks": async () => {
    for (let i = 0; i < 4; i++) await null;
    return 7;
  },
  "acquires a free lock": async () => {
    using _guard = await new Lock().acquire();
    return 7;
  },
  "gets what is there": async () => {
    const queue = new Queue<number>();
    await queue.put(7);
    return await queue.get();
  },
  "awaits a future that is done": async () => {
    const future = getRunningLoop().createFuture<number>();
    future.setResult(7);
    return await future;
  },
  "awaits a coroutine that does not wait": async () =>
    await coroutine(function* () {
      return 7;
    })(),
  "awaits an async function that does not wait": async () => await coroutine(async () => await Promise.resolve(7))(),
  "awaits a helper, eight deep": async () => {
    const deep = async (levels: number): Promise<number> => levels === 0 ? 7 : await deep(levels - 1);
    return await deep(7);
  },
  "opens a deadline of its own that has passed": async () => await timeout(0, async () => await Promise.resolve(7)),
};

const OPENED: Readonly<Record<string, (body: Body) => PromiseLike<number>>> = {
  "timeout(0)": (body) => timeout(0, body),
  "timeout(-1)": (body) => timeout(-1, body),
  "timeoutAt() of the past": (body) => timeoutAt(getRunningLoop().time() - 5, body),
  "timeoutAt() of now": (body) => timeoutAt(getRunningLoop().time(), body),
};

for (const [opened, open] of Object.entries(OPENED)) {
  describe(`${opened} around a body that never waits`, () => {
    for (const [name, body] of Object.entries(BODIES)) {
      it(`and ${name}: gives its result`, async () => {
        await play(async () => {
          assertEquals(await open(body), 7);
          assertEquals(currentTask()!.cancelling(), 0);
          // Nothing is left of the deadline that could strike later.
          await sleep(1);
        });
        await play(function* () {
          const task = createTask(async () => await open(body));
          assertEquals(yield* task, 7);
          yield* sleep(1);
        });
      });
    }

    it("gives its result after a wait before it", async () => {
      await play(async () => {
        await sleep(3);
        assertEquals(await open(BODIES["acquires a free lock"]!), 7);
        await sleep(1);
      });
    });
  });

  describe(`${opened} around a body that waits`, () => {
    it("is thrown, also if the wait is of one iteration", async () => {
      for (const wait of [() => sleep(0), () => sleep(1), () => getRunningLoop().createFuture<void>()]) {
        await play(async () => {
          const error = await rejection(open(async () => {
            await wait();
            return 7;
          }));
          assertInstanceOf(error, TimeoutError);
          assertEquals(currentTask()!.cancelling(), 0);
          await sleep(1);
        });
      }
    });
  });
}

describe("timeout(0) around a coroutine that never waits", () => {
  it("gives its result, as ever", async () => {
    await play(async () => {
      assertEquals(
        await timeout(0, function* () {
          return 7;
        }),
        7,
      );
      await sleep(1);
    });
  });
});
