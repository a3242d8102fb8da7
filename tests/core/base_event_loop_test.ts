// deno-lint-ignore-file require-yield
import { assert, assertEquals, assertFalse, assertMatch, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  BaseEventLoop,
  CancelledError,
  ContextVar,
  createTask,
  type ExceptionContext,
  getRunningLoop,
  Handle,
  RuntimeError,
  sleep,
  Task,
  type TaskFactory,
  TimerHandle,
} from "../../mod.ts";
import { VirtualAdapter } from "../../src/testing/virtual_adapter.ts";
import { hostTurn, play, rejection, virtualLoop } from "./play.ts";

/** An adapter whose clock also moves when somebody says so. */
class SteeredAdapter extends VirtualAdapter {
  extra = 0;
  override now(): number {
    return super.now() + this.extra;
  }
}

/** Keeps what is written by one method of the console while the body runs. */
async function written(method: "error" | "warn", body: () => Promise<unknown>): Promise<string[]> {
  const kept: string[] = [];
  const original = console[method];
  console[method] = (...args: unknown[]) => void kept.push(args.map(String).join(" "));
  try {
    await body();
  } finally {
    console[method] = original;
  }
  return kept;
}

describe("BaseEventLoop", () => {
  it("runs while it runs, and is closed once it is closed", async () => {
    const loop = virtualLoop();
    assertEquals([loop.isRunning(), loop.isClosed()], [false, false]);
    const running = loop.runUntilComplete(function* () {
      assert(loop.isRunning());
      assertThrows(() => loop.close(), RuntimeError, "it is running");
    });
    assert(loop.isRunning());
    assertThrows(() => loop.close(), RuntimeError, "it is running");
    await running;
    assertEquals([loop.isRunning(), loop.isClosed()], [false, false]);
    loop.close();
    loop.close();
    assertEquals([loop.isRunning(), loop.isClosed()], [false, true]);
  });

  it("closed refuses to be used, and says that it is closed", async () => {
    const loop = virtualLoop();
    loop.close();
    const nothing = () => {};
    assertThrows(() => loop.callSoon(nothing), RuntimeError, "it is closed");
    assertThrows(() => loop.callSoonThreadsafe(nothing), RuntimeError, "it is closed");
    assertThrows(() => loop.callLater(1, nothing), RuntimeError, "it is closed");
    assertThrows(() => loop.callAt(1, nothing), RuntimeError, "it is closed");
    assertThrows(() => loop.createTask(sleep(0)), RuntimeError, "it is closed");
    for (const running of [loop.runForever(), loop.runUntilComplete(sleep(0))]) {
      const error = await rejection(running);
      assert(error instanceof RuntimeError);
      assertMatch(error.message, /it is closed/);
    }
  });

  it("close() drops what is queued without running it", async () => {
    const loop = virtualLoop();
    loop.callSoon(() => {
      throw new Error("ran");
    });
    loop.callLater(0, () => {
      throw new Error("ran");
    });
    const task = loop.createTask(function* () {
      throw new Error("ran");
    });
    loop.close();
    await Promise.resolve();
    assertFalse(task.done());
  });

  it("running refuses to be run again, and makes nothing of what it was given", async () => {
    using loop = virtualLoop();
    const running = loop.runUntilComplete(sleep(5));
    let begun = false;
    const main = function* () {
      begun = true;
    };
    for (const again of [loop.runForever(), loop.runUntilComplete(main)]) {
      const error = await rejection(again);
      assert(error instanceof RuntimeError);
      assertMatch(error.message, /it is running already/);
    }
    await running;
    assertFalse(begun);
  });

  it("refuses to run inside another loop, and makes nothing of what it was given", async () => {
    using loop = virtualLoop();
    const main = function* () {};
    const given: Promise<unknown>[] = [];
    await play(function* () {
      given.push(rejection(loop.runUntilComplete(main)), rejection(loop.runForever()));
      getRunningLoop().callSoon(() => given.push(rejection(loop.runForever())));
      yield* sleep(0);
    });
    for (const refused of given) {
      const error = await refused;
      assert(error instanceof RuntimeError);
      assertMatch(error.message, /inside another loop's task or callback/);
    }
    assertEquals(given.length, 3);
    assertEquals(loop._unfinished().size, 0);
  });

  it("runUntilComplete() takes a coroutine, a task and a future of its own", async () => {
    using loop = virtualLoop();
    assertEquals(await loop.runUntilComplete(sleep(1, "coroutine")), "coroutine");
    assertEquals(await loop.runUntilComplete(async () => await sleep(1, "async")), "async");
    assertEquals(await loop.runUntilComplete(loop.createTask(sleep(1, "task"))), "task");
    const future = loop.createFuture<string>();
    loop.callSoon(() => future.setResult("future"));
    assertEquals(await loop.runUntilComplete(future), "future");
    assertEquals(await loop.runUntilComplete(future), "future");
  });

  it("runUntilComplete() refuses a future of another loop", async () => {
    using loop = virtualLoop();
    using other = virtualLoop();
    const error = await rejection(loop.runUntilComplete(other.createFuture<number>()));
    assert(error instanceof RangeError);
    assertMatch(error.message, /it belongs to another loop/);
  });

  it("can be used for several runs, and continues what an earlier one left", async () => {
    using loop = virtualLoop();
    const words: string[] = [];
    const task = loop.createTask(function* () {
      yield* sleep(10);
      words.push("left");
    });
    await loop.runUntilComplete(sleep(5));
    assertEquals(words, []);
    await loop.runUntilComplete(sleep(10));
    assertEquals(words, ["left"]);
    assert(task.done());
  });

  it("can be disposed of by using", () => {
    let kept: BaseEventLoop;
    {
      using loop = virtualLoop();
      kept = loop;
    }
    assert(kept.isClosed());
  });

  it("toString() says how it is", async () => {
    const loop = virtualLoop();
    assertEquals(String(loop), "<BaseEventLoop running=false closed=false debug=false>");
    await loop.runUntilComplete(function* () {
      assertEquals(String(loop), "<BaseEventLoop running=true closed=false debug=false>");
    });
    loop.setDebug(true);
    loop.close();
    assertEquals(String(loop), "<BaseEventLoop running=false closed=true debug=true>");
  });

  it("callSoon() and callLater() pass arguments and refuse what is no plain function", () => {
    using loop = virtualLoop();
    for (const callback of [null, undefined, 5, "text", {}, Promise.resolve(), sleep(0)]) {
      assertThrows(() => loop.callSoon(callback as never), TypeError, "the callback must be a function");
      assertThrows(() => loop.callLater(1, callback as never), TypeError, "Cannot callLater(");
      assertThrows(() => loop.callAt(1, callback as never), TypeError, "Cannot callAt(");
    }
    for (const callback of [function* () {}, async () => {}, async function* () {}]) {
      assertThrows(() => loop.callSoon(callback), TypeError, "is not a callback. Make a task of it");
    }
  });

  it("callLater() and callAt() refuse a time that is none", () => {
    using loop = virtualLoop();
    for (const time of [null, undefined, "5", 5n, new Date()]) {
      assertThrows(() => loop.callLater(time as never, () => {}), TypeError, "must be a number of milliseconds");
      assertThrows(() => loop.callAt(time as never, () => {}), TypeError, "must be a number of milliseconds");
    }
    assertThrows(() => loop.callLater(NaN, () => {}), RangeError, "NaN");
    assertThrows(() => loop.callAt(NaN, () => {}), RangeError, "NaN");
  });

  it("waits for years, and for ever", async () => {
    await play(function* () {
      const loop = getRunningLoop();
      const year = 365 * 86_400_000;
      const words: string[] = [];
      const never = loop.callLater(Infinity, () => words.push("never"));
      assertEquals(never.when(), Infinity);
      loop.callLater(-Infinity, () => words.push("at once"));
      loop.callLater(50 * year, () => words.push("50 years"));
      loop.callLater(2 * year, () => words.push("2 years"));
      yield* sleep(100 * year);
      assertEquals(words, ["at once", "2 years", "50 years"]);
      assertFalse(never.cancelled());
    });
  });

  it("with nothing but a sleep without end waits for nothing that will happen, and says so to its adapter", async () => {
    let told = 0;
    using loop = new BaseEventLoop({ adapter: new VirtualAdapter({ onDeadlock: () => told++ }) });
    const task = loop.createTask(sleep(Infinity));
    const running = loop.runUntilComplete(task);
    await hostTurn();
    assertEquals(told, 1);
    task.cancel();
    await rejection(running);
  });

  it("a host that calls its timers back too early only costs another timer", async () => {
    class Early extends VirtualAdapter {
      override setTimer(delay: number, callback: () => void): unknown {
        return super.setTimer(Math.min(delay, 100), callback);
      }
    }
    const adapter = new Early();
    using loop = new BaseEventLoop({ adapter });
    await loop.runUntilComplete(sleep(1_000));
    assertEquals(adapter.now(), 1_000);
  });

  it("makes its tasks by a factory, with the options as they were given", async () => {
    await play(function* () {
      const loop = getRunningLoop();
      assertEquals(loop.getTaskFactory(), null);
      const seen: unknown[] = [];
      class Special<T> extends Task<T> {}
      const factory: TaskFactory = (of, source, options) => {
        seen.push(of, options);
        return new Special(source, of, options);
      };
      loop.setTaskFactory(factory);
      assertStrictEquals(loop.getTaskFactory(), factory);
      const options = { name: "special" };
      const task = createTask(sleep(0, "done"), options);
      assert(task instanceof Special);
      assertEquals(task.getName(), "special");
      assertStrictEquals(seen[0], loop);
      assertStrictEquals(seen[1], options);
      assertEquals(yield* task, "done");
      loop.setTaskFactory(null);
      assertFalse(createTask(sleep(0)) instanceof Special);
      assertThrows(() => loop.setTaskFactory(5 as never), TypeError, "Cannot set the number 5 as the task factory");
    });
  });
});

describe("The exception handler", () => {
  it("is told of an error in a callback, in the context of that callback", async () => {
    const variable = new ContextVar("variable", { default: "default" });
    using loop = virtualLoop();
    const seen: ExceptionContext[] = [];
    const values: string[] = [];
    loop.setExceptionHandler((of, context) => {
      assertStrictEquals(of, loop);
      seen.push(context);
      values.push(variable.get());
    });
    const error = new Error("no");
    await loop.runUntilComplete(function* () {
      variable.set("the callback's");
      const handle = loop.callSoon(function fails() {
        throw error;
      });
      variable.set("later");
      yield* sleep(0);
      assertEquals(seen.length, 1);
      assertEquals(seen[0]!.message, "Exception in callback fails()");
      assertStrictEquals(seen[0]!.exception, error);
      assertStrictEquals(seen[0]!.handle, handle);
      assertEquals(values, ["the callback's"]);
      assertEquals(variable.get(), "later");
    });
  });

  it("is told of a CancelledError in a callback too, and the batch goes on", async () => {
    using loop = virtualLoop();
    const seen: unknown[] = [];
    loop.setExceptionHandler((_loop, context) => seen.push(context.exception));
    loop.callSoon(() => {
      throw new CancelledError("stray");
    });
    loop.callSoon(() => seen.push("next"));
    loop.stop();
    await loop.runForever();
    assertEquals(seen.map(String), ["CancelledError: stray", "next"]);
  });

  it("runs in the context of the task, before that of the future and of the handle", () => {
    const variable = new ContextVar("variable", { default: "default" });
    using loop = virtualLoop();
    const seen: string[] = [];
    loop.setExceptionHandler(() => seen.push(variable.get()));
    const token = variable.set("task");
    const task = loop.createTask(sleep(0));
    variable.set("handle");
    const handle = loop.callSoon(() => {});
    variable.reset(token);
    loop.callExceptionHandler({ message: "m", task, handle });
    loop.callExceptionHandler({ message: "m", future: task, handle });
    loop.callExceptionHandler({ message: "m", handle });
    loop.callExceptionHandler({ message: "m", task: undefined, handle });
    loop.callExceptionHandler({ message: "m" });
    assertEquals(seen, ["task", "task", "handle", "handle", "default"]);
  });

  it("can be set, asked for and put back", () => {
    using loop = virtualLoop();
    assertEquals(loop.getExceptionHandler(), null);
    const handler = () => {};
    loop.setExceptionHandler(handler);
    assertStrictEquals(loop.getExceptionHandler(), handler);
    loop.setExceptionHandler(null);
    assertEquals(loop.getExceptionHandler(), null);
    assertThrows(() => loop.setExceptionHandler("no" as never), TypeError, "as the exception handler");
    assertThrows(() => loop.setExceptionHandler(undefined as never), TypeError, "as the exception handler");
  });

  it("by default writes the message, the other keys in order, and the error", async () => {
    using loop = virtualLoop();
    const lines = await written("error", async () => {
      loop.callExceptionHandler({ message: "It broke", zebra: 1, apple: "red", exception: new Error("why") });
      loop.callExceptionHandler({ exception: "thrown text" });
      loop.callExceptionHandler({});
      await Promise.resolve();
    });
    assertMatch(lines[0]!, /^It broke\napple: "red"\nzebra: 1\n.*why/s);
    assertMatch(lines[1]!, /^Unhandled exception in event loop\n.*thrown text/s);
    assertEquals(lines[2], "Unhandled exception in event loop");
  });

  it("that fails is reported by the default one, with what it was to say", async () => {
    using loop = virtualLoop();
    loop.setExceptionHandler(() => {
      throw new Error("the handler's");
    });
    const lines = await written("error", async () => {
      loop.callSoon(function fails() {
        throw new Error("the callback's");
      });
      loop.stop();
      await loop.runForever();
    });
    assertEquals(lines.length, 1);
    assertMatch(lines[0]!, /Unhandled error in exception handler/);
    assertMatch(lines[0]!, /the handler's/);
  });

  it("that fails like the default one, which was overridden, is still heard of", async () => {
    class Broken extends BaseEventLoop {
      override defaultExceptionHandler(): never {
        throw new Error("the default's");
      }
    }
    using loop = new Broken({ adapter: new VirtualAdapter() });
    const lines = await written("error", async () => {
      await Promise.resolve();
      loop.callExceptionHandler({ message: "It broke" });
    });
    assertEquals(lines.length, 2);
    assertMatch(lines[0]!, /It broke/);
    assertMatch(lines[1]!, /the default's/);
  });
});

describe("Debug mode", () => {
  it("is off at first and can be switched", () => {
    using loop = virtualLoop();
    assertFalse(loop.getDebug());
    loop.setDebug(true);
    assert(loop.getDebug());
    using debugging = new BaseEventLoop({ adapter: new VirtualAdapter(), debug: true });
    assert(debugging.getDebug());
  });

  it("reports a callback and a step that took as long as slowCallbackDuration, and no other", async () => {
    const adapter = new SteeredAdapter();
    using loop = new BaseEventLoop({ adapter, debug: true });
    assertEquals(loop.slowCallbackDuration, 100);
    loop.slowCallbackDuration = 50;
    const lines = await written("warn", () =>
      loop.runUntilComplete(function* () {
        loop.callSoon(function slow() {
          adapter.extra += 50;
        });
        loop.callSoon(function quick() {
          adapter.extra += 49;
        });
        yield* createTask(function* work() {
          adapter.extra += 70;
        }, { name: "heavy" });
      }));
    assertEquals(lines.length, 2);
    assertMatch(lines[0]!, /^Executing <Handle slow\(\)> took 50\.0 ms/);
    assertMatch(lines[1]!, /^Executing <Task finished name='heavy' .*> took 70\.0 ms/);
  });

  it("off reports nothing", async () => {
    const adapter = new SteeredAdapter();
    using loop = new BaseEventLoop({ adapter });
    const lines = await written("warn", () =>
      loop.runUntilComplete(function* () {
        adapter.extra += 1_000;
      }));
    assertEquals(lines, []);
  });

  it("describes whatever is ready without failing", async () => {
    using loop = new BaseEventLoop({ adapter: new VirtualAdapter(), debug: true });
    await loop.runUntilComplete(async () => {
      const future = loop.createFuture<void>();
      future.addDoneCallback(() => {});
      loop.callLater(1, () => future.setResult());
      await Promise.all([future, sleep(1), sleep(0), createTask(sleep(2))]);
    });
  });
});

describe("Handle", () => {
  it("cancelled is not called, though it was ready", async () => {
    await play(function* () {
      const loop = getRunningLoop();
      let called = false;
      const handle = loop.callSoon(() => called = true);
      assert(handle instanceof Handle);
      assertFalse(handle.cancelled());
      handle.cancel();
      handle.cancel();
      assert(handle.cancelled());
      yield* sleep(0);
      assertFalse(called);
    });
  });

  it("cancelled in the batch that it is part of is not called", async () => {
    await play(function* () {
      const loop = getRunningLoop();
      let called = false;
      loop.callSoon(() => second.cancel());
      const second = loop.callSoon(() => called = true);
      yield* sleep(0);
      assertFalse(called);
    });
  });

  it("gets its arguments", async () => {
    await play(function* () {
      const loop = getRunningLoop();
      const calls: unknown[][] = [];
      loop.callSoon((...args: unknown[]) => calls.push(args));
      loop.callSoon((...args: unknown[]) => calls.push(args), 1, "two");
      loop.callSoonThreadsafe((...args: unknown[]) => calls.push(args), 3);
      loop.callLater(0, (...args: unknown[]) => calls.push(args), 4);
      loop.callAt(0, (...args: unknown[]) => calls.push(args), 5);
      yield* sleep(1);
      assertEquals(calls, [[], [1, "two"], [3], [4], [5]]);
    });
  });

  it("getContext() is the context that its callback runs in", async () => {
    await play(function* () {
      const variable = new ContextVar("variable", { default: 0 });
      variable.set(1);
      const handle = getRunningLoop().callSoon(() => variable.set(2));
      assertEquals(handle.getContext().get(variable), 1);
      yield* sleep(0);
      assertEquals(handle.getContext().get(variable), 2);
      assertEquals(variable.get(), 1);
    });
  });

  it("toString() names the callback, or says that it was cancelled", () => {
    using loop = virtualLoop();
    const handle = loop.callSoon(function work() {});
    assertEquals(String(handle), "<Handle work()>");
    handle.cancel();
    assertEquals(String(handle), "<Handle cancelled>");
    const timer = loop.callAt(5, function work() {});
    assertEquals(String(timer), "<TimerHandle when=in 5 ms work()>");
    timer.cancel();
    assertEquals(String(timer), "<TimerHandle cancelled when=in 5 ms>");
  });
});

describe("TimerHandle", () => {
  it("when() is its time on the loop's clock", async () => {
    await play(function* () {
      const loop = getRunningLoop();
      yield* sleep(7);
      const handle = loop.callLater(5, () => {});
      assert(handle instanceof TimerHandle);
      assertEquals(handle.when(), 12);
      assertEquals(loop.callAt(3.5, () => {}).when(), 3.5);
    });
  });

  it("cancelled is not called, and nothing waits for its time", async () => {
    await play(function* () {
      const loop = getRunningLoop();
      let called = false;
      const handle = loop.callLater(1_000, () => called = true);
      yield* sleep(1);
      handle.cancel();
      handle.cancel();
      assert(handle.cancelled());
      yield* sleep(2_000);
      assertFalse(called);
    });
  });

  it("cancelled after it was called changes nothing for others", async () => {
    await play(function* () {
      const loop = getRunningLoop();
      const words: string[] = [];
      const handles = Array.from({ length: 300 }, (_, i) => loop.callLater(i, () => words.push(String(i))));
      yield* sleep(150);
      for (const handle of handles.slice(0, 100)) handle.cancel();
      for (const handle of handles.slice(200)) handle.cancel();
      yield* sleep(1_000);
      assertEquals(words, Array.from({ length: 200 }, (_, i) => String(i)));
    });
  });

  it("the last one cancelled by host code leaves nothing armed", async () => {
    const cleared: unknown[] = [];
    class Watched extends VirtualAdapter {
      override clearTimer(timer: unknown): void {
        cleared.push(timer);
        super.clearTimer(timer);
      }
      // The clock would jump to the timer before anybody can cancel it.
      override setTimer(delay: number, callback: () => void): unknown {
        return delay > 100 ? "armed" : super.setTimer(delay, callback);
      }
    }
    using loop = new BaseEventLoop({ adapter: new Watched() });
    const handle = loop.callLater(1_000, () => {});
    const running = loop.runForever();
    for (let i = 0; i < 5; i++) await Promise.resolve();
    assertEquals(cleared, []);
    handle.cancel();
    assertEquals(cleared, ["armed"]);
    loop.stop();
    await running;
  });
});
