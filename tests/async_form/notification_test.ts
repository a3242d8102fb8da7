/** A notification of a condition that meets a cancel reaches another waiter. */

import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Condition, type Coroutine, createTask, type LazyAwaitable, sleep, type Task } from "../../mod.ts";
import { play } from "../core/play.ts";
import { HOST_MOMENTS, LOOP_MOMENTS, type Moment, turn, type Way, WAYS } from "./moments.ts";

type Start = (condition: Condition, woken: () => void) => Task<unknown>;

const asynchronous = (way: Way): Start => (condition, woken) =>
  createTask(async () => {
    using _guard = await condition.acquire();
    await way.asynchronous(() => condition.wait() as LazyAwaitable<unknown>);
    woken();
  });

const generator = (way: Way): Start => (condition, woken) =>
  createTask(function* (): Coroutine<void> {
    using _guard = yield* condition.acquire();
    yield* way.generator!(() => condition.wait() as LazyAwaitable<unknown>);
    woken();
  });

/** Who of two waiters was woken by one notification, when the first of them is cancelled. */
async function notifyOne(moment: Moment, start: Start): Promise<string> {
  const condition = new Condition();
  const woken: string[] = [];
  const first = start(condition, () => void woken.push("first"));
  const second = start(condition, () => void woken.push("second"));
  await sleep(1);
  const guard = await condition.acquire();
  moment.meet(
    () => {
      condition.notify(1);
      guard[Symbol.dispose]();
    },
    () => void first.cancel(),
  );
  await sleep(1);
  await turn();
  await sleep(1);
  assertEquals(woken.length, 1, `${moment.name}: one notification woke ${woken.join(" and ") || "nobody"}`);
  second.cancel();
  await Promise.allSettled([first, second]);
  assert(!condition.locked(), `${moment.name}: the lock is held for ever`);
  return woken.join();
}

describe("A notification that meets a cancel of the waiter", () => {
  for (const way of WAYS) {
    it(`that awaits it ${way.name} wakes one of the two at every moment`, async () => {
      const seen: Record<string, string> = {};
      for (const moment of LOOP_MOMENTS) {
        seen[moment.name] = await play(async () => await notifyOne(moment, asynchronous(way)));
      }
      for (const moment of HOST_MOMENTS) await play(async () => await notifyOne(moment, asynchronous(way)));
      if (way.generator === undefined) return;
      const expected: Record<string, string> = {};
      for (const moment of LOOP_MOMENTS) {
        expected[moment.name] = await play(async () => await notifyOne(moment, generator(way)));
      }
      assertEquals(seen, expected, "as a coroutine");
    });
  }
});
