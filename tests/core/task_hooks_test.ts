import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { AsyncLocalStorage } from "node:async_hooks";
import {
  type BaseEventLoop,
  CancelledError,
  Context,
  ContextVar,
  createEagerTaskFactory,
  createTask,
  getRunningLoop,
  run,
  sleep,
  Task,
  type TaskSource,
} from "../../mod.ts";
import { ScopedVars } from "../../src/core/context.ts";
import { beginTask, createTaskWithHooks } from "../../src/core/lazy_internal.ts";
import type { AroundStep, TaskHooks } from "../../src/core/task_options.ts";

/** Hooks that note what they are asked and told. */
class Noting implements TaskHooks {
  readonly carriesStorage: boolean = false;
  aroundStep: AroundStep | null = null;
  readonly makeVars: TaskHooks["makeVars"];
  readonly noted: string[] = [];
  #name = "noted";

  constructor(makeVars: TaskHooks["makeVars"] = null) {
    this.makeVars = makeVars;
  }

  getName(): string {
    return this.#name;
  }

  setName(name: string): void {
    this.#name = name;
  }

  returned(task: Task<unknown>, value: unknown): void {
    this.noted.push(`returned ${value}, ${task.cancelled() ? "cancelled" : "done"}`);
  }

  raised(task: Task<unknown>, error: unknown): void {
    this.noted.push(`raised ${(error as Error).name}, ${task.cancelled() ? "cancelled" : "done"}`);
  }
}

function begun<T>(source: TaskSource<T>, hooks: TaskHooks, eager = false): Task<T> {
  const task = createTaskWithHooks(source, getRunningLoop() as BaseEventLoop, hooks);
  beginTask(task as Task<unknown>, eager);
  return task;
}

describe("A task with hooks", () => {
  it("tells them what its coroutine returns", () =>
    run(function* () {
      const hooks = new Noting();
      const task = begun(function* () {
        yield* sleep(1);
        return 5;
      }, hooks);
      assertStrictEquals(yield* task, 5);
      assertEquals(hooks.noted, ["returned 5, done"]);
    }));

  it("tells them what its coroutine throws, and that it was cancelled", () =>
    run(function* () {
      const hooks = new Noting();
      const task = begun(() => sleep(1_000), hooks);
      yield* sleep(0);
      task.cancel();
      try {
        yield* task;
      } catch (error) {
        assert(error instanceof CancelledError);
      }
      assertEquals(hooks.noted, ["raised CancelledError, cancelled"]);
    }));

  it("tells them that it was cancelled in its last step", () =>
    run(function* () {
      const hooks = new Noting();
      const task: Task<number> = begun(function* () {
        yield* sleep(0);
        task.cancel();
        return 5;
      }, hooks);
      yield* sleep(0);
      yield* sleep(0);
      yield* sleep(0);
      assert(task.cancelled());
      assertEquals(hooks.noted, ["returned 5, cancelled"]);
    }));

  it("does not begin before it is told to", () =>
    run(function* () {
      const order: string[] = [];
      const task = createTaskWithHooks(
        function* () {
          order.push("begun");
          yield* sleep(0);
        },
        getRunningLoop() as BaseEventLoop,
        new Noting(),
      );
      yield* sleep(0);
      order.push("told");
      beginTask(task as Task<unknown>, true);
      order.push("over");
      assertEquals(order, ["told", "begun", "over"]);
    }));

  it("has its name from them", () =>
    run(function* () {
      const task = begun(() => sleep(0), new Noting());
      assertStrictEquals(task.getName(), "noted");
      task.setName("other");
      assertStrictEquals(task.getName(), "other");
      yield* task;
    }));

  it("runs each step inside of what they say, and tells them outside of it", () =>
    run(function* () {
      const hooks = new Noting();
      const { noted } = hooks;
      hooks.aroundStep = (step) => {
        noted.push("in");
        const result = step();
        noted.push("out");
        return result;
      };
      yield* begun(function* () {
        noted.push("one");
        yield* sleep(0);
        noted.push("two");
      }, hooks);
      assertEquals(noted, ["in", "one", "out", "in", "two", "out", "returned undefined, done"]);
    }));

  it("asks them for its variables when somebody reads one, and once", () =>
    run(function* () {
      const user = new ContextVar("user", { default: "nobody" });
      let made = 0;
      const hooks = new Noting(() => {
        made++;
        return new ScopedVars(new Map<ContextVar<unknown>, unknown>([[user as ContextVar<unknown>, "ada"]]), {
          adopt() {},
        });
      });
      const seen = yield* begun(function* () {
        assertStrictEquals(made, 0);
        return [user.get(), user.get()];
      }, hooks);
      assertEquals(seen, ["ada", "ada"]);
      assertStrictEquals(made, 1);
    }));

  it("runs in the context that it is given", () =>
    run(function* () {
      const user = new ContextVar("user", { default: "nobody" });
      const context = new Context();
      context.run(() => user.set("ada"));
      const source = function* () {
        yield* sleep(0);
        return user.get();
      };
      const task = createTaskWithHooks(source, getRunningLoop() as BaseEventLoop, new Noting(), context);
      beginTask(task as Task<unknown>, false);
      assertStrictEquals(yield* task, "ada");
    }));
});

describe("A task that carries each AsyncLocalStorage", () => {
  const storage = new AsyncLocalStorage<string>();

  it("may be of a class of one's own", () =>
    run(function* () {
      class Job<T> extends Task<T> {}
      getRunningLoop().setTaskFactory(createEagerTaskFactory(Job));
      const task = storage.run("here", () =>
        createTask(function* () {
          yield* sleep(0);
          return storage.getStore();
        }, { asyncLocalStorage: true }));
      assert(task instanceof Job);
      assertStrictEquals(yield* task, "here");
    }));

  it("can be given a name as any other", () =>
    run(function* () {
      const one = createTask(() => sleep(0), { asyncLocalStorage: true, name: "one" });
      const two = createTask(() => sleep(0), { asyncLocalStorage: true });
      assertStrictEquals(one.getName(), "one");
      assert(/^Task-\d+$/.test(two.getName()), two.getName());
      two.setName("two");
      assertStrictEquals(two.getName(), "two");
      yield* one;
      yield* two;
    }));
});
