/**
 * Bugs of the kinds that tests in one order do not find: each is found within 1,000 seeds, in both forms, and not where it is mended.
 */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  allTasks,
  CancelledError,
  coroutine,
  createTask,
  currentTask,
  Event,
  FIRST_COMPLETED,
  type Future,
  gather,
  getRunningLoop,
  Queue,
  sleep,
  taskGroup,
  wait,
} from "../../mod.ts";
import { explore, ExploreError, type Program } from "../../src/testing/mod.ts";

/** A bug, without and with its fix, as coroutines and as async functions. */
const bugs: Record<string, { message: string; broken: Program[]; mended: Program[] }> = {};

// Check, then act, on a shared map: two tasks find nothing and both make the entry.
function cacheOf(isMended: boolean): Program[] {
  const generatorForm = function* () {
    const cache = new Map<string, Future<number> | number>();
    let loads = 0;
    function* load() {
      loads++;
      yield* sleep(0);
      return loads;
    }
    function* get(key: string, warmUp: number) {
      for (let i = 0; i < warmUp; i++) yield* sleep(0);
      if (cache.has(key)) return;
      if (isMended) cache.set(key, 0);
      cache.set(key, yield* load());
    }
    yield* taskGroup(function* (group) {
      group.createTask(get("a", 1));
      group.createTask(get("b", 1));
      group.createTask(get("a", 2));
    });
    if (loads > 2) throw new Error("loaded twice");
  };
  const asyncForm = async () => {
    const cache = new Map<string, number>();
    let loads = 0;
    const load = async () => {
      loads++;
      await sleep(0);
      return loads;
    };
    const get = async (key: string, warmUp: number) => {
      for (let i = 0; i < warmUp; i++) await sleep(0);
      if (cache.has(key)) return;
      if (isMended) cache.set(key, 0);
      cache.set(key, await load());
    };
    await taskGroup(async (group) => {
      await Promise.resolve();
      group.createTask(() => get("a", 1));
      group.createTask(() => get("b", 1));
      group.createTask(() => get("a", 2));
    });
    if (loads > 2) throw new Error("loaded twice");
  };
  return [generatorForm, asyncForm];
}
bugs["check-then-act on a shared map"] = {
  message: "loaded twice",
  broken: cacheOf(false),
  mended: cacheOf(true),
};

// A condition made by hand forgets a wake-up that comes between the look and the wait.
function conditionOf(isMended: boolean): Program[] {
  const generatorForm = function* () {
    const woken = new Event();
    let isReady = false;
    function* waitUntilReady() {
      while (!isReady) {
        if (!isMended) yield* sleep(0);
        woken.clear();
        if (isMended && isReady) return;
        yield* woken.wait();
      }
    }
    function* makeReady() {
      yield* sleep(0);
      isReady = true;
      woken.set();
    }
    yield* gather([waitUntilReady(), makeReady()]);
  };
  const asyncForm = async () => {
    const woken = new Event();
    let isReady = false;
    const waitUntilReady = async () => {
      while (!isReady) {
        if (!isMended) await sleep(0);
        woken.clear();
        if (isMended && isReady) return;
        await woken.wait();
      }
    };
    const makeReady = async () => {
      await sleep(0);
      isReady = true;
      woken.set();
    };
    await gather([waitUntilReady, makeReady]);
  };
  return [generatorForm, asyncForm];
}
bugs["a lost wake-up with a condition made by hand"] = {
  message: "every task waits for what nobody is left to do",
  broken: conditionOf(false),
  mended: conditionOf(true),
};

/** A lock made by hand, as they are: whoever holds it hands it to the first in line. */
class HandMadeLock {
  readonly #line: Future<void>[] = [];
  readonly #isMended: boolean;
  #isHeld = false;

  constructor(isMended: boolean) {
    this.#isMended = isMended;
  }

