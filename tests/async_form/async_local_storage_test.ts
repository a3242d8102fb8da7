/** An async function that becomes a task, or a body of a scope, has each AsyncLocalStorage's value of where it was made. */

import { AsyncLocalStorage } from "node:async_hooks";
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  call,
  type Coroutine,
  coroutine,
  createTask,
  currentTask,
  Event,
  EventLoop,
  forEach,
  fromPromise,
  gather,
  getRunningLoop,
  Lock,
  run,
  shield,
  sleep,
  taskGroup,
  timeout,
  use,
  waitFor,
} from "../../mod.ts";
import { play, virtualEventLoop } from "../core/play.ts";
import { turn } from "./moments.ts";

const storage = new AsyncLocalStorage<string>();
const other = new AsyncLocalStorage<string>();

/** What is seen at the start, and after each kind of wait. */
async function look(): Promise<unknown[]> {
  const seen: unknown[] = [storage.getStore()];
  await sleep(0);
  seen.push(storage.getStore());
  await sleep(1);
  seen.push(storage.getStore());
  await turn();
  seen.push(storage.getStore());
  await null;
  seen.push(storage.getStore());
  await new Lock().acquire();
  seen.push(storage.getStore());
  await timeout(1_000, async () => {
    seen.push(storage.getStore());
    await sleep(0);
    seen.push(storage.getStore());
  });
  seen.push(storage.getStore());
  return seen;
}

/** Ways to run a function that sees the value of where it is written. */
const WAYS: Readonly<Record<string, (look: () => Promise<unknown>) => PromiseLike<unknown>>> = {
  "a helper": (look) => look(),
  "createTask()": (look) => createTask(look),
  "an eager task": (look) => getRunningLoop().createTask(look, { eagerStart: true }),
  "group.createTask()": (look) => taskGroup(async (group) => await group.createTask(look)),
  "the body of timeout()": (look) => timeout(1_000, look),
  "the body of taskGroup()": (look) => taskGroup(look),
  "the body of use()": (look) => use(null, look),
  "the body of forEach()": async (look) => {
    let seen: unknown;
    await forEach([1], async () => void (seen = await look()));
    return seen;
  },
  "coroutine(async)": (look) => coroutine(look)(),
  "gather() of coroutine(async)": async (look) => (await gather(coroutine(look)(), sleep(0)))[0],
  "waitFor()": (look) => waitFor(coroutine(look)(), 1_000),
  "shield()": (look) => shield(coroutine(look)()),
  "fromPromise()": (look) => fromPromise(look),
  "Promise.all()": async (look) => (await Promise.all([look(), sleep(0)]))[0],
  "an async generator": async (look) => {
    async function* items() {
      yield await look();
    }
    for await (const item of items()) return item;
  },
  "an async disposer under use()": async (look) => {
    let seen: unknown;
    await use({ [Symbol.asyncDispose]: async () => void (seen = await look()) }, async () => await sleep(0));
    return seen;
  },
  "an async disposer under use(), after a coroutine that waits": async (look) => {
    let seen: unknown;
    await use({ [Symbol.asyncDispose]: async () => void (seen = await look()) }, function* () {
      yield* sleep(1);
    });
    return seen;
  },
  "an async generator under forEach(), after its first item": async (look) => {
    let seen: unknown;
    const items = async function* () {
      yield 1;
      seen = await look();
      yield 2;
    };
    await forEach(items(), function* () {
      yield* sleep(1);
    });
    return seen;
  },
  "an async generator that forEach() closes": async (look) => {
    let seen: unknown;
    const items = async function* () {
      try {
        yield 1;
      } finally {
        seen = await look();
      }
    };
    await forEach(items(), async () => {
      await sleep(1);
      throw new Error("own");
    }).catch(() => {});
    return seen;
  },
};

describe("AsyncLocalStorage has the value of where an async function was made, in", () => {
  for (const [name, way] of Object.entries(WAYS)) {
    it(`${name}, after every wait`, async () => {
      await play(async () => {
        const seen = await storage.run("value", () => way(look)) as unknown[];
        assertEquals(new Set(seen), new Set(["value"]), seen.join());
        assertEquals(storage.getStore(), undefined);
      });
    });

    it(`${name}, also when others run between`, async () => {
      await play(async () => {
        const all = await Promise.all(
          ["a", "b", "c"].map((value) =>
            storage.run(value, () =>
              createTask(async () => {
                const seen = await way(look) as unknown[];
                return new Set(seen).size === 1 && seen[0] === value ? "right" : `${value} sees ${seen}`;
              }))
          ),
        );
        assertEquals(all, ["right", "right", "right"]);
      });
    });
  }

  it("the main function of run()", async () => {
    const seen = await storage.run("outside", () => run(look, { loopFactory: virtualEventLoop }));
    assertEquals(new Set(seen), new Set(["outside"]));
  });

  it("what is made in one place and awaited in another", async () => {
    await play(async () => {
      const lazy = storage.run("made", () => coroutine(look)());
      const scope = storage.run("made", () => timeout(1_000, look));
      const seen = await storage.run("awaited", async () => [...await lazy, ...await scope, storage.getStore()]);
      assertEquals(seen.at(-1), "awaited");
      assertEquals(new Set(seen.slice(0, -1)), new Set(["made"]), seen.join());
    });
  });
});

