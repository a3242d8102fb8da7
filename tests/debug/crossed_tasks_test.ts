/** An error that has left a task says in debug mode which task that was, and where it was made. */
import { assert, assertEquals, assertMatch, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { inspect } from "node:util";
import {
  type Coroutine,
  createSubprocessExec,
  createTask,
  gather,
  getRunningLoop,
  openConnection,
  Queue,
  run,
  sleep,
  waitFor,
} from "../../mod.ts";

function* fails(): Coroutine<void> {
  yield* sleep(0);
  throw new RangeError("it failed");
}

async function failsAsync(): Promise<void> {
  await sleep(0);
  throw new RangeError("it failed");
}

function* caught(coro: Coroutine<unknown>): Coroutine<Error> {
  try {
    yield* coro;
  } catch (error) {
    return error as Error;
  }
  throw new Error("It did not fail.");
}

function* awaits(work: () => Coroutine<void> | Promise<void>): Coroutine<void> {
  yield* createTask(work, { name: "inner" });
}

/** What a stack says of tasks. */
function tasksIn(error: Error): string[] {
  return String(error.stack).split("\n").filter((line) => line.includes("in the task"));
}

describe("An error that has left tasks", () => {
  it("names each of them with the place where it was made, after its own frames", async () => {
    await run(function* () {
      for (const work of [fails, failsAsync]) {
        const error = yield* caught((function* () {
          yield* createTask(awaits(work), { name: "outer" });
        })());
        const [inner, outer, ...more] = tasksIn(error);
        assertMatch(inner!, /^ {4}in the task inner, made at .*crossed_tasks_test\.ts:\d+:\d+$/);
        assertMatch(outer!, /^ {4}in the task outer, made at .*crossed_tasks_test\.ts:\d+:\d+$/);
        assert(inner!.split(" made at ")[1] !== outer!.split(" made at ")[1]);
        assertEquals(more, []);
        const stack = String(error.stack);
        assert(stack.startsWith("RangeError: it failed"));
        assert(stack.indexOf(work.name) < stack.indexOf("in the task"));
      }
    }, { debug: true });
  });

  it("names a task of the module's own coroutines, in either form", async () => {
    const own: Record<string, () => unknown> = {
      openConnection: () => createTask(openConnection("127.0.0.1", 1), { name: "inner" }),
      createSubprocessExec: () => createTask(createSubprocessExec("no such program"), { name: "inner" }),
      "Queue.get": () => {
        const queue = new Queue<number>();
        getRunningLoop().callSoon(() => queue.shutdown());
        return createTask(queue.get(), { name: "inner" });
      },
      waitFor: () => createTask(waitFor(sleep(100_000), 1), { name: "inner" }),
      gather: () => gather(createTask(openConnection("127.0.0.1", 1), { name: "inner" })),
    };
    for (const [name, make] of Object.entries(own)) {
      const forms = [
        function* (): Coroutine<void> {
          yield* make() as Coroutine<void>;
        },
        async (): Promise<void> => {
          await make();
        },
      ];
      for (const form of forms) {
        const error = await run(function* () {
          return yield* caught((function* () {
            yield* createTask(form, { name: "outer" });
          })());
        }, { debug: true });
        const told = tasksIn(error).map((line) =>
          /in the task (\w+), made at .*crossed_tasks_test\.ts:\d+:\d+$/.exec(line)?.[1]
        );
        assertEquals(told, ["inner", "outer"], `${name}: ${error.stack}`);
        // And it says so as often as it is read.
        assertEquals(tasksIn(error).length, 2);
      }
    }
  });

  it("is the same error, and may be thrown through many", async () => {
    const error = Object.freeze(new Error("frozen"));
    await run(function* () {
      const task = createTask(function* () {
        yield* sleep(0);
        throw error;
      });
      assertStrictEquals(yield* caught(gather(task) as unknown as Coroutine<unknown>), error);
      const deep = new Error("deep");
      const level = function* (left: number): Coroutine<void> {
        yield* sleep(0);
        if (left === 0) throw deep;
        yield* createTask(level(left - 1));
      };
      yield* caught(level(50));
      assertEquals(tasksIn(deep).length, 20);
    }, { debug: true });
  });

  it("is shown so by the console of each runtime, with what else it says", async () => {
    const { Bun, Deno } = globalThis as unknown as Partial<Record<string, { inspect(value: unknown): string }>>;
    const show = Bun?.inspect ?? Deno?.inspect ?? inspect;
    await run(function* () {
      const error = yield* caught((function* () {
        yield* createTask(function* () {
          const cause = new RangeError("the cause");
          const error = Object.assign(new Error("the error", { cause }), { code: "EWRONG" });
          cause.cause = error;
          yield* sleep(0);
          throw error;
        }, { name: "inner" });
      })());
      const text = show(error);
      assertMatch(
        text,
        /^(?:<ref \*1> )?Error: the error\n[^]*in the task inner, made at [^]*crossed_tasks_test\.ts:\d+/,
      );
      assertMatch(text, /code: ['"]EWRONG['"]/);
      assertMatch(text, /RangeError: the cause/);
    }, { debug: true });
  });

  it("says nothing of tasks without debug mode", async () => {
    await run(function* () {
      assertEquals(tasksIn(yield* caught(awaits(fails))), []);
    }, { debug: false });
  });
});
