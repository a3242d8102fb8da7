/**
 * A cancel that is swallowed by a task which goes on: debug mode tells it at the next wait, where that is certain.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  call,
  CancelledError,
  Condition,
  type Coroutine,
  coroutine,
  createTask,
  Event,
  gather,
  getRunningLoop,
  Queue,
  shield,
  sleep,
  type Task,
  taskGroup,
  type TaskSource,
  timeout,
  wait,
  waitFor,
} from "../../mod.ts";
import { lineHere, type Reports, reportsOf } from "./reports.ts";

/** Cancels a task in its first wait, lets it go on for some turns, and returns what was reported until then. */
async function reportsAfterCancel(
  source: TaskSource<unknown>,
  cancels = (task: Task<unknown>): unknown => task.cancel(),
): Promise<string[]> {
  let seen: string[] = [];
  let reports: Reports | null = null;
  await reportsOf(function* () {
    const task = createTask(source, { name: "subject" });
    yield* sleep(0);
    yield* sleep(0);
    yield* sleep(0);
    cancels(task);
    for (let turn = 0; turn < 10; turn++) yield* sleep(0);
    seen = [...reports!.warnings];
    // Whatever it does, it ends.
    for (let times = 0; times < 10 && !task.done(); times++) {
      task.cancel();
      for (let turn = 0; turn < 10; turn++) yield* sleep(0);
    }
    yield* wait([task]);
    if (!task.cancelled()) task.exception();
  }, {
    speed: 1,
    prepare: (loop) => {
      const warnings: string[] = [];
      reports = { warnings } as unknown as Reports;
      loop.logger.warn = (...data) => void warnings.push(data.map(String).join(" "));
    },
  });
  return seen;
}

let rounds = 0;
const mayGoOn = () => rounds-- > 0;

function* retry(times: number): Coroutine<void> {
  rounds = times;
  while (mayGoOn()) {
    try {
      yield* sleep(100_000);
      // deno-lint-ignore asyncio/no-swallowed-cancel -- the mistake
    } catch { /* It goes on. */ }
  }
}

async function retryAsync(): Promise<void> {
  rounds = 3;
  while (mayGoOn()) {
    try {
      await sleep(100_000);
    } catch { /* The mistake. */ }
  }
}

class Worker {
  *work(): Coroutine<void> {
    rounds = 3;
    for (;;) {
      try {
        yield* this.level(5);
        // deno-lint-ignore asyncio/no-swallowed-cancel -- the mistake
      } catch { /* It goes on. */ }
      if (!mayGoOn()) return;
    }
  }
  *level(depth: number): Coroutine<void> {
    if (depth > 0) return yield* this.level(depth - 1);
    yield* new Queue<number>().get();
  }
}

const swallowing: Readonly<Record<string, TaskSource<unknown>>> = {
  "a coroutine in a loop": () => retry(3),
  "an async function in a loop": retryAsync,
  "a method with generators nested five deep": () => new Worker().work(),
  "a coroutine above, at another await": function* above() {
    for (let round = 0; round < 3; round++) {
      if (round === 1) {
        yield* new Event().wait();
        return;
      }
      try {
        yield* sleep(100_000);
      } catch { /* The mistake. */ }
    }
  },
  "a coroutine in the body of a timeout": function* () {
    yield* timeout(1_000_000, function* () {
      yield* retry(3);
    });
  },
  "an async function that a coroutine calls": function* () {
    yield* call(retryAsync);
  },
  "a coroutine that an async function awaits": async function waits() {
    await call(retry(3));
  },
  "a call of a coroutine() function": () => coroutine(retry)(3),
  "what another task waits for": function* () {
    yield* createTask(retry(3));
  },
};

