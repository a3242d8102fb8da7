/** An error that this module throws shows the functions of the user that have awaited, and not only files of this module. */
import { assert, assertEquals, assertInstanceOf, assertMatch, assertRejects, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  call,
  type Coroutine,
  coroutine,
  createSubprocessExec,
  createTask,
  ExceptionGroup,
  fromPromise,
  Future,
  gather,
  getRunningLoop,
  openConnection,
  openUnixConnection,
  OSError,
  Protocol,
  Queue,
  run,
  sleep,
  startServer,
  StreamReader,
  taskGroup,
  timeout,
  TimeoutError,
  waitFor,
} from "../../mod.ts";
import { serve } from "../../src/http/mod.ts";

/** Whether the engine shows async functions that wait where an error reaches them: V8. JavaScriptCore shows them at the call alone. */
const showsAsync = !Object.hasOwn(new Error(), "line");

type Operation = () => Coroutine<unknown> | Iterable<unknown> | PromiseLike<unknown>;

function* leaf(operation: Operation): Coroutine<unknown> {
  return yield* operation() as Coroutine<unknown>;
}

function* branch(operation: Operation): Coroutine<unknown> {
  return yield* leaf(operation);
}

function* root(operation: Operation): Coroutine<unknown> {
  return yield* branch(operation);
}

async function leafOfAsync(operation: Operation): Promise<unknown> {
  await sleep(0);
  return await (operation() as PromiseLike<unknown>);
}

async function branchOfAsync(operation: Operation): Promise<unknown> {
  await sleep(0);
  return await leafOfAsync(operation);
}

async function rootOfAsync(operation: Operation): Promise<unknown> {
  return await branchOfAsync(operation);
}

function* caught(coro: Coroutine<unknown> | Iterable<unknown>): Coroutine<Error> {
  try {
    yield* coro as Coroutine<unknown>;
  } catch (error) {
    return error as Error;
  }
  throw new Error("It did not fail.");
}

/** The functions in a stack, the innermost first, of those that are asked for. */
function functions(error: Error, ...asked: string[]): string[] {
  const lines = String(error.stack).split("\n");
  const found = lines.flatMap((line) => asked.find((name) => new RegExp(`\\b${name}\\b`).test(line)) ?? []);
  return [...new Set(found)];
}

const COROUTINES = ["leaf", "branch", "root"];
const ASYNC = ["leafOfAsync", "branchOfAsync", "rootOfAsync"];

function* assertInCoroutines(operation: Operation): Coroutine<Error> {
  const error = yield* caught(root(operation));
  assertEquals(functions(error, ...COROUTINES), COROUTINES, String(error.stack));
  assert(String(error.stack).includes(error.message), "the stack begins with the message");
  return error;
}

function* assertInAsync(operation: Operation): Coroutine<Error> {
  const error = yield* caught(call(() => rootOfAsync(operation)));
  assertEquals(functions(error, ...ASYNC), ASYNC, String(error.stack));
  assert(String(error.stack).includes(error.message), "the stack begins with the message");
  return error;
}

