/** An await of the module is no task of its own: who runs, and what is seen of it, is as in a coroutine. */

import { assertEquals, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  allTasks,
  call,
  type Coroutine,
  coroutine,
  createTask,
  currentTask,
  forEach,
  fromPromise,
  getRunningLoop,
  sleep,
  type Task,
  taskGroup,
  timeout,
  use,
  waitFor,
} from "../../mod.ts";
import { play } from "../core/play.ts";
import { turn } from "./moments.ts";

/** Places in which code of a task runs; each calls back with a wait before and after. */
const PLACES: Readonly<Record<string, (look: () => void) => PromiseLike<unknown>>> = {
  "the function": async (look) => {
    look();
    await sleep(0);
    look();
    await turn();
    look();
    await null;
    look();
  },
  "the body of timeout()": (look) =>
    timeout(1_000, async () => {
      look();
      await sleep(0);
      look();
    }),
  "the body of taskGroup()": (look) =>
    taskGroup(async () => {
      look();
      await sleep(0);
      look();
    }),
  "the body of use()": (look) =>
    use(null, async () => {
      look();
      await sleep(0);
      look();
    }),
  "the body of forEach()": (look) =>
    forEach([1, 2], async () => {
      look();
      await sleep(0);
      look();
    }),
  "coroutine(async)": (look) =>
    coroutine(async () => {
      look();
      await sleep(0);
      look();
    })(),
  "coroutine(function*)": (look) =>
    coroutine(function* () {
      look();
      yield* sleep(0);
      look();
    })(),
  "call()": (look) =>
    call(function* (): Coroutine<void> {
      look();
      yield* sleep(0);
      look();
    }),
  "waitFor()": (look) =>
    waitFor(
      coroutine(async () => {
        look();
        await sleep(0);
        look();
      })(),
      1_000,
    ),
  "a coroutine with an async function inside": (look) =>
    coroutine(function* () {
      yield* coroutine(async () => {
        look();
        await sleep(0);
        look();
      })();
      look();
    })(),
  "scopes in scopes": (look) =>
    timeout(1_000, async () =>
      await taskGroup(async () =>
        await use(null, async () => {
          look();
          await timeout(500, async () => {
            look();
            await sleep(0);
            look();
          });
          look();
        })
      )),
  "a helper": async (look) => {
    const helper = async () => {
      await sleep(0);
      look();
    };
    await helper();
    look();
  },
  "helpers side by side": (look) => {
    const helper = async () => {
      look();
      await sleep(0);
      look();
      await sleep(1);
      look();
    };
    return Promise.all([helper(), helper(), timeout(1_000, helper)]);
  },
  "an async generator": async (look) => {
    async function* items() {
      look();
      await sleep(0);
      look();
      yield 1;
      look();
    }
    for await (const _ of items()) look();
  },
  "await using": async (look) => {
    await using _resource = {
      async [Symbol.asyncDispose]() {
        look();
        await sleep(0);
        look();
      },
    };
    await sleep(0);
  },
  "then()": (look) => sleep(0).then(look),
};

describe("currentTask() of an async function is its task in", () => {
  for (const [name, place] of Object.entries(PLACES)) {
    it(name, async () => {
      await play(async () => {
        const seen = new Set<Task<unknown> | null>();
        let looks = 0;
        const task: Task<void> = createTask(async () => {
          await place(() => {
            looks++;
            seen.add(currentTask());
          });
          assertStrictEquals(currentTask(), task, "after it");
        }, { name: "worker" });
        await task;
        assertEquals([...seen].map((each) => each?.getName()), ["worker"], `${looks} looks`);
      });
    });

    it(`${name}, and allTasks() shows no other`, async () => {
      await play(async () => {
        currentTask()!.setName("main");
        await createTask(async () => {
          await place(() => assertEquals([...allTasks()].map((task) => task.getName()).sort(), ["main", "worker"]));
        }, { name: "worker" });
      });
    });
  }
});

describe("An await of an async function", () => {
  it("is not told to a task factory", async () => {
    await play(async () => {
      const loop = getRunningLoop();
      const made: string[] = [];
      loop.setTaskFactory((loop, source, options) => {
        made.push(options?.name ?? "-");
        loop.setTaskFactory(null);
        const task = loop.createTask(source, options);
        return task;
      });
      await sleep(1);
      await timeout(10, async () => await sleep(0));
      await taskGroup(async () => await sleep(0));
      assertEquals(made, []);
    });
  });

  it("of a task is cancelled as cancelling() counts, once for each request", async () => {
    await play(async () => {
      const task = createTask(async () => {
        try {
          await timeout(1_000, async () => await sleep(500));
        } catch {
          return [currentTask()!.cancelling(), currentTask()!.uncancel()];
        }
      });
      await sleep(1);
      task.cancel();
      assertEquals(await task, [1, 0]);
    });
  });

  it("lets uncancel() take the request back, so that a function goes on", async () => {
    await play(async () => {
      const task = createTask(async () => {
        try {
          await taskGroup(async () => await sleep(500));
        } catch {
          currentTask()!.uncancel();
        }
        await sleep(1);
        await timeout(10, async () => await sleep(1));
        return "went on";
      });
      await sleep(1);
      task.cancel();
      assertEquals(await task, "went on");
    });
  });

  it("is known to fromPromise(), whose function runs under the same task", async () => {
    await play(async () => {
      const names = await createTask(async () => {
        const inside = await fromPromise(() => Promise.resolve(currentTask()?.getName()));
        return [inside, currentTask()?.getName()];
      }, { name: "worker" });
      assertEquals(names, ["worker", "worker"]);
    });
  });
});