describe("A task that goes on after a cancel", () => {
  for (const [name, source] of Object.entries(swallowing)) {
    it(`is told at its next wait: ${name}`, async () => {
      const warnings = await reportsAfterCancel(source);
      assertEquals(warnings.length, 1, warnings.join("\n"));
      assertMatch(
        warnings[0]!,
        /^<Task cancelling name='[^]*wait_for=[^]*was cancelled by the task 'Task-\d+', and goes on as if nothing had been: it has caught/,
      );
      assertMatch(warnings[0]!, /\n {2}thrown where it waited: .*swallowed_cancels_test\.ts:\d+:\d+/);
      assertMatch(warnings[0]!, /\n {2}then it waited: .*swallowed_cancels_test\.ts:\d+:\d+/);
      assertMatch(warnings[0]!, /\n {2}cancelled at .*swallowed_cancels_test\.ts:\d+:\d+/);
    });
  }

  it("is told by its place alone if it has no name, whatever the engine calls it", async () => {
    const { warnings } = await reportsOf(function* () {
      rounds = 6;
      const tasks = [
        createTask(async () => {
          while (mayGoOn()) {
            try {
              await sleep(100_000);
            } catch { /* The mistake. */ }
          }
        }, { name: "subject" }),
        createTask(function* () {
          while (mayGoOn()) {
            try {
              yield* sleep(100_000);
            } catch { /* The mistake. */ }
          }
        }, { name: "subject" }),
      ];
      yield* sleep(0);
      for (const task of tasks) task.cancel();
      for (let turn = 0; turn < 10; turn++) yield* sleep(0);
      while (mayGoOn());
      for (const task of tasks) task.cancel();
      yield* wait(tasks);
    }, { speed: 1 });
    assertEquals(warnings.length, 2, warnings.join("\n"));
    for (const warning of warnings) {
      assertMatch(warning, /goes on as if nothing had been/);
      assertMatch(warning, /\n {2}thrown where it waited: [^ ]*swallowed_cancels_test\.ts:\d+:\d+\n/);
      assertMatch(warning, /\n {2}then it waited: [^ ]*swallowed_cancels_test\.ts:\d+:\d+\n/);
    }
  });

  it("is told once to who cancels it until it ends", async () => {
    const { warnings } = await reportsOf(function* () {
      for (const source of [() => retry(10), retryAsync]) {
        const task = createTask(source, { name: "subject" });
        yield* sleep(0);
        while (!task.done()) {
          task.cancel();
          for (let turn = 0; turn < 10; turn++) yield* sleep(0);
        }
      }
    }, { speed: 1 });
    assertEquals(warnings.length, 2, warnings.join("\n"));
  });

  it("is told with the lines between which it has caught the cancel, in either form", async () => {
    const places: string[] = [];
    const forms: TaskSource<unknown>[] = [
      function* subject() {
        for (let round = 0; round < 2; round++) {
          try {
            places.push(lineHere(1));
            yield* sleep(100_000);
          } catch { /* The mistake. */ }
        }
      },
      async function subject() {
        for (let round = 0; round < 2; round++) {
          try {
            places.push(lineHere(1));
            await sleep(100_000);
          } catch { /* The mistake. */ }
        }
      },
    ];
    for (const form of forms) {
      places.length = 0;
      const [warning = "nothing was told"] = await reportsAfterCancel(form);
      const [, thrown = "", then = ""] = warning.split("\n");
      assert(thrown.includes(places[0]!) && then.includes(places[1]!), `${warning}\n should have ${places}`);
    }
  });

  it("is told with both lines when it returns, where it may have been cleanup until then", async () => {
    const places: string[] = [];
    const { warnings } = await reportsOf(function* () {
      const task = createTask(function* subject() {
        try {
          places.push(lineHere(1));
          yield* sleep(100_000);
        } catch { /* The mistake. */ }
        places.push(lineHere(1));
        yield* sleep(1);
      });
      yield* sleep(0);
      task.cancel();
      yield* task;
    });
    assertEquals(warnings.length, 1, warnings.join("\n"));
    const [first, thrown, then] = warnings[0]!.split("\n");
    assertMatch(first!, /has returned as if nothing had been/);
    assert(thrown!.includes(places[0]!) && then!.includes(places[1]!), warnings[0]);
  });

  it("is told with every other one that returns so, however many were cancelled at once", async () => {
    const many = Array.from({ length: 200 }, (_, index) => `subject ${index}`);
    const { warnings } = await reportsOf(function* () {
      const tasks = many.map((name) =>
        createTask(function* () {
          try {
            yield* sleep(100_000);
          } catch { /* It returns. */ }
        }, { name })
      );
      yield* sleep(0);
      for (const task of tasks) task.cancel();
      yield* wait(tasks);
    });
    const told = warnings.map((warning) =>
      /^<Task finished name='(.*?)' .* returned as if nothing had been/.exec(warning)?.[1]
    );
    assertEquals(told.sort(), many.sort());
  });

  it("is not blamed for what the task does that it waits for", async () => {
    const warnings: string[] = [];
    await reportsOf(function* () {
      const outer = createTask(function* outer() {
        return yield* createTask(retry(1), { name: "inner" });
      }, { name: "outer" });
      yield* sleep(0);
      yield* sleep(0);
      outer.cancel();
      yield* outer;
    }, { prepare: (loop) => loop.logger.warn = (...data) => void warnings.push(data.map(String).join(" ")) });
    assertEquals(warnings.map((text) => /name='(\w+)'/.exec(text)?.[1]), ["inner"]);
  });
});

