/** Chains of tasks that await each another one have no limit: a cancel of the first reaches the last. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  CancelledError,
  type Coroutine,
  coroutine,
  createTask,
  sleep,
  type Task,
  taskGroup,
  timeout,
  use,
} from "../../mod.ts";
import { play } from "../core/play.ts";

type Wait = (task: Task<unknown>) => PromiseLike<unknown>;

/** How a function waits for another's task. */
const WAITS: Readonly<Record<string, Wait>> = {
  "await": async (task) => await task,
  "timeout()": (task) => timeout(1_000_000, async () => await task),
  "taskGroup()": (task) => taskGroup(async () => await task),
  "use()": (task) => use(null, async () => await task),
  "coroutine(async)": (task) => coroutine(async () => await task)(),
  "a helper": async (task) => await (async () => await task)(),
  "Promise.all() of the task and a sleep": (task) => Promise.all([task, sleep(1_000)]),
  "Promise.all() of a sleep and the task": (task) => Promise.all([sleep(1_000), task]),
  "Promise.all() of a coroutine and a sleep": (task) =>
    Promise.all([
      timeout(1_000_000, function* (): Coroutine<unknown> {
        return yield* task;
      }),
      sleep(1_000),
    ]),
  "Promise.all() of a helper and a sleep": (task) => Promise.all([coroutine(async () => await task)(), sleep(1_000)]),
};

/** Cancels the top of a chain. How many of its tasks have ended by that, and with how many requests each. */
async function cancelledChain(wait: Wait, length: number): Promise<{ cancelled: number; requests: number[] }> {
  let result = { cancelled: 0, requests: [0] };
  await play(async () => {
    const tasks: Task<unknown>[] = [createTask(async () => await sleep(1_000))];
    for (let i = 1; i < length; i++) {
      const before = tasks[i - 1]!;
      tasks.push(createTask(async () => await wait(before)));
    }
    for (let i = 0; i < 5; i++) await sleep(0);
    tasks[length - 1]!.cancel("top");
    for (const task of tasks) {
      try {
        await task;
      } catch (error) {
        if (!(error instanceof CancelledError)) throw error;
      }
    }
    const requests = [...new Set(tasks.map((task) => task.cancelling()))];
    result = { cancelled: tasks.filter((task) => task.cancelled()).length, requests };
  });
  return result;
}

describe("A cancel reaches the last of 10,000 tasks that wait for one another by", () => {
  for (const [name, wait] of Object.entries(WAITS)) {
    it(name, async () => {
      assertEquals(await cancelledChain(wait, 10_000), { cancelled: 10_000, requests: [1] });
    });
  }
});