describe("An error of the system", () => {
  /** Each begins with a call; so JavaScriptCore has the frames of async functions as well. */
  const calls: Record<string, (port: number) => Operation> = {
    "openConnection()": () => () => openConnection("127.0.0.1", 1),
    "openConnection() of a name": () => () => openConnection("localhost", 1),
    "openUnixConnection()": () => () => openUnixConnection("/no/such/socket"),
    "createConnection()": () => () => getRunningLoop().createConnection(() => new Protocol(), "127.0.0.1", 1),
    "startServer()": (port) => () => startServer(function* () {}, "127.0.0.1", port),
    "createSubprocessExec()": () => () => createSubprocessExec("/no/such/program"),
    "serve()": (port) => () => serve(() => new Response(), { hostname: "127.0.0.1", port }),
  };

  it("names the coroutines that await it", async () => {
    await run(function* () {
      const server = yield* startServer(function* () {}, "127.0.0.1", 0);
      for (const [name, operation] of Object.entries(calls)) {
        const error = yield* assertInCoroutines(operation(server.port));
        assertInstanceOf(error, OSError, name);
        assertInstanceOf(error.cause, Error, `${name} keeps what the host said`);
      }
      server.close();
    });
  });

  it("names the async functions that await it", async () => {
    await run(function* () {
      const server = yield* startServer(function* () {}, "127.0.0.1", 0);
      for (const [name, operation] of Object.entries(calls)) {
        assertInstanceOf(yield* assertInAsync(operation(server.port)), OSError, name);
      }
      server.close();
    });
  });

  it("names them after it has passed call(), gather() and a task of the module", async () => {
    await run(function* () {
      const refused = () => openConnection("127.0.0.1", 1);
      yield* assertInCoroutines(() => call(refused()));
      yield* assertInCoroutines(() => gather(refused()));
      yield* assertInCoroutines(() => createTask(refused()));
      yield* assertInCoroutines(() => waitFor(refused(), 10_000));
    });
  });

  it("names both, where an async function awaits a coroutine by call()", async () => {
    const inAsync = async () => {
      await call(root(() => openConnection("127.0.0.1", 1)));
    };
    await run(async () => {
      const error = await assertRejects(inAsync, OSError);
      const names = showsAsync ? [...COROUTINES, "inAsync"] : COROUTINES;
      assertEquals(functions(error, ...names), names);
    });
  });

  it("names both, where an async function awaits a coroutine", async () => {
    await run(function* () {
      const mixed = coroutine(() => root(() => openConnection("127.0.0.1", 1)));
      const error = yield* caught(call(() => rootOfAsync(() => mixed())));
      const expected = showsAsync ? [...COROUTINES, ...ASYNC] : COROUTINES;
      assertEquals(functions(error, ...COROUTINES, ...ASYNC), expected, String(error.stack));
    });
  });

  it("says where the arguments were wrong", async () => {
    await run(function* () {
      const wrong = () => openConnection("127.0.0.1", 99_999);
      assertInstanceOf(yield* assertInCoroutines(wrong), RangeError);
      assertInstanceOf(yield* assertInAsync(wrong), RangeError);
    });
  });
});

describe("An error of the host's promise", () => {
  const missing = () => fromPromise(import("node:fs/promises").then((fs) => fs.readFile("/no/such/file")));

  it("names who awaits it by fromPromise()", async () => {
    await run(function* () {
      yield* assertInCoroutines(missing);
      if (showsAsync) yield* assertInAsync(missing);
    });
  });

  it("names the coroutines that await a function which makes the promise", async () => {
    await run(function* () {
      yield* assertInCoroutines(() =>
        fromPromise(() => import("node:fs/promises").then((fs) => fs.readFile("/no/such/file")))
      );
    });
  });

  it("keeps its frames if the user's code has thrown it", async () => {
    async function throwsItself(): Promise<void> {
      await Promise.resolve();
      throw new OSError("mine", { code: "EMINE" });
    }
    await run(function* () {
      const error = yield* caught(root(() => fromPromise(throwsItself())));
      assertEquals(functions(error, "throwsItself", ...COROUTINES), ["throwsItself"]);
    });
  });
});

