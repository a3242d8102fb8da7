// deno-lint-ignore-file require-yield
/** What an async function does is in CPython's order: it goes on inside the step that woke it. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  type Coroutine,
  coroutine,
  createTask,
  Event,
  getRunningLoop,
  Lock,
  Queue,
  sleep,
  taskGroup,
  timeout,
  use,
} from "../../mod.ts";
import { play } from "../core/play.ts";
import { turn } from "./moments.ts";

/** How many iterations of the loop pass while something is awaited. */
async function iterations(wait: () => unknown): Promise<number> {
  let passed = 0;
  let counting = true;
  const count = (): void => {
    if (!counting) return;
    passed++;
    getRunningLoop().callSoon(count);
  };
  await sleep(1);
  getRunningLoop().callSoon(count);
  await wait();
  counting = false;
  return passed;
}

describe("Iterations that an await takes", () => {
  const done = () => {
    const future = getRunningLoop().createFuture<number>();
    future.setResult(1);
    return future;
  };
  const awaits: Readonly<Record<string, [unknown, () => unknown]>> = {
    "sleep(0)": [1, () => sleep(0)],
    "a negative sleep": [1, () => sleep(-1)],
    "a future that is done": [0, done],
    "a task that is done": [0, async () => {
      const task = createTask(function* () {
        return 1;
      });
      while (!task.done()) await turn();
      return await iterations(() => task);
    }],
    "a free lock": [0, () => new Lock().acquire()],
    "an item that is there": [0, () => {
      const queue = new Queue<number>();
      queue.putNowait(1);
      return queue.get();
    }],
    "room in a queue": [0, () => new Queue<number>(1).put(1)],
    "an event that is set": [0, () => {
      const event = new Event();
      event.set();
      return event.wait();
    }],
    "a coroutine that does not wait": [0, () => coroutine(function* () {})()],
    "an async function that does not wait": [0, () => coroutine(async () => await null)()],
    "a helper that does not wait": [0, async () => await (async () => await null)()],
    "a timeout whose body does not wait": [0, () => timeout(10, async () => await null)],
    "use() whose body does not wait": [0, () => use(null, async () => await null)],
    "a group whose body does not wait": [0, () => taskGroup(async () => await null)],
    "a coroutine with a sleep(0)": [1, () => coroutine(() => sleep(0))()],
    "an async function with a sleep(0)": [1, () => coroutine(async () => await sleep(0))()],
    "a helper with a sleep(0)": [1, async () => await sleep(0)],
    "a timeout with a sleep(0)": [1, () => timeout(10, async () => await sleep(0))],
    "a group with a sleep(0)": [1, () => taskGroup(async () => await sleep(0))],
    "two sleeps of 0 at a time": [1, () => Promise.all([sleep(0), sleep(0)])],
    "two sleeps of 0 in a row": [2, async () => {
      await sleep(0);
      await sleep(0);
    }],
    // A task of its own takes its first step in the next iteration, and its end wakes the waiter in the one after.
    "a task that does not wait": [2, () =>
      createTask(function* () {
        return 1;
      })],
    "a task of an async function that does not wait": [2, () => createTask(async () => await null)],
    "a task of a sleep(0)": [3, () => createTask(async () => await sleep(0))],
  };
  for (const [name, [count, wait]] of Object.entries(awaits)) {
    it(`${name}: ${count}`, async () => {
      if (name === "a task that is done") return assertEquals(await play(wait as () => Promise<unknown>), count);
      assertEquals(await play(() => iterations(wait)), count);
    });
  }
});

const deep = (levels: number) => async (event: Event): Promise<void> => {
  if (levels === 0) await event.wait();
  else await deep(levels - 1)(event);
};

const returning = (levels: number) => async (event: Event): Promise<unknown> => {
  if (levels === 0) return await event.wait();
  return returning(levels - 1)(event);
};

async function* items(event: Event): AsyncGenerator<number> {
  await event.wait();
  yield 1;
}

async function* delegated(event: Event): AsyncGenerator<number> {
  yield* items(event);
}

