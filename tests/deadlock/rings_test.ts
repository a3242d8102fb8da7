import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  allTasks,
  asCompleted,
  type Coroutine,
  createTask,
  DeadlockError,
  Event,
  FIRST_COMPLETED,
  FIRST_EXCEPTION,
  gather,
  Lock,
  Semaphore,
  shield,
  sleep,
  type Task,
  taskGroup,
  timeout,
  wait,
  waitFor,
} from "../../mod.ts";
import { describeRing } from "../../src/deadlock/describe.ts";
import { graphOf } from "../../src/deadlock/why_stuck.ts";
import { runVirtual } from "../../src/testing/mod.ts";

/** The rings of a program whose tasks all wait; those that are not certain have a question mark. */
async function ringsOf(program: () => void): Promise<string[]> {
  let rings: string[] = [];
  try {
    await runVirtual(function* () {
      program();
      yield* sleep(10);
      rings = graphOf(allTasks()).rings.map((ring) => `${describeRing(ring)}${ring.isCertain ? "" : "?"}`);
    });
  } catch (error) {
    // No cancel breaks a ring that goes through a group, and the end of the run waits for it.
    if (!(error instanceof DeadlockError)) throw error;
  }
  return rings;
}

/** What waits for a task in some way, and is awaited by it. */
const WAYS: Record<string, (other: Task<void>) => Coroutine<unknown>> = {
  *"an await"(other) {
    yield* other;
  },
  *"a group"(other) {
    yield* taskGroup(function* (group) {
      yield* sleep(0);
      group.createTask(function* () {
        yield* other;
      }, { name: "child" });
    });
  },
  *gather(other) {
    yield* gather(sleep(1), other);
  },
  *shield(other) {
    yield* shield(other);
  },
  *wait(other) {
    yield* wait([other]);
  },
  *"wait for the first exception"(other) {
    yield* wait([other], { returnWhen: FIRST_EXCEPTION });
  },
  *"a deadline"(other) {
    yield* timeout(60_000, () => other);
  },
  *waitFor(other) {
    yield* waitFor(other, 60_000);
  },
};

/** What waits for a task and for something else as well, which is enough. */
const OTHER_WAYS: Record<string, (other: Task<void>) => Coroutine<unknown>> = {
  *"the first of several"(other) {
    yield* wait([other, createTask(sleep(60_000))], { returnWhen: FIRST_COMPLETED });
  },
  *asCompleted(other) {
    for (const done of asCompleted([other, sleep(60_000)])) yield* done;
  },
  *"an event, in a group that has a task which waits for it"(other) {
    yield* taskGroup(function* (group) {
      group.createTask(function* () {
        yield* other;
      });
      yield* new Event().wait();
    });
  },
};

function ringBy(way: (other: Task<void>) => Coroutine<unknown>): Promise<string[]> {
  return ringsOf(() => {
    const one = createTask(function* (): Coroutine<void> {
      yield* way(other);
    }, { name: "one" });
    const other: Task<void> = createTask(function* () {
      yield* one;
    }, { name: "other" });
  });
}

