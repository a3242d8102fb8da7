/** What misuse of futures, tasks and waits throws: the class, what the message says to do instead, and that nothing changed. */

// deno-lint-ignore-file require-yield

import { assert, assertEquals, assertInstanceOf, assertMatch, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  allTasks,
  asCompleted,
  CancelledError,
  type Context,
  type Coroutine,
  createTask,
  currentTask,
  ensureFuture,
  ExceptionGroup,
  type Future,
  gather,
  getRunningLoop,
  InvalidStateError,
  RuntimeError,
  sleep,
  type Suspend,
  type Task,
  TaskGroup,
  taskGroup,
  timeout,
  TimeoutError,
  wait,
  waitFor,
} from "../../mod.ts";
import { play, virtualLoop } from "../core/play.ts";
import { caught, failAfter, ticks } from "./steps.ts";

type ErrorClass = abstract new (...args: never[]) => Error;

/** Something that must throw, synchronously or when it is awaited. */
interface Misuse {
  readonly throws: ErrorClass;
  /** What the message names, and what it says to write instead. */
  readonly says: RegExp[];
  /** Does it; gives what was thrown. Asserts itself that nothing else changed. */
  readonly run: () => Coroutine<unknown>;
}

/** What a function throws. */
function thrown(callback: () => unknown): Error {
  return assertThrows(callback) as Error;
}

function pending(): Future<unknown> {
  return getRunningLoop().createFuture<unknown>();
}