/** Waits three times. */
function* cleanup(): Coroutine<void> {
  for (let turn = 0; turn < 3; turn++) {
    const event = new Event();
    getRunningLoop().callSoon(() => event.set());
    yield* event.wait();
  }
}

async function cleanupAsync(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) {
    const event = new Event();
    getRunningLoop().callSoon(() => event.set());
    await event.wait();
  }
}

const innocent: Readonly<Record<string, TaskSource<unknown>>> = {
  "cleanup in finally": function* () {
    try {
      yield* sleep(100_000);
    } finally {
      yield* cleanup();
      yield* cleanup();
    }
  },
  "cleanup in finally of an async function": async () => {
    try {
      await sleep(100_000);
    } finally {
      await cleanupAsync();
      await cleanupAsync();
    }
  },
  "a catch that throws on after cleanup": function* () {
    try {
      yield* sleep(100_000);
    } catch (error) {
      yield* cleanup();
      throw error;
    }
  },
  "an async catch that throws on after cleanup": async () => {
    try {
      await sleep(100_000);
    } catch (error) {
      await cleanupAsync();
      throw error;
    }
  },
  "the same function as body and as cleanup": function* () {
    function* attempt(delay: number): Coroutine<void> {
      yield* sleep(delay);
    }
    try {
      yield* attempt(100_000);
    } finally {
      yield* attempt(1);
    }
  },
  "the same async function as body and as cleanup": async () => {
    async function attempt(delay: number): Promise<void> {
      await sleep(delay);
    }
    try {
      await attempt(100_000);
    } finally {
      await attempt(1);
    }
  },
  "a group that waits for its tasks": function* () {
    yield* taskGroup(function* (group) {
      group.createTask(function* () {
        try {
          yield* sleep(100_000);
        } finally {
          yield* cleanup();
        }
      });
      yield* sleep(0);
    });
  },
  "a group in an async function": async () => {
    await taskGroup(async (group) => {
      group.createTask(async () => {
        try {
          await sleep(100_000);
        } finally {
          await cleanupAsync();
        }
      });
      await sleep(0);
    });
  },
  "a timeout in a loop": function* () {
    for (let round = 0; round < 2; round++) {
      try {
        yield* timeout(0, () => sleep(100_000));
      } catch (error) {
        if (error instanceof CancelledError) throw error;
      }
    }
    yield* sleep(100_000);
  },
  "waitFor() in a loop": async () => {
    for (let round = 0; round < 2; round++) {
      try {
        await waitFor(sleep(100_000), 0);
      } catch (error) {
        if (error instanceof CancelledError) throw error;
      }
    }
    await sleep(100_000);
  },
  "shield()": function* () {
    const inner = createTask(sleep(5));
    for (;;) {
      try {
        return yield* shield(inner);
      } finally {
        yield* inner;
      }
    }
  },
  "gather()": function* () {
    yield* gather(
      sleep(100_000),
      createTask(async () => {
        try {
          await sleep(100_000);
        } finally {
          await cleanupAsync();
        }
      }),
    );
  },
  "a condition that takes its lock again": function* () {
    const condition = new Condition();
    using _held = yield* condition.acquire();
    createTask(function* () {
      yield* condition.acquire();
      yield* sleep(5);
      condition.release();
    });
    yield* condition.wait();
  },
  "one that takes the cancel back": function* () {
    for (let round = 0; round < 2; round++) {
      try {
        yield* sleep(round === 0 ? 100_000 : 1);
      } catch {
        own!.uncancel();
      }
    }
  },
  "a promise of the host": async () => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    await sleep(100_000);
  },
};
let own: Task<unknown> | null = null;

