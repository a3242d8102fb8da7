// deno-lint-ignore-file require-yield
import {
  assert,
  assertEquals,
  assertFalse,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  CancelledError,
  ContextVar,
  copyContext,
  createTask,
  Future,
  getRunningLoop,
  InvalidStateError,
  newEventLoop,
  RuntimeError,
  setEventLoop,
  sleep,
} from "../../mod.ts";
import { printException } from "../../src/core/exception_reports.ts";
import { play, playAndListen, trace, virtualLoop } from "./play.ts";

describe("Future", () => {
  it("is pending at first and knows its loop", () => {
    using loop = virtualLoop();
    const future = loop.createFuture<number>();
    assertFalse(future.done());
    assertFalse(future.cancelled());
    assertStrictEquals(future.getLoop(), loop);
  });

  it("belongs to the current loop when none is given, and is refused where there is none", () => {
    assertThrows(() => new Future(), RuntimeError, "Cannot get the event loop");
    using loop = newEventLoop();
    setEventLoop(loop);
    assertStrictEquals(new Future().getLoop(), loop);
    setEventLoop(null);
  });

  it("belongs to the running loop when none is given inside it", async () => {
    await play(function* () {
      assertStrictEquals(new Future().getLoop(), getRunningLoop());
    });
  });

  it("result() and exception() of a pending one are invalid", () => {
    using loop = virtualLoop();
    const future = loop.createFuture<number>();
    assertThrows(() => future.result(), InvalidStateError, "Cannot get the result of <Future pending>");
    assertThrows(() => future.exception(), InvalidStateError, "Cannot get the exception of <Future pending>");
  });

  it("setResult() makes it done with the result, which may be undefined", () => {
    using loop = virtualLoop();
    const future = loop.createFuture<undefined>();
    future.setResult(undefined);
    assert(future.done());
    assertFalse(future.cancelled());
    assertStrictEquals(future.result(), undefined);
    assertStrictEquals(future.exception(), null);
  });

  it("setException() makes it done with that very error, as often as it is asked", () => {
    using loop = virtualLoop();
    const future = loop.createFuture<number>();
    const error = new Error("no");
    future.setException(error);
    assert(future.done());
    assertStrictEquals(future.exception(), error);
    for (let i = 0; i < 2; i++) assertStrictEquals(assertThrows(() => future.result()), error);
  });

  it("setException() makes an instance of an error class", () => {
    using loop = virtualLoop();
    const future = loop.createFuture<number>();
    future.setException(RangeError);
    assertInstanceOf(future.exception(), RangeError);
  });

  it("setException() refuses what is not an Error and stays pending", () => {
    using loop = virtualLoop();
    const future = loop.createFuture<number>();
    for (const value of ["text", 5, null, undefined, {}, class NoError {}, () => new Error()]) {
      assertThrows(() => future.setException(value), TypeError, "it must be an Error");
    }
    assertFalse(future.done());
  });

  it("can be set only once", () => {
    using loop = virtualLoop();
    for (const finish of ["result", "exception", "cancel"]) {
      const future = loop.createFuture<number>();
      if (finish === "result") future.setResult(1);
      else if (finish === "exception") future.setException(new Error("first"));
      else future.cancel();
      assertThrows(() => future.setResult(2), InvalidStateError, "Cannot set a result on <Future ");
      assertThrows(() => future.setException(new Error("second")), InvalidStateError, "Cannot set an exception on");
      assertFalse(future.cancel());
      assertStrictEquals(future.cancelled(), finish === "cancel");
      future.cancel();
    }
  });

  it("cancel() makes it cancelled, and result() and exception() throw a CancelledError with the message", () => {
    using loop = virtualLoop();
    const future = loop.createFuture<number>();
    assert(future.cancel("enough"));
    assert(future.done());
    assert(future.cancelled());
    for (let i = 0; i < 2; i++) {
      assertThrows(() => future.result(), CancelledError, "enough");
      assertThrows(() => future.exception(), CancelledError, "enough");
    }
  });

  it("set to a CancelledError is finished and not cancelled, and ends whoever awaits it as cancelled", async () => {
    await play(function* () {
      const future = getRunningLoop().createFuture<number>();
      const error = new CancelledError("set");
      future.setException(error);
      assertFalse(future.cancelled());
      assertStrictEquals(future.exception(), error);
      const task = createTask(function* () {
        yield* future;
      });
      yield* sleep(0);
      assert(task.cancelled());
      assertStrictEquals(assertThrows(() => task.result()), error);
    });
  });

  it("that is done gives its result without suspending", async () => {
    await play(function* () {
      const loop = getRunningLoop();
      const future = loop.createFuture<number>();
      future.setResult(5);
      let called = false;
      loop.callSoon(() => called = true);
      assertEquals(yield* future, 5);
      assertFalse(called);
      yield* sleep(0);
      assert(called);
    });
  });

  it("throws its exception into whoever awaits it, before and after it is done", async () => {
    await play(function* () {
      const loop = getRunningLoop();
      const future = loop.createFuture<number>();
      const error = new Error("no");
      loop.callSoon(() => future.setException(error));
      for (let i = 0; i < 2; i++) {
        let caught: unknown;
        try {
          yield* future;
        } catch (thrown) {
          caught = thrown;
        }
        assertStrictEquals(caught, error);
      }
    });
  });

  it("runs its callbacks and wakes its tasks in the order that they came, in the next iteration", async () => {
    const words = await trace(function* (say) {
      const loop = getRunningLoop();
      const future = loop.createFuture<void>();
      function* waits(name: string) {
        say(`${name}-wait`);
        yield* future;
        say(`${name}-woke`);
      }
      createTask(waits("a"));
      yield* sleep(0);
      future.addDoneCallback(() => say("cb1"));
      createTask(waits("b"));
      yield* sleep(0);
      future.addDoneCallback(() => say("cb2"));
      loop.callSoon(say, "before");
      future.setResult();
      loop.callSoon(say, "after");
      future.addDoneCallback(() => say("late"));
      yield* sleep(0);
      say("main");
    });
    assertEquals(words, "a-wait b-wait before a-woke cb1 b-woke cb2 after late main");
  });

  it("passes itself to its callbacks, and never calls them at once", async () => {
    await play(function* () {
      const future = getRunningLoop().createFuture<number>();
      const given: unknown[] = [];
      future.setResult(1);
      future.addDoneCallback((done) => given.push(done));
      assertEquals(given, []);
      yield* sleep(0);
      assertEquals(given.length, 1);
      assertStrictEquals(given[0], future);
    });
  });

  it("calls a callback as often as it was added, and removeDoneCallback() takes all of them back", async () => {
    await play(function* () {
      const loop = getRunningLoop();
      const future = loop.createFuture<number>();
      const calls: string[] = [];
      const one = () => calls.push("one");
      const two = () => calls.push("two");
      assertEquals(future.removeDoneCallback(one), 0);
      future.addDoneCallback(one);
      assertEquals(future.removeDoneCallback(two), 0);
      assertEquals(future.removeDoneCallback(one), 1);
      for (const callback of [one, two, one, two, one]) future.addDoneCallback(callback);
      assertEquals(future.removeDoneCallback(one), 3);
      assertEquals(future.removeDoneCallback(one), 0);
      future.setResult(1);
      assertEquals(future.removeDoneCallback(two), 0);
      yield* sleep(0);
      assertEquals(calls, ["two", "two"]);
    });
  });

  it("removing a callback leaves the tasks that wait", async () => {
    await play(function* () {
      const future = getRunningLoop().createFuture<number>();
      const callback = () => {};
      future.addDoneCallback(callback);
      const task = createTask(function* () {
        return yield* future;
      });
      yield* sleep(0);
      assertEquals(future.removeDoneCallback(callback), 1);
      future.setResult(7);
      assertEquals(yield* task, 7);
    });
  });

  it("runs a callback in a copy of the context of its adding, or in the one that is given", async () => {
    await play(function* () {
      const variable = new ContextVar("variable", { default: "default" });
      const future = getRunningLoop().createFuture<number>();
      const seen: string[] = [];
      variable.set("added");
      future.addDoneCallback(() => {
        seen.push(variable.get());
        variable.set("set by a callback");
      });
      const context = copyContext();
      context.run(() => variable.set("given"));
      future.addDoneCallback(() => seen.push(variable.get()), { context });
      variable.set("later");
      future.setResult(1);
      yield* sleep(0);
      assertEquals(seen, ["added", "given"]);
      assertEquals(variable.get(), "later");
    });
  });

  it("reports a callback that throws, in the context of that callback, and calls the others", async () => {
    const variable = new ContextVar("variable", { default: "default" });
    const seen: unknown[] = [];
    await play(function* () {
      const loop = getRunningLoop();
      const error = new Error("callback");
      loop.setExceptionHandler((_loop, context) => seen.push(context.message, context.exception, variable.get()));
      const task = createTask(function* () {
        variable.set("the task's");
      });
      variable.set("the callback's");
      task.addDoneCallback(function fails() {
        throw error;
      });
      task.addDoneCallback(() => seen.push("next"));
      yield* task;
      assertEquals(seen, ["Exception in callback fails()", error, "the callback's", "next"]);
    });
  });

  it("reports an exception that nobody read when the loop closes", async () => {
    const error = new Error("unread");
    const [, reports] = await playAndListen(function* () {
      const loop = getRunningLoop();
      loop.createFuture().setException(error);
      const read = loop.createFuture();
      read.setException(new Error("read"));
      read.exception();
      const cancelled = loop.createFuture();
      cancelled.setException(new Error("cancelled"));
      cancelled.cancel();
    });
    assertEquals(reports.map(({ message, exception }) => [message, exception]), [
      ["Future exception was never retrieved", error],
    ]);
  });

  it("can be awaited by a promise, before and after it is done", async () => {
    using loop = virtualLoop();
    const future = loop.createFuture<number>();
    const seen: unknown[] = [];
    const waiting = future.then((value) => seen.push(value));
    await loop.runUntilComplete(function* () {
      future.setResult(5);
    });
    await waiting;
    assertEquals(seen, [5]);
    assertEquals(await future, 5);
    const failed = loop.createFuture<number>();
    failed.setException(new Error("no"));
    await assertRejects(async () => await failed, Error, "no");
  });

  it("then() takes handlers that are missing or throw, as a promise does", async () => {
    using loop = virtualLoop();
    const future = loop.createFuture<number>();
    future.setResult(5);
    assertEquals(await future.then(), 5);
    assertEquals(await future.then(null, () => 1), 5);
    await assertRejects(
      () =>
        future.then(() => {
          throw new Error("handler");
        }),
      Error,
      "handler",
    );
    const failed = loop.createFuture<number>();
    failed.setException(new Error("no"));
    assertEquals(await failed.then(null, () => "caught"), "caught");
    await assertRejects(() => failed.then(() => 1), Error, "no");
  });

  it("a then() handler sees no context variable of the task that ran before it", async () => {
    const variable = new ContextVar("variable", { default: "default" });
    const seen: string[] = [];
    await play(function* () {
      const future = getRunningLoop().createFuture<void>();
      const setter = createTask(function* () {
        yield* future;
        variable.set("another task's");
      });
      yield* sleep(0);
      const handled = future.then(() => {
        seen.push(variable.get());
        variable.set("the handler's");
      });
      const reader = createTask(function* () {
        yield* future;
        yield* sleep(0);
        return variable.get();
      });
      yield* sleep(0);
      future.setResult();
      yield* setter;
      assertEquals(yield* reader, "default");
      void handled;
    });
    assertEquals(seen, ["default"]);
    assertEquals(variable.get(), "default");
  });

  it("a loop or a spread over a pending one throws instead of going on for ever", async () => {
    await play(function* () {
      const future = getRunningLoop().createFuture<number>();
      assertThrows(() => [...future], RuntimeError, "do not iterate it");
      assertThrows(
        () => {
          for (const _ of future);
        },
        RuntimeError,
        "do not iterate it",
      );
      assertThrows(
        () => {
          for (const _ of future) break;
        },
        RuntimeError,
        "nor take it apart",
      );
      yield* sleep(0);
      assertFalse(future.done());
    });
  });

  it("toString() shows its state, its outcome and its callbacks", async () => {
    await play(function* () {
      const loop = getRunningLoop();
      const future = loop.createFuture<unknown>();
      assertEquals(String(future), "<Future pending>");
      function first() {}
      function second() {}
      future.addDoneCallback(first);
      assertEquals(String(future), "<Future pending cb=[first()]>");
      future.addDoneCallback(second);
      assertEquals(String(future), "<Future pending cb=[first(), second()]>");
      future.addDoneCallback(second);
      future.addDoneCallback(first);
      assertEquals(String(future), "<Future pending cb=[first(), <2 more>, first()]>");
      future.setResult("done");
      assertEquals(String(future), '<Future finished result="done">');
      const failed = loop.createFuture();
      failed.setException(new RangeError("no"));
      assertEquals(String(failed), '<Future finished exception=RangeError("no")>');
      failed.exception();
      const cancelled = loop.createFuture();
      cancelled.cancel();
      assertEquals(String(cancelled), "<Future cancelled>");
      yield* sleep(0);
    });
  });

  it("toString() shortens a long result, and survives one that cannot be described", () => {
    using loop = virtualLoop();
    const long = loop.createFuture<string>();
    long.setResult("x".repeat(1_000));
    assert(String(long).length < 120);
    const bad = loop.createFuture<unknown>();
    bad.setResult({
      toString() {
        throw new Error("no description");
      },
    });
    assertStringIncludes(String(bad), "<Future finished result=");
    const bare = loop.createFuture<unknown>();
    bare.setResult(Object.create(null));
    assertEquals(String(bare), "<Future finished result=<object>>");
  });

  it("a report describes its future in full, also one that is gone, and anything else in short", () => {
    const lines: string[] = [];
    const logger = { warn: () => {}, error: (text: unknown) => void lines.push(String(text)) };
    const gone = `<Task finished name='${"long".repeat(30)}' exception=TypeError("no")>`;
    printException({ message: "told", future: gone, task: { toString: () => gone }, other: "x".repeat(100) }, logger);
    assertEquals(lines, [`told\nfuture: ${gone}\nother: "${"x".repeat(78)}…\ntask: ${gone}`]);
  });

  it("an exception that cannot be described does not stop the loop", async () => {
    const [result, reports] = await playAndListen(function* () {
      createTask(function* () {
        throw {
          toString() {
            throw new Error("no description");
          },
        };
      });
      yield* sleep(0);
      yield* sleep(1);
      return "went on";
    });
    assertEquals(result, "went on");
    assertEquals(reports.map(({ message }) => message), ["Task exception was never retrieved"]);
  });

  it("an exception that throws at every question does not stop the loop", async () => {
    const [result, reports] = await playAndListen(function* () {
      createTask(function* () {
        throw new Proxy({}, {
          get() {
            throw new Error("no questions");
          },
        });
      });
      yield* sleep(0);
      yield* sleep(1);
      return "went on";
    });
    assertEquals(result, "went on");
    assertEquals(reports.map(({ message }) => message), ["Task exception was never retrieved"]);
  });
});