/** Ways to await an event: the function is to be heard of before the next waiter is woken. */
const AWAITED: Readonly<Record<string, (event: Event) => PromiseLike<unknown>>> = {
  "as it is": (event) => event.wait(),
  "a helper": deep(1),
  "helpers two deep": deep(2),
  "helpers four deep": deep(4),
  "helpers eight deep": deep(8),
  "a helper that returns a promise": returning(1),
  "helpers that return promises, two deep": returning(2),
  "helpers that return promises, three deep": returning(3),
  "an async generator": async (event) => {
    for await (const _ of items(event)) break;
  },
  "an async generator, to its end": async (event) => {
    for await (const _ of items(event));
  },
  "an async generator that delegates": async (event) => {
    for await (const _ of delegated(event)) break;
  },
  "Promise.all()": (event) => Promise.all([event.wait(), sleep(0)]),
  "Promise.race()": (event) => Promise.race([event.wait(), sleep(1_000)]),
  "Promise.any()": (event) => Promise.any([event.wait(), sleep(1_000)]),
  "Promise.allSettled()": (event) => Promise.allSettled([event.wait()]),
  "Promise.all() of helpers": (event) => Promise.all([deep(1)(event), deep(2)(event)]),
  "await using": async (event) => {
    await using _resource = {
      async [Symbol.asyncDispose]() {
        await event.wait();
      },
    };
  },
  "await using of nothing": async (event) => {
    await event.wait();
    await using _nothing = null;
  },
  "timeout()": (event) => timeout(1_000, async () => await event.wait()),
  "a timeout in a timeout": (event) => timeout(1_000, async () => await timeout(500, async () => await event.wait())),
  "taskGroup()": (event) => taskGroup(async () => await event.wait()),
  "use()": (event) => use(null, async () => await event.wait()),
  "coroutine(async)": (event) => coroutine(async () => await event.wait())(),
  "coroutine(function*)": (event) => coroutine(() => event.wait())(),
  "then().then()": (event) => event.wait().then(() => 1).then(() => 2),
  "Promise.resolve().finally()": (event) => Promise.resolve(event.wait()).finally(() => {}),
};

/** What one waiter does after another was woken before it. */
async function woken(
  first: (event: Event) => PromiseLike<unknown>,
  second: (event: Event) => Coroutine<void>,
): Promise<string> {
  const order: string[] = [];
  const event = new Event();
  const tasks = [
    createTask(async () => {
      await first(event);
      order.push("first");
      await sleep(0);
      order.push("first again");
    }),
    createTask(function* () {
      yield* second(event);
      order.push("second");
      yield* sleep(0);
      order.push("second again");
    }),
  ];
  await sleep(1);
  event.set();
  for (const task of tasks) await task;
  return order.join(", ");
}

describe("An async function that is woken before a coroutine goes on before it, awaiting", () => {
  for (const [name, wait] of Object.entries(AWAITED)) {
    it(name, async () => {
      assertEquals(
        await play(() => woken(wait, (event) => event.wait() as unknown as Coroutine<void>)),
        "first, second, first again, second again",
      );
    });
  }
});

describe("Async functions and coroutines side by side", () => {
  it("take their turns alike, whichever form each is of", async () => {
    const spin = async (say: (word: string) => void, name: string) => {
      for (let i = 0; i < 3; i++) {
        say(`${name}${i}`);
        await sleep(0);
      }
    };
    function* spinCoroutine(say: (word: string) => void, name: string): Coroutine<void> {
      for (let i = 0; i < 3; i++) {
        say(`${name}${i}`);
        yield* sleep(0);
      }
    }
    for (let forms = 0; forms < 8; forms++) {
      const words: string[] = [];
      const say = (word: string) => void words.push(word);
      await play(async () => {
        const tasks = ["a", "b", "c"].map((name, i) =>
          createTask(forms & (1 << i) ? () => spin(say, name) : () => spinCoroutine(say, name))
        );
        for (const task of tasks) await task;
      });
      assertEquals(words.join(" "), "a0 b0 c0 a1 b1 c1 a2 b2 c2", `forms ${forms}`);
    }
  });

  it("hand a lock on in the order that they asked for it", async () => {
    await play(async () => {
      const lock = new Lock();
      const words: string[] = [];
      const take = async (name: string) => {
        using _guard = await lock.acquire();
        words.push(name);
        await sleep(0);
      };
      function* takeCoroutine(name: string): Coroutine<void> {
        using _guard = yield* lock.acquire();
        words.push(name);
        yield* sleep(0);
      }
      await taskGroup(async (group) => {
        group.createTask(() => take("a"));
        group.createTask(takeCoroutine("b"));
        group.createTask(async () => await timeout(10, () => take("c")));
        group.createTask(() => take("d"));
        await null;
      });
      assertEquals(words.join(" "), "a b c d");
    });
  });

  it("see callbacks between their steps and not within one", async () => {
    await play(async () => {
      const words: string[] = [];
      const task = createTask(async () => {
        getRunningLoop().callSoon(() => words.push("callback"));
        words.push("a");
        await (async () => await null)();
        await new Lock().acquire();
        words.push("b");
        await sleep(0);
        words.push("c");
      });
      await task;
      assertEquals(words.join(" "), "a b callback c");
    });
  });

  it("do not keep one another waiting while one waits for the host", async () => {
    await play(async () => {
      let spun = 0;
      const spinner = createTask(function* () {
        for (;;) {
          spun++;
          yield* sleep(0);
        }
      });
      await sleep(0);
      const before = spun;
      await turn();
      await turn();
      spinner.cancel();
      assertEquals(spun > before, true);
    });
  });
});
