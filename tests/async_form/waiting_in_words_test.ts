/** `String(task)` of an async function names what its innermost wait is for, as of a coroutine. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  Condition,
  type Coroutine,
  createTask,
  Event,
  type LazyAwaitable,
  Lock,
  Queue,
  Semaphore,
  sleep,
  type Task,
} from "../../mod.ts";
import { play } from "../core/play.ts";
import { turn, WAYS } from "./moments.ts";

/** What can be waited for. */
const THINGS: Readonly<Record<string, () => () => LazyAwaitable<unknown>>> = {
  "a lock": () => {
    const lock = new Lock();
    take(lock);
    return () => lock.acquire();
  },
  "a semaphore": () => {
    const semaphore = new Semaphore(1);
    take(semaphore);
    return () => semaphore.acquire();
  },
  "a condition": () => {
    const condition = new Condition();
    take(condition);
    return () => condition.acquire();
  },
  "an item": () => {
    const queue = new Queue<number>();
    return () => queue.get();
  },
  "an event": () => {
    const event = new Event();
    return () => event.wait();
  },
  "a time": () => () => sleep(5_000),
};

function take(source: Lock | Semaphore | Condition): void {
  (source.acquire() as unknown as Iterable<unknown>)[Symbol.iterator]().next();
}

/** The part of a task's text that says what it waits for. */
function waitOf(task: Task<unknown>): string {
  const text = String(task);
  const found = /wait_for=(.*?)(?: cb=\[.*)?>$/.exec(text)?.[1];
  assert(found !== undefined, `${text} says nothing of a wait`);
  return found;
}

async function words(task: Task<unknown>): Promise<string> {
  await sleep(1);
  await turn();
  const found = waitOf(task);
  task.cancel();
  await Promise.allSettled([task]);
  return found;
}

describe("String() of an async function's task names", () => {
  for (const [name, make] of Object.entries(THINGS)) {
    for (const way of WAYS) {
      if (way.name === "by Promise.all()") continue;
      it(`${name} that it awaits ${way.name}`, async () => {
        const expected = await play(async () => {
          const thing = make();
          return await words(createTask(function* (): Coroutine<void> {
            yield* thing();
          }));
        });
        const actual = await play(async () => {
          const thing = make();
          return await words(createTask(async () => void await way.asynchronous(thing)));
        });
        assertEquals(actual, expected);
      });
    }
  }

  it("the host where it waits for that", async () => {
    await play(async () => {
      const host = Promise.withResolvers<void>();
      const task = createTask(async () => {
        await sleep(0);
        await host.promise;
      }, { name: "worker" });
      await sleep(1);
      await turn();
      assertStringIncludes(String(task), "name='worker'");
      assert(!String(task).includes("wait_for=<Task"), String(task));
      host.resolve();
      await task;
    });
  });

  it("nothing when it is done", async () => {
    await play(async () => {
      const task = createTask(async () => await sleep(0, 7));
      await task;
      assertStringIncludes(String(task), "finished");
      assertStringIncludes(String(task), "result=7");
      assert(!String(task).includes("wait_for"), String(task));
    });
  });
});
