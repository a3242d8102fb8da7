import { AsyncLocalStorage } from "node:async_hooks";
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  type Coroutine,
  createTask,
  eagerTaskFactory,
  EventLoop,
  gather,
  getRunningLoop,
  run,
  sleep,
  taskGroup,
  type TaskSource,
  timeout,
} from "../../mod.ts";
import { VirtualAdapter } from "../../src/testing/virtual_adapter.ts";

const storage = new AsyncLocalStorage<string>();

/** What a coroutine sees in its first step and after waits. */
function* look(): Coroutine<string> {
  const seen = [storage.getStore()];
  yield* sleep(0);
  seen.push(storage.getStore());
  yield* sleep(1);
  seen.push(storage.getStore());
  return [...new Set(seen)].join(" and ");
}

/** Runs a program in virtual time on a loop with the option. */
function play<T>(asyncLocalStorage: boolean | undefined, main: TaskSource<T>): Promise<T> {
  return run(main, { loopFactory: () => new EventLoop({ adapter: new VirtualAdapter(), asyncLocalStorage }) });
}

/** Ways to make a task of a coroutine. */
const WAYS: Readonly<Record<string, () => Coroutine<string>>> = {
  *"createTask()"() {
    return yield* createTask(look());
  },
  *"createTask() of the function"() {
    return yield* createTask(look);
  },
  *"createTask() with another option"() {
    return yield* createTask(look(), { name: "named" });
  },
  *"an eager task"() {
    return yield* createTask(look(), { eagerStart: true });
  },
  *"gather()"() {
    return (yield* gather(look(), sleep(0)))[0];
  },
  *"group.createTask()"() {
    return yield* taskGroup(function* (group) {
      return yield* group.createTask(look());
    });
  },
  *"the task factory for eager tasks"() {
    getRunningLoop().setTaskFactory(eagerTaskFactory);
    try {
      return yield* createTask(look());
    } finally {
      getRunningLoop().setTaskFactory(null);
    }
  },
  *"a task of a task"() {
    return yield* createTask(function* () {
      yield* sleep(0);
      return yield* createTask(look());
    });
  },
};

/** Makes a task where the storage has a value, and steps of it where it has none. */
function* within(way: () => Coroutine<string>, asyncLocalStorage?: boolean): Coroutine<string> {
  return yield* storage.run("value", () => createTask(way, { asyncLocalStorage }));
}

describe("The option asyncLocalStorage of an EventLoop", () => {
  for (const [name, way] of Object.entries(WAYS)) {
    it(`gives coroutines the value of where their task was made, by ${name}`, async () => {
      assertEquals(await play(true, () => within(way)), "value");
    });

    it(`is false by default: by ${name} they see none`, async () => {
      assertEquals(await play(undefined, () => within(way)), "");
      assertEquals(await play(false, () => within(way)), "");
    });

    it(`may be chosen for one task, and goes on to its children: by ${name}`, async () => {
      assertEquals(await play(false, () => within(way, true)), "value");
    });
  }

  it("does not hold for a task that is made without", async () => {
    const seen = await play(true, () => within(look, false));
    assertEquals(seen, "");
  });

  it("keeps tasks apart that were made under different values", async () => {
    const seen = await play(true, function* () {
      return yield* gather(["a", "b", "c"].map((value) => storage.run(value, () => createTask(look))));
    });
    assertEquals(seen, ["a", "b", "c"]);
  });

  it("gives main and its scopes the value of where the loop was started", async () => {
    const seen = await storage.run("outside", () =>
      play(true, function* () {
        return yield* timeout(1_000, function* () {
          return yield* look();
        });
      }));
    assertEquals(seen, "outside");
  });

  it("is nothing that async functions need", async () => {
    const seen = await play(undefined, async () =>
      await storage.run("value", () =>
        createTask(async () => {
          await sleep(1);
          return storage.getStore();
        })));
    assertEquals(seen, "value");
  });

  it("is of its loop alone, beside another one without", async () => {
    const one = () => within(look);
    assertEquals(await Promise.all([play(true, one), play(false, one)]), ["value", ""]);
  });
});
