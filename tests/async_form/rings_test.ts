/** Tasks that wait for one another in a ring are told so, also through the scopes of async functions. */

import { assert, assertInstanceOf, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  type Coroutine,
  coroutine,
  createTask,
  ExceptionGroup,
  gather,
  RuntimeError,
  shield,
  sleep,
  type Task,
  taskGroup,
  timeout,
  use,
  waitFor,
} from "../../mod.ts";
import { playAndListen } from "../core/play.ts";
import { turn } from "./moments.ts";

type Wait = (task: Task<unknown>) => PromiseLike<unknown>;

/** How a function waits for another's task. */
const WAITS: Readonly<Record<string, Wait>> = {
  "await": async (task) => await task,
  "timeout()": (task) => timeout(1_000_000, async () => await task),
  "timeout() of a coroutine": (task) =>
    timeout(1_000_000, function* (): Coroutine<unknown> {
      return yield* task;
    }),
  "taskGroup()": (task) => taskGroup(async () => await task),
  "use()": (task) => use(null, async () => await task),
  "coroutine(async)": (task) => coroutine(async () => await task)(),
  "a helper": async (task) => await (async () => await task)(),
  "waitFor()": (task) => waitFor(task, 1_000_000),
  "Promise.all()": (task) => Promise.all([task, sleep(0)]),
};

/** What the tasks of a ring end with; none may hang. */
async function ring(waits: readonly Wait[]): Promise<unknown[]> {
  const [errors] = await playAndListen(async () => {
    const tasks: Task<unknown>[] = waits.map((wait, i) =>
      createTask(async () => {
        await sleep(1);
        await wait(tasks[(i + 1) % tasks.length]!);
      })
    );
    for (let i = 0; i < 20 && tasks.some((task) => !task.done()); i++) {
      await sleep(1);
      await turn();
    }
    const hanging = tasks.filter((task) => !task.done());
    for (const task of hanging) task.cancel();
    const results = await gather(tasks, { returnExceptions: true });
    assert(hanging.length === 0, `${hanging.length} of ${tasks.length} wait for ever`);
    return results as unknown[];
  });
  return errors;
}

describe("A task that waits for itself through", () => {
  for (const [name, wait] of Object.entries(WAITS)) {
    it(`${name} is told so`, async () => {
      const [failed] = await ring([wait]);
      const error = failed instanceof ExceptionGroup ? failed.errors[0] : failed;
      assertInstanceOf(error, RuntimeError);
      assertStringIncludes((error as Error).message, "await itself");
    });
  }
});

/** A ring of several is no error in CPython: it waits until something in it is cancelled, which goes round. */
async function cancelledRing(waits: readonly Wait[]): Promise<boolean[]> {
  const [done] = await playAndListen(async () => {
    const tasks: Task<unknown>[] = waits.map((wait, i) =>
      createTask(async () => {
        await sleep(1);
        await wait(tasks[(i + 1) % tasks.length]!);
      })
    );
    await sleep(2);
    tasks[0]!.cancel();
    for (let i = 0; i < 20 + waits.length && tasks.some((task) => !task.done()); i++) {
      await sleep(1);
      await turn();
    }
    const done = tasks.map((task) => task.done());
    for (const task of tasks) task.cancel();
    await gather(tasks, { returnExceptions: true });
    return done;
  });
  return done;
}

describe("Tasks that wait for one another in a ring end when one is cancelled, waiting by", () => {
  for (const [name, wait] of Object.entries(WAITS)) {
    it(`${name}, two and three of them`, async () => {
      for (const length of [2, 3]) {
        const done = await cancelledRing(Array.from({ length }, () => wait));
        assert(done.every(Boolean), `${length} tasks: ${done}`);
      }
    });
  }

  for (const name of ["await", "Promise.all()", "timeout() of a coroutine"]) {
    it(`${name}, 300 of them`, async () => {
      const done = await cancelledRing(Array.from({ length: 300 }, () => WAITS[name]!));
      assert(done.every(Boolean), `${done.filter((one) => !one).length} wait for ever`);
    });
  }

  it("all of these ways at once", async () => {
    const done = await cancelledRing(Object.values(WAITS));
    assert(done.every(Boolean), String(done));
  });

  it("shield(), which stops the cancel on its way round", async () => {
    const done = await cancelledRing([async (task) => await shield(task), async (task) => await task]);
    assert(done[0], "the task that was cancelled");
  });
});