const MISUSES: Record<string, Misuse> = {
  "the result of a future that is not done": {
    throws: InvalidStateError,
    says: [/result/, /not done/, /Await it first/],
    *run() {
      const future = pending();
      const error = thrown(() => future.result());
      assertEquals(future.toString(), "<Future pending>");
      return error;
    },
  },
  "the exception of a future that is not done": {
    throws: InvalidStateError,
    says: [/exception/, /not done/, /Await it first/],
    *run() {
      return thrown(() => pending().exception());
    },
  },
  "a second result": {
    throws: InvalidStateError,
    says: [/done already/, /done\(\)/],
    *run() {
      const future = pending();
      future.setResult(1);
      const error = thrown(() => future.setResult(2));
      assertStrictEquals(future.result(), 1);
      return error;
    },
  },
  "a result after a cancel": {
    throws: InvalidStateError,
    says: [/cancelled/, /done\(\)/],
    *run() {
      const future = pending();
      future.cancel();
      const error = thrown(() => future.setResult(2));
      assert(future.cancelled());
      return error;
    },
  },
  "an exception after a result": {
    throws: InvalidStateError,
    says: [/an exception/, /done already/],
    *run() {
      const future = pending();
      future.setResult(1);
      const error = thrown(() => future.setException(new Error("late")));
      assertStrictEquals(future.exception(), null);
      return error;
    },
  },
  "an exception that is no Error": {
    throws: TypeError,
    says: [/the string "text"/, /new Error\(/],
    *run() {
      const future = pending();
      const error = thrown(() => future.setException("text"));
      assert(!future.done());
      return error;
    },
  },
  "a task of what is no coroutine": {
    throws: TypeError,
    says: [/the number 5/, /generator or async function/],
    *run() {
      return thrown(() => createTask(5 as unknown as Coroutine<void>));
    },
  },
  "a task of a promise": {
    throws: TypeError,
    says: [/promise/, /fromPromise\(\)/, /ensureFuture\(\)/],
    *run() {
      return thrown(() => createTask(Promise.resolve() as unknown as Coroutine<void>));
    },
  },
  "a task of a future": {
    throws: TypeError,
    says: [/<Future pending>/, /yield\*/],
    *run() {
      return thrown(() => createTask(pending() as unknown as Coroutine<void>));
    },
  },
  "a task with something else as its context": {
    throws: TypeError,
    says: [/Object/, /Context/],
    *run() {
      const before = allTasks();
      const error = thrown(() => createTask(sleep(0), { context: {} as unknown as Context }));
      assertEquals(allTasks(), before);
      return error;
    },
  },
  "a result set on a task": {
    throws: RuntimeError,
    says: [/what its coroutine returns/],
    *run() {
      const task: Future<unknown> = createTask(ticks(1));
      const error = thrown(() => task.setResult(1));
      yield* task;
      return error;
    },
  },
  "an exception set on a task": {
    throws: RuntimeError,
    says: [/what its coroutine throws/],
    *run() {
      const task: Future<unknown> = createTask(ticks(1));
      const error = thrown(() => task.setException(new Error("no")));
      yield* task;
      return error;
    },
  },
  "a task that awaits itself": {
    throws: RuntimeError,
    says: [/name='selfish'/, /itself/, /another task/],
    *run() {
      const task: Task<unknown> = createTask(function* (): Coroutine<unknown> {
        return yield* task;
      }, { name: "selfish" });
      return yield* caught(task);
    },
  },
  "a future of another loop": {
    throws: RuntimeError,
    says: [/another loop/, /callSoonThreadsafe\(\)/],
    *run() {
      const other = virtualLoop();
      const future = other.createFuture();
      const error = yield* caught(future);
      assertEquals(future.toString(), "<Future pending>");
      other.close();
      return error;
    },
  },
  "a yield without a star, of a future": {
    throws: RuntimeError,
    says: [/Future/, /yield\*/],
    *run() {
      return yield* caught(yields(pending()));
    },
  },
  "a yield without a star, of a coroutine": {
    throws: RuntimeError,
    says: [/yielded/, /yield\*/],
    *run() {
      return yield* caught(yields(ticks(1)));
    },
  },
  "a yield of anything else": {
    throws: RuntimeError,
    says: [/the number 5/, /yield\*/, /fromPromise\(\)/],
    *run() {
      return yield* caught(yields(5));
    },
  },
  "a yield of a promise": {
    throws: RuntimeError,
    says: [/Promise/, /fromPromise\(\)/],
    *run() {
      return yield* caught(yields(Promise.resolve()));
    },
  },
  "a future that is stepped by hand": {
    throws: RuntimeError,
    says: [/not done/, /yield\*/],
    *run() {
      const future = pending();
      const error = thrown(() => [...future as unknown as Iterable<unknown>]);
      assertEquals(future.toString(), "<Future pending>");
      return error;
    },
  },
  "an eager start in a context that is entered": {
    throws: RuntimeError,
    says: [/[Cc]ontext/, /entered/],
    *run() {
      const context = currentTask()!.getContext();
      return thrown(() => createTask(sleep(0), { context, eagerStart: true }));
    },
  },
  "gather() of futures of two loops": {
    throws: RangeError,
    says: [/another loop/],
    *run() {
      const other = virtualLoop();
      const future = other.createFuture();
      const error = thrown(() => gather(pending(), future));
      assertEquals(future.toString(), "<Future pending>");
      other.close();
      return error;
    },
  },
  "ensureFuture() of a future of another loop": {
    throws: RangeError,
    says: [/another loop/],
    *run() {
      const other = virtualLoop();
      const error = thrown(() => ensureFuture(other.createFuture(), { loop: getRunningLoop() }));
      other.close();
      return error;
    },
  },
  "wait() for nothing": {
    throws: RangeError,
    says: [/empty/],
    *run() {
      return thrown(() => wait([]));
    },
  },
  "wait() for a single future": {
    throws: TypeError,
    says: [/Future/, /wait\(\[task\]\)/],
    *run() {
      return thrown(() => wait(pending() as unknown as Future<unknown>[]));
    },
  },
  "wait() for a coroutine": {
    throws: TypeError,
    says: [/createTask\(/],
    *run() {
      return thrown(() => wait([ticks(1) as unknown as Future<unknown>]));
    },
  },
  "wait() until an unknown moment": {
    throws: RangeError,
    says: [/"LAST"/, /FIRST_COMPLETED, FIRST_EXCEPTION or ALL_COMPLETED/],
    *run() {
      return thrown(() => wait([pending()], { returnWhen: "LAST" as "ALL_COMPLETED" }));
    },
  },
  "asCompleted() of a single awaitable": {
    throws: TypeError,
    says: [/asCompleted\(\[task\]\)/],
    *run() {
      return thrown(() => asCompleted(pending() as unknown as Future<unknown>[]));
    },
  },
  "sleep() for NaN": {
    throws: RangeError,
    says: [/NaN/, /number/],
    *run() {
      return thrown(() => sleep(NaN));
    },
  },
  "a task group entered twice": {
    throws: RuntimeError,
    says: [/TaskGroup/, /twice/, /another group/],
    *run() {
      const group = new TaskGroup();
      yield* group.run(() => sleep(0));
      return yield* caught(group.run(() => sleep(0)));
    },
  },
  "a task in a group that was not entered": {
    throws: RuntimeError,
    says: [/<TaskGroup>/, /not been entered/, /inside the body/],
    *run() {
      return thrown(() => new TaskGroup().createTask(ticks(1)));
    },
  },
  "a task in a group that is finished": {
    throws: RuntimeError,
    says: [/finished/, /another group/],
    *run() {
      const group = new TaskGroup();
      yield* group.run(() => sleep(0));
      return thrown(() => group.createTask(ticks(1)));
    },
  },
  "a task in a group that shuts down": {
    throws: RuntimeError,
    says: [/shutting down/, /another group/],
    *run() {
      return yield* taskGroup(function* (group) {
        group.cancel();
        return thrown(() => group.createTask(ticks(1)));
      });
    },
  },
  "a body of timeout() that makes nothing to run": {
    throws: TypeError,
    says: [/body of timeout\(\)/, /the number 5/, /generator or async function/],
    *run() {
      return yield* caught(timeout(1, (() => 5) as unknown as () => Coroutine<void>));
    },
  },
  "a body of a task group that makes nothing to run": {
    throws: TypeError,
    says: [/body of a task group/, /the number 5/, /generator or async function/],
    *run() {
      const error = yield* caught(taskGroup((() => 5) as unknown as () => Coroutine<void>));
      return (error as ExceptionGroup).errors[0];
    },
  },
  "a deadline moved after the end": {
    throws: RuntimeError,
    says: [/finished/, /inside the body/],
    *run() {
      const scope = yield* timeout(10, function* (scope) {
        return scope;
      });
      return thrown(() => scope.reschedule(50));
    },
  },
};

/** Yields by hand, which the types do not let by. */
function* yields(value: unknown): Coroutine<void> {
  yield value as Suspend;
}

describe("Misuse is refused, and the message says what to write instead:", () => {
  for (const [name, { throws, says, run }] of Object.entries(MISUSES)) {
    it(name, async () => {
      const error = await play(run);
      assertInstanceOf(error, throws);
      for (const words of says) assertMatch(error.message, words);
      assertMatch(error.message, /^[^.]*[Cc]annot|<Task .*which is nothing to wait for/);
      assert(error.message.endsWith("."), error.message);
    });
  }
});

describe("Misuse leaves the task that made the mistake able to go on:", () => {
  for (const value of [5, undefined, null, Promise.resolve(), {}, "text"]) {
    it(`after a yield of ${String(value)}`, async () => {
      await play(function* () {
        assertInstanceOf(yield* caught(yields(value)), RuntimeError);
        assertEquals(yield* sleep(1, "went on"), "went on");
      });
    });
  }

  it("after it awaited itself, and a future of another loop", async () => {
    await play(function* () {
      const other = virtualLoop();
      const task: Task<string> = createTask(function* (): Coroutine<string> {
        yield* caught(task);
        yield* caught(other.createFuture());
        return yield* sleep(1, "went on");
      });
      assertEquals(yield* task, "went on");
      other.close();
    });
  });
});

describe("What ends a wait carries its cause:", () => {
  it("a cancelled future throws its message, an empty one if there was none", async () => {
    await play(function* () {
      for (const message of ["why", undefined]) {
        const future = pending();
        future.cancel(message);
        const error = yield* caught(future);
        assertInstanceOf(error, CancelledError);
        assertEquals(error.message, message ?? "");
        assertThrows(() => future.result(), CancelledError, message ?? "");
        assertThrows(() => future.exception(), CancelledError, message ?? "");
      }
    });
  });

  it("a time that is over throws a TimeoutError whose cause is the cancel", async () => {
    await play(function* () {
      for (const late of [timeout(1, () => sleep(9)), waitFor(sleep(9), 1), waitFor(sleep(9), 0)]) {
        const error = yield* caught(late);
        assertInstanceOf(error, TimeoutError);
        assertInstanceOf(error.cause, CancelledError);
      }
    });
  });

  it("asCompleted() throws a TimeoutError that nothing caused", async () => {
    await play(function* () {
      const [next] = asCompleted([sleep(9)], { timeout: 1 });
      const error = yield* caught(next!);
      assertInstanceOf(error, TimeoutError);
      assertStrictEquals(error.cause, undefined);
    });
  });

  it("a group throws one error with the errors of its tasks, and says where they are from", async () => {
    await play(function* () {
      const own = new Error("own");
      const error = yield* caught(taskGroup(function* (group) {
        group.createTask(failAfter(1, own));
      }));
      assertInstanceOf(error, ExceptionGroup);
      assertMatch(error.message, /unhandled errors in a TaskGroup/);
      assertStrictEquals(error.errors[0], own);
      assertStrictEquals(error.cause, undefined);
    });
  });
});