describe("Any error of this module", () => {
  it("names who awaits, also where it was made outside of them", async () => {
    await run(function* () {
      const ended = () => {
        const reader = new StreamReader();
        reader.feedEof();
        return reader.readexactly(5);
      };
      const shut = () => {
        const queue = new Queue<number>();
        getRunningLoop().callSoon(() => queue.shutdown());
        return queue.get();
      };
      for (const operation of [ended, shut]) {
        yield* assertInCoroutines(operation);
        if (showsAsync) yield* assertInAsync(operation);
      }
    });
  });

  it("names who awaits a group, and in it who has failed", async () => {
    await run(function* () {
      const both = () =>
        taskGroup(function* (group) {
          group.createTask(function* member() {
            yield* openConnection("127.0.0.1", 1);
          });
          yield* sleep(10_000);
        });
      const error = yield* assertInCoroutines(both) as Coroutine<ExceptionGroup>;
      assertInstanceOf(error, ExceptionGroup);
      assertEquals(functions(error.errors[0] as Error, "member"), ["member"]);
      if (showsAsync) yield* assertInAsync(both);
    });
  });

  it("keeps the frames of the first who got it", async () => {
    await run(function* () {
      const task = createTask(root(() => openConnection("127.0.0.1", 1)));
      const error = yield* caught(task);
      const { stack } = error;
      function* another(): Coroutine<unknown> {
        return yield* task;
      }
      assertStrictEquals(yield* caught(another()), error);
      assertEquals([error.stack === stack, functions(error, ...COROUTINES, "another")], [true, COROUTINES]);
    });
  });

  it("keeps its frames if the user's code has made it, and so does an error of the user", async () => {
    await run(function* () {
      function* fails(): Coroutine<void> {
        yield* sleep(0);
        throw new OSError("mine", { code: "EMINE" });
      }
      function* failsOtherwise(): Coroutine<void> {
        yield* sleep(0);
        throw new Error("mine");
      }
      for (const work of [fails, failsOtherwise]) {
        const error = yield* caught(root(() => createTask(work())));
        assertEquals(functions(error, work.name, ...COROUTINES), [work.name]);
      }
    });
  });

  it("is thrown as it is if it cannot take frames", async () => {
    await run(function* () {
      const frozen = Object.freeze(new OSError("frozen", { code: "EICE" }));
      const future = new Future<void>();
      getRunningLoop().callSoon(() => future.setException(frozen));
      assertStrictEquals(yield* caught(root(() => future)), frozen);
    });
  });

  it("leaves the limit of stacks as it was", async () => {
    await run(function* () {
      const { stackTraceLimit } = Error;
      yield* caught(root(() => openConnection("127.0.0.1", 1)));
      yield* caught(call(() => rootOfAsync(() => openConnection("127.0.0.1", 1))));
      assertEquals(Error.stackTraceLimit, stackTraceLimit);
    });
  });
});

describe("A TimeoutError", () => {
  function* slow(): Coroutine<void> {
    yield* sleep(10_000);
  }

  it("says which await was slow, with all that led to it", async () => {
    await run(function* () {
      for (const limited of [() => timeout(1, () => slow()), () => waitFor(slow(), 1)]) {
        const error = yield* caught(root(limited));
        assertInstanceOf(error, TimeoutError);
        assertEquals(functions(error, "slow", ...COROUTINES), ["slow", ...COROUTINES], String(error.stack));
        assertMatch(String((error.cause as Error).name), /^CancelledError$/);
      }
    });
  });

  it("says what an async function waited for", async () => {
    await run(function* () {
      const error = yield* caught(root(() => timeout(1, async () => await new Queue<number>().get())));
      assertEquals(
        error.message,
        "The deadline passed before the work was done; it waited for <get <Queue maxsize=0 _getters[1]>>.",
      );
      assertEquals(functions(error, ...COROUTINES), COROUTINES);
      if (showsAsync) yield* assertInAsync(() => timeout(1, slow));
    });
  });

  it("ends what it waits for even if that cannot say what it is", async () => {
    class Broken extends Future<void> {
      override toString(): string {
        throw new Error("no text");
      }
    }
    await run(function* () {
      for (const body of [() => new Broken(), async () => await new Broken()]) {
        assertInstanceOf(yield* caught(root(() => timeout(1, body))), TimeoutError);
      }
    });
  });

  it("names who has set the deadline if the work was about to go on", async () => {
    await run(function* () {
      const error = yield* caught(root(() =>
        timeout(0, function* () {
          yield* sleep(0);
          yield* sleep(0);
        })
      ));
      assertInstanceOf(error, TimeoutError);
      assertEquals(functions(error, ...COROUTINES), COROUTINES, String(error.stack));
    });
  });
});