  *acquire() {
    if (!this.#isHeld) {
      this.#isHeld = true;
      return;
    }
    const turn = getRunningLoop().createFuture<void>();
    this.#line.push(turn);
    try {
      yield* turn;
    } catch (error) {
      // Cancelled when the lock was handed over already: nobody else will ever get it.
      if (this.#isMended && turn.done() && !turn.cancelled()) this.release();
      throw error;
    }
  }

  release(): void {
    let next = this.#line.shift();
    while (next?.done()) next = this.#line.shift();
    if (next === undefined) this.#isHeld = false;
    else next.setResult();
  }
}

function lockOf(isMended: boolean): Program[] {
  const generatorForm = function* () {
    const lock = new HandMadeLock(isMended);
    function* work() {
      yield* lock.acquire();
      try {
        yield* sleep(0);
      } finally {
        lock.release();
      }
    }
    const tasks = ["a", "b", "c"].map((name) => createTask(work(), { name }));
    function* impatient() {
      for (let i = 0; i < 2; i++) yield* sleep(0);
      tasks[1]!.cancel();
    }
    yield* createTask(impatient());
    for (const task of tasks) {
      try {
        yield* task;
      } catch (error) {
        if (!(error instanceof CancelledError)) throw error;
      }
    }
  };
  const asyncForm = async () => {
    const lock = new HandMadeLock(isMended);
    const work = async () => {
      await acquired(lock);
      try {
        await sleep(0);
      } finally {
        lock.release();
      }
    };
    const tasks = ["a", "b", "c"].map((name) => createTask(work, { name }));
    await createTask(async () => {
      for (let i = 0; i < 2; i++) await sleep(0);
      tasks[1]!.cancel();
    });
    for (const task of tasks) {
      try {
        await task;
      } catch (error) {
        if (!(error instanceof CancelledError)) throw error;
      }
    }
  };
  return [generatorForm, asyncForm];
}

/** The acquire of such a lock, for async functions. */
const acquired = coroutine(function* acquire(lock: HandMadeLock) {
  yield* lock.acquire();
});

bugs["a lock that is kept over a cancelled await"] = {
  message: "every task waits for what nobody is left to do",
  broken: lockOf(false),
  mended: lockOf(true),
};

// Two workers look whether a queue is empty, and then take.
function drainOf(isMended: boolean): Program[] {
  const generatorForm = function* () {
    const queue = new Queue<number>();
    for (let i = 0; i < 3; i++) queue.putNowait(i);
    function* drain() {
      while (!queue.empty()) {
        if (!isMended) yield* sleep(0);
        queue.getNowait();
        yield* sleep(0);
      }
    }
    yield* taskGroup(function* (group) {
      group.createTask(drain());
      yield* sleep(0);
      group.createTask(drain());
    });
  };
  const asyncForm = async () => {
    const queue = new Queue<number>();
    for (let i = 0; i < 3; i++) queue.putNowait(i);
    const drain = async () => {
      while (!queue.empty()) {
        if (!isMended) await sleep(0);
        queue.getNowait();
        await sleep(0);
      }
    };
    await taskGroup(async (group) => {
      group.createTask(drain);
      await sleep(0);
      group.createTask(drain);
    });
  };
  return [generatorForm, asyncForm];
}
bugs["a queue that is drained twice"] = {
  message: "",
  broken: drainOf(false),
  mended: drainOf(true),
};

// The first of two answers wins, and nobody ends the other one.
function raceOf(isMended: boolean): Program[] {
  const left = () => [...allTasks()].filter((task) => task !== currentTask());
  const generatorForm = function* () {
    let isFresh = false;
    createTask(function* refresh() {
      isFresh = true;
      yield* sleep(0);
    });
    function* ask() {
      const steps = isFresh ? 1 : 5;
      for (let i = 0; i < steps; i++) yield* sleep(0);
    }
    const asked = [createTask(ask()), createTask(ask())];
    const [, pending] = yield* wait(asked, { returnWhen: FIRST_COMPLETED });
    if (isMended) {
      for (const task of pending) task.cancel();
      if (pending.size > 0) yield* wait([...pending]);
    }
    if (left().length > 0) throw new Error("a loser is left");
  };
  const asyncForm = async () => {
    let isFresh = false;
    createTask(async () => {
      isFresh = true;
      await sleep(0);
    });
    const ask = async () => {
      const steps = isFresh ? 1 : 5;
      for (let i = 0; i < steps; i++) await sleep(0);
    };
    const asked = [createTask(ask), createTask(ask)];
    const [, pending] = await wait(asked, { returnWhen: FIRST_COMPLETED });
    if (isMended) {
      for (const task of pending) task.cancel();
      if (pending.size > 0) await wait([...pending]);
    }
    if (left().length > 0) throw new Error("a loser is left");
  };
  return [generatorForm, asyncForm];
}
bugs["a wait that forgets its losers"] = {
  message: "a loser is left",
  broken: raceOf(false),
  mended: raceOf(true),
};

describe("explore() finds within 1,000 seeds", () => {
  for (const [name, { message, broken, mended }] of Object.entries(bugs)) {
    for (const [form, at] of [["coroutines", 0], ["async functions", 1]] as const) {
      it(`${name}, in ${form}`, async () => {
        const error = await assertRejects(() => explore(broken[at]!), ExploreError);
        assertStringIncludes(error.message, message);
        // The line that it prints runs it again.
        const { replay } = error;
        const again = await assertRejects(() => explore(broken[at]!, { replay }), ExploreError);
        assertEquals([again.trace, again.switches], [error.trace, error.switches]);
        assertEquals(await explore(mended[at]!, { seeds: 200 }), { runs: 200, exhausted: false });
      });
    }
  }

  it("none of them in CPython's order alone, so that a plain test passes", async () => {
    const passing: string[] = [];
    for (const [name, { broken }] of Object.entries(bugs)) {
      const error = await explore(broken[0]!, { replay: "0:" }).then(() => null, (error: unknown) => error);
      if (error === null) passing.push(name);
    }
    assertEquals(passing, Object.keys(bugs));
  });
});