describe("A task", () => {
  it("does not see what another enters", async () => {
    await play(async () => {
      const worker = async (name: string) => {
        storage.enterWith(name);
        other.enterWith(`other ${name}`);
        for (let i = 0; i < 4; i++) {
          await (i % 2 === 0 ? sleep(0) : timeout(10, async () => await sleep(0)));
          assertEquals([storage.getStore(), other.getStore()], [name, `other ${name}`]);
          await turn();
          assertEquals([storage.getStore(), other.getStore()], [name, `other ${name}`]);
        }
      };
      const tasks = ["a", "b", "c"].map((name) => createTask(() => worker(name)));
      for (const task of tasks) await task;
      assertEquals([storage.getStore(), other.getStore()], [undefined, undefined]);
    });
  });

  it("does not see what another enters before its first wait, be it made eagerly", async () => {
    await play(async () => {
      const enters = async () => {
        storage.enterWith("entered");
        await sleep(1);
      };
      const looks = async () => {
        const before = storage.getStore();
        await sleep(0);
        return [before, storage.getStore()];
      };
      const eager = getRunningLoop().createTask(enters, { eagerStart: true });
      assertEquals(storage.getStore(), undefined);
      const first = createTask(enters);
      const second = createTask(looks);
      assertEquals(await second, [undefined, undefined]);
      await first;
      await eager;
      assertEquals(storage.getStore(), undefined);
    });
  });

  it("that enters a value leaves nothing behind for callbacks, coroutines and the host", async () => {
    await play(async () => {
      const seen: unknown[] = [];
      const task = createTask(async () => {
        storage.enterWith("entered");
        await sleep(0);
        await turn();
      });
      getRunningLoop().callSoon(() => seen.push(storage.getStore()));
      createTask(function* (): Coroutine<void> {
        seen.push(storage.getStore());
        yield* sleep(0);
        seen.push(storage.getStore());
      });
      await task;
      await sleep(1);
      seen.push(await new Promise((resolve) => setTimeout(() => resolve(storage.getStore()), 0)));
      assertEquals(seen, [undefined, undefined, undefined, undefined]);
    });
  });

  it("that is woken by another keeps its own value", async () => {
    await play(async () => {
      const event = new Event();
      const waiter = storage.run("waiter", () =>
        createTask(async () => {
          await event.wait();
          const first = storage.getStore();
          await new Lock().acquire();
          return [first, storage.getStore()];
        }));
      await sleep(1);
      storage.run("setter", () => event.set());
      assertEquals(await waiter, ["waiter", "waiter"]);
    });
  });

  it("finds its task beside its values", async () => {
    await play(async () => {
      const names = await storage.run("value", () =>
        createTask(async () => {
          await other.run("inner", async () => {
            await sleep(0);
            assertEquals([storage.getStore(), other.getStore()], ["value", "inner"]);
            await timeout(10, async () => {
              await sleep(0);
              assertEquals([storage.getStore(), other.getStore()], ["value", "inner"]);
            });
          });
          assertEquals(other.getStore(), undefined);
          return currentTask()?.getName();
        }, { name: "worker" }));
      assertEquals(names, "worker");
    });
  });

  it("of a coroutine has its values with the option, and passes them on", async () => {
    await play(async () => {
      const seen = await storage.run("value", () =>
        createTask(function* (): Coroutine<unknown[]> {
          const first = storage.getStore();
          yield* sleep(0);
          return [first, storage.getStore()];
        }, { asyncLocalStorage: true }));
      assertEquals(seen, ["value", "value"]);
    });
  });

  it("that carries its values has them in the coroutines that its async functions await", async () => {
    function* look(): Coroutine<unknown[]> {
      const seen: unknown[] = [storage.getStore()];
      yield* sleep(0);
      seen.push(storage.getStore());
      yield* sleep(1);
      seen.push(storage.getStore());
      return seen;
    }
    const ways: Readonly<Record<string, () => PromiseLike<unknown>>> = {
      "coroutine()": () => coroutine(look)(),
      "call()": () => call(look),
      "timeout()": () => timeout(1_000, look),
      "taskGroup()": () => taskGroup(look),
      "use()": () => use(null, look),
      "waitFor()": () => waitFor(coroutine(look)(), 1_000),
      "Promise.all()": () => Promise.all([coroutine(look)(), timeout(1_000, look)]).then((all) => all.flat()),
    };
    const lookEach = async () => {
      for (const [name, way] of Object.entries(ways)) {
        const seen = await storage.run(name, async () => await way()) as unknown[];
        assertEquals(new Set(seen), new Set([name]), `${name} sees ${seen}`);
      }
      assertEquals(storage.getStore(), undefined);
    };
    await play(async () => await createTask(lookEach, { asyncLocalStorage: true }));
    await run(lookEach, { loopFactory: () => new EventLoop({ asyncLocalStorage: true }) });
  });
});
