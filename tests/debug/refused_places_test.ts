/** Errors for mistakes show the place of whoever has made them, also where the module finds them in a step of its own. */
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  call,
  createTask,
  EventLoop,
  fromPromise,
  getRunningLoop,
  type LazyAwaitable,
  openConnection,
  run,
  sleep,
  startServer,
  taskGroup,
  timeout,
  TimeoutError,
  toThread,
  use,
} from "../../mod.ts";

type Operation = () => PromiseLike<unknown>;

function* leaf(operation: Operation) {
  return yield* operation() as LazyAwaitable<unknown>;
}

function* root(operation: Operation) {
  return yield* leaf(operation);
}

async function leafAsync(operation: Operation): Promise<unknown> {
  return await operation();
}

async function rootAsync(operation: Operation): Promise<unknown> {
  return await leafAsync(operation);
}

/** Whether stacks have no async functions that wait: JavaScriptCore. */
const showsCallsOnly = Object.hasOwn(new Error(), "line");

const refused: Readonly<Record<string, Operation>> = {
  "toThread()": () => toThread(JSON.parse as never, "{" as never),
  "use()": () => use(3 as never, function* () {} as never),
  "call() of a number": () => call(3 as never),
  "call() of a function that returns a number": () => call((() => 3) as never),
  "call() in call()": () => call(() => call((() => 3) as never)),
  "a task of such a function": () => createTask((() => 3) as never),
  "a deadline for such a function": () => timeout(1_000, (() => 3) as never),
  "fromPromise()": () => fromPromise((() => 3) as never),
  "runInExecutor()": () => getRunningLoop().runInExecutor(null, (() => 3) as never),
  "openConnection()": () => openConnection("127.0.0.1", 70_000),
  "startServer()": () => startServer(3 as never, "127.0.0.1", 0),
};

/** The functions of this file in the stack of what a program fails with. */
async function functionsIn(
  main: () => Generator<never, unknown> | Promise<unknown>,
  debug: boolean,
): Promise<string[]> {
  const error = await run(main as never, { debug }).then(() => null, (error: unknown) => error as Error);
  assert(error instanceof TypeError || error instanceof RangeError, String(error));
  return ["leaf", "root"].filter((name) => new RegExp(`at (?:async )?${name}(?:Async)? `).test(String(error.stack)));
}

describe("The error for a mistake names the functions that await", () => {
  for (const [name, operation] of Object.entries(refused)) {
    it(name, async () => {
      for (const debug of [false, true]) {
        assertEquals(await functionsIn(() => root(operation) as never, debug), ["leaf", "root"], `debug: ${debug}`);
        // What runs in a task of its own is a future to whoever awaits it.
        if (showsCallsOnly && (!debug || operation.toString().includes("createTask"))) continue;
        assertEquals(await functionsIn(() => rootAsync(operation), debug), ["leaf", "root"], `async, debug: ${debug}`);
      }
    });
  }

  it("and keeps the frames that it has", async () => {
    const careless = () => (undefined as unknown as { length: number }).length;
    function* wrong() {
      yield* sleep(0);
      return careless();
    }
    for (const debug of [false, true]) {
      const error = await run(
        async () => {
          await rootAsync(() => createTask(wrong));
        },
        { debug },
      ).then(() => null, (error: unknown) => error as Error);
      assert(error instanceof TypeError);
      const stack = String(error.stack);
      assert(/at careless [^]*at wrong /.test(stack), stack);
    }
  });
});

describe("The error of a name that does not resolve names the functions that await, and the tasks that it has left", () => {
  const unresolved: Readonly<Record<string, Operation>> = {
    "openConnection()": () => openConnection("no.such.invalid", 1),
    "startServer()": () => startServer(() => {}, "no.such.invalid", 0),
    "startServer() of several": () => startServer(() => {}, ["127.0.0.1", "no.such.invalid"], 0),
  };
  for (const [name, operation] of Object.entries(unresolved)) {
    it(name, async () => {
      for (const main of [() => root(operation), () => rootAsync(operation)]) {
        const error = await run(main as never, { debug: true }).then(() => null, (error: unknown) => error as Error);
        const stack = String(error?.stack);
        assert(/at (?:async )?leaf[^]*at (?:async )?root[^]*in the task Task-\d+, made at /.test(stack), stack);
      }
    });
  }
});

describe("A TimeoutError says which await of a promise was slow", () => {
  const never = new Promise<never>(() => {});
  const slow: Readonly<Record<string, Operation>> = {
    "a promise": () => fromPromise(never),
    "a function that makes a promise": () => fromPromise(() => never),
    "an async function": () => call(async () => await fromPromise(never)),
    "in a group": () => taskGroup(() => fromPromise(() => never)),
  };
  for (const [name, operation] of Object.entries(slow)) {
    it(name, async () => {
      const error = await run(function* () {
        try {
          yield* timeout(1, () => root(operation) as never);
        } catch (error) {
          return error as Error;
        }
        return null;
      }, { loopFactory: () => new EventLoop() });
      assert(error instanceof TimeoutError, String(error));
      const stack = String(error.stack);
      assert(/at leaf [^]*at root /.test(stack), stack);
    });
  }

  it("and what it waited for, if that is a function", async () => {
    const error = await run(function* () {
      try {
        yield* timeout(1, () => root(slow["a function that makes a promise"]!) as never);
      } catch (error) {
        return error as Error;
      }
      return null;
    });
    assertStrictEquals(
      error?.message,
      "The deadline passed before the work was done; it waited for <promise in <fromPromise()>>.",
    );
  });
});