describe("No swallowed cancel is told of", () => {
  for (const [name, source] of Object.entries(innocent)) {
    it(name, async () => {
      const warnings = await reportsAfterCancel(source, (task) => {
        own = task;
        task.cancel();
      });
      assertEquals(warnings, []);
    });
  }
});

/** Goes on after each cancel, until it is told to end. */
function* deafUntil(done: Event): Coroutine<void> {
  // The first wait is sure to last until the cancel.
  for (let delay = 1_000_000; !done.isSet(); delay = 100) {
    try {
      yield* sleep(delay);
      // deno-lint-ignore asyncio/no-swallowed-cancel -- the mistake
    } catch { /* It goes on. */ }
  }
}

describe("A task that has swallowed a cancel and goes on for long", () => {
  it("is told once", async () => {
    const { warnings } = await reportsOf(function* () {
      const done = new Event();
      const task = createTask(deafUntil(done));
      yield* sleep(0);
      task.cancel();
      for (let times = 0; times < 20; times++) yield* sleep(500);
      done.set();
      yield* task;
    }, { speed: 1_000, prepare: (loop) => loop.slowCancelDuration = 1_000 });
    assertEquals(warnings.length, 1, warnings.join("\n"));
    assertMatch(warnings[0]!, /, and goes on as if nothing had been: /);
  });

  const ends: [string, TaskSource<unknown>][] = [
    ["a deadline", function* () {
      yield* timeout(1, () => retry(2));
    }],
    ["its group, when another task of that fails", function* () {
      yield* taskGroup(function* (group) {
        group.createTask(() => retry(2));
        group.createTask(function* () {
          yield* sleep(1);
          throw new RangeError("the other one");
        });
      });
    }],
  ];
  for (const [by, scope] of ends) {
    it(`is told that the module has cancelled it: ${by}`, async () => {
      const { warnings } = await reportsOf(function* () {
        const scoped = createTask(scope);
        yield* wait([scoped]);
        scoped.exception();
      });
      assertEquals(warnings.length, 1, warnings.join("\n"));
      assertMatch(
        warnings[0]!,
        /was cancelled by a deadline, a task group, a signal or a client that has gone, and goes/,
      );
    });
  }

  for (const debug of [true, false]) {
    it(`is told, and not whoever waits for it, ${debug ? "in debug mode" : "without debug mode"}`, async () => {
      const { warnings } = await reportsOf(function* () {
        const done = new Event();
        const deaf = () => deafUntil(done);
        const scopes = [
          createTask(() =>
            taskGroup(function* (group) {
              yield* group.createTask(deaf, { name: "deaf" });
            }), { name: "in group" }),
          createTask(function* () {
            yield* gather(createTask(deaf, { name: "deaf" }));
          }, { name: "in gather" }),
          createTask(async () => await createTask(deaf, { name: "deaf" }), { name: "in function" }),
        ];
        for (let times = 0; times < 3; times++) yield* sleep(0);
        for (const scope of scopes) scope.cancel();
        for (let times = 0; times < 20; times++) yield* sleep(500);
        done.set();
        yield* wait(scopes);
      }, { debug, speed: 1_000, prepare: (loop) => loop.slowCancelDuration = 1_000 });
      const names = warnings.map((line) => /name='(.*?)'/.exec(line)?.[1]);
      assertEquals(names, ["deaf", "deaf", "deaf"], warnings.join("\n"));
    });
  }

  it("is told that a callback has cancelled it, and in which line", async () => {
    const line = lineHere(4);
    const { warnings } = await reportsOf(function* () {
      const task = createTask(() => retry(2));
      yield* sleep(0);
      getRunningLoop().callSoon(() => void task.cancel());
      yield* task;
    });
    assertEquals(warnings.length, 1, warnings.join("\n"));
    assertMatch(warnings[0]!, /was cancelled by code outside of tasks, and goes/);
    assert(warnings[0]!.includes(line), warnings[0]);
  });
});