describe("Rings of tasks", () => {
  for (const [name, way] of Object.entries(WAYS)) {
    it(`are found: by ${name}`, async () => {
      const ring = name === "a group" ? "'one' → 'child' → 'other' → 'one'" : "'one' → 'other' → 'one'";
      assertEquals(await ringBy(way), [ring]);
    });
  }

  for (const [name, way] of Object.entries(OTHER_WAYS)) {
    it(`are none: by ${name}`, async () => {
      assertEquals(await ringBy(way), []);
    });
  }

  it("are found through async functions, where they are not certain", async () => {
    const rings = await ringsOf(() => {
      const one: Task<void> = createTask(async () => await gather(other).then(() => {}), { name: "one" });
      const inner = async () => await one;
      const other = createTask(async () => await inner(), { name: "other" });
    });
    assertEquals(rings, ["'one' → 'other' → 'one'?"]);
  });

  it("are none where an async function awaits something else beside, or the host", async () => {
    const rings = await ringsOf(() => {
      const one: Task<void> = createTask(async () => {
        await Promise.race([other, sleep(60_000)]);
      });
      const other: Task<void> = createTask(async () => await one);
      const third: Task<void> = createTask(async () => {
        await Promise.resolve().then(() => sleep(1));
        await Promise.race([new Event().wait(), fourth]);
      });
      const fourth: Task<void> = createTask(async () => await third);
    });
    assertEquals(rings, []);
  });

  it("are found through locks, of coroutines and of async functions, also of one that was handed over", async () => {
    function* take(first: Lock, second: Lock): Coroutine<void> {
      using _first = yield* first.acquire();
      yield* sleep(1);
      using _second = yield* second.acquire();
    }
    async function takeAsync(first: Lock, second: Lock): Promise<void> {
      using _first = await first.acquire();
      await sleep(1);
      using _second = await second.acquire();
    }
    for (const form of [take, takeAsync]) {
      const rings = await ringsOf(() => {
        const [a, b, c] = [new Lock(), new Lock(), new Lock()];
        createTask(function* () {
          using _a = yield* a.acquire();
        });
        createTask(() => form(a, b), { name: "one" });
        createTask(() => form(b, c), { name: "two" });
        createTask(() => form(c, a), { name: "three" });
      });
      assertEquals(rings, ["'one' → 'two' → 'three' → 'one'?"]);
    }
  });

  it("are found where a task waits for a lock that it holds, and not where nobody holds it or its holder has ended", async () => {
    const rings = await ringsOf(() => {
      const [mine, left] = [new Lock(), new Lock()];
      createTask(function* () {
        yield* mine.acquire();
        yield* mine.acquire();
      }, { name: "twice" });
      createTask(left.acquire());
      createTask(left.acquire());
      const semaphore = new Semaphore(1);
      createTask(function* () {
        yield* semaphore.acquire();
        yield* semaphore.acquire();
      });
    });
    assertEquals(rings, ["'twice' → 'twice'?"]);
  });

  it("that cross are one, told by one way around; those that do not are several", async () => {
    const rings = await ringsOf(() => {
      const task = (name: string, ...needs: (() => Task<void>)[]): Task<void> =>
        createTask(function* (): Coroutine<void> {
          yield* gather(needs.map((need) => need()));
        }, { name });
      const hub: Task<void> = task("hub", () => left, () => right);
      const left = task("left", () => hub);
      const right = task("right", () => middle);
      const middle = task("middle", () => hub);
      const apart: Task<void> = task("apart", () => other);
      const other = task("other", () => apart);
      task("beside", () => hub);
    });
    assertEquals(rings, ["'hub' → 'left' → 'hub'", "'apart' → 'other' → 'apart'"]);
  });

  it("are found at the end of long chains, whatever their names are", async () => {
    await runVirtual(function* () {
      let next: Task<void> = createTask(function* (): Coroutine<void> {
        yield* twin;
      }, { name: "a\n\u001b[2J" });
      const end = next;
      const twin = createTask(function* () {
        yield* end;
      }, { name: "twin" });
      for (let i = 0; i < 3_000; i++) {
        const awaited = next;
        next = createTask(function* () {
          yield* awaited;
        });
      }
      yield* sleep(1);
      const graph = graphOf(allTasks());
      assertEquals(graph.rings.map(describeRing), ["'a\\n\\u001b[2J' → 'twin' → 'a\\n\\u001b[2J'"]);
      end.cancel();
    });
  });
});

describe("A DeadlockError on virtual time", () => {
  it("has the rings first, and says who holds a lock", async () => {
    const error = await assertRejects(() =>
      runVirtual(function* () {
        const lock = new Lock();
        createTask(new Event().wait(), { name: "beside" });
        createTask(function* () {
          yield* lock.acquire();
          yield* holder;
        }, { name: "waiter" });
        const holder: Task<void> = createTask(function* () {
          yield* lock.acquire();
        }, { name: "holder" });
        yield* holder;
      }), DeadlockError);
    const lines = error.message.split("\n");
    assertEquals(lines.slice(0, 2), [
      "Cannot go on in runVirtual(): nothing is ready, no timer is left, and tasks wait for one another:",
      "  ring: 'waiter' → 'holder' → 'waiter'",
    ]);
    assertStringIncludes(lines[2]!, "name='waiter'");
    assertEquals(lines[3], "    needs 'holder'");
    assertStringIncludes(lines[4]!, "name='holder'");
    assertEquals(lines[5], "    needs 'waiter', which holds it");
    assertStringIncludes(error.message, "name='beside'");
  });
});
