// deno-lint-ignore-file require-yield
import { assert, assertEquals, assertInstanceOf, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  BaseEventLoop,
  type Coroutine,
  EventLoop,
  getEventLoop,
  getRunningLoop,
  newEventLoop,
  NotSupportedError,
  run,
  RuntimeError,
  setEventLoop,
  sleep,
} from "../../mod.ts";
import { defaultAdapter } from "../../src/adapters/default_adapter.ts";
import { virtualEventLoop, virtualLoop } from "../core/play.ts";

describe("EventLoop", () => {
  it("turns on the runtime that it finds itself in, or on the adapter that it is given", () => {
    using loop = new EventLoop();
    assertStrictEquals(loop.adapter, defaultAdapter());
    assertInstanceOf(loop, BaseEventLoop);
    using virtual = virtualEventLoop();
    assertEquals(virtual.adapter.name, "virtual");
    assertEquals(String(virtual), "<EventLoop running=false closed=false debug=false>");
    using debugging = new EventLoop({ debug: true });
    assert(debugging.getDebug());
  });

  it("time() goes on and never back", async () => {
    await run(function* () {
      const loop = getRunningLoop();
      let last = loop.time();
      for (let i = 0; i < 100; i++) {
        yield* sleep(i === 50 ? 2 : 0);
        const now = loop.time();
        assert(now >= last);
        last = now;
      }
    });
  });

  it("a timer of the host is never early", async () => {
    await run(function* () {
      const loop = getRunningLoop();
      for (const delay of [0.1, 0.5, 1, 1.5, 2, 3.7]) {
        const due = loop.time() + delay;
        yield* sleep(delay);
        assert(loop.time() >= due, `${delay}`);
      }
    });
  });

  it("a delay longer than the host can count does not end at once", async () => {
    await run(function* () {
      const loop = getRunningLoop();
      let called = false;
      const handle = loop.callLater(2 ** 31 + 5, () => called = true);
      const endless = loop.callLater(Infinity, () => called = true);
      yield* sleep(5);
      handle.cancel();
      endless.cancel();
      assert(!called);
    });
  });

  it("signal handlers need a name, a plain function and an open loop", () => {
    const loop = new EventLoop();
    assertThrows(() => loop.addSignalHandler(5 as never, () => {}), TypeError, "as a signal");
    assertThrows(() => loop.addSignalHandler("SIGHUP", 5 as never), TypeError, "give a plain function");
    assertThrows(() => loop.addSignalHandler("SIGHUP", async () => {}), TypeError, "give a plain function");
    assertThrows(() => loop.addSignalHandler("SIGHUP", function* () {}), TypeError, "give a plain function");
    assertThrows(() => loop.addSignalHandler("SIGKILL", () => {}), RuntimeError, "no process can catch it");
    assertThrows(() => loop.addSignalHandler("SIGNOTHING", () => {}), RangeError, "no such signal");
    assertEquals(loop.removeSignalHandler("SIGHUP"), false);
    loop.close();
    assertThrows(() => loop.addSignalHandler("SIGHUP", () => {}), RuntimeError, "it is closed");
  });

  it("closing it removes its signal handlers", () => {
    const loop = new EventLoop();
    loop.addSignalHandler("SIGHUP", () => {});
    loop.close();
    assertEquals(loop.removeSignalHandler("SIGHUP"), false);
  });

  it("an adapter without signals says so", () => {
    using loop = virtualEventLoop();
    assertThrows(() => loop.addSignalHandler("SIGHUP", () => {}), NotSupportedError, 'the adapter "virtual"');
  });
});

describe("getEventLoop()", () => {
  it("gives the running loop, else the one that was set, else an error", async () => {
    assertThrows(() => getEventLoop(), RuntimeError, "none is running and none was set");
    using loop = newEventLoop();
    setEventLoop(loop);
    try {
      assertStrictEquals(getEventLoop(), loop);
      await run(function* () {
        assertStrictEquals(getEventLoop(), getRunningLoop());
        assert(getEventLoop() !== loop);
      });
      assertStrictEquals(getEventLoop(), loop);
    } finally {
      setEventLoop(null);
    }
    assertThrows(() => getEventLoop(), RuntimeError);
  });

  it("getRunningLoop() has none outside", () => {
    assertThrows(() => getRunningLoop(), RuntimeError, "Cannot get the running loop: no event loop is running here");
  });

  it("and getRunningLoop() refuse a bare loop, which has no connections, unless they are asked for one", async () => {
    using loop = virtualLoop();
    setEventLoop(loop);
    try {
      assertThrows(() => getEventLoop(), RuntimeError, "Cannot return <BaseEventLoop ");
      assertStrictEquals(getEventLoop(BaseEventLoop), loop);
      await loop.runUntilComplete(
        (function* (): Coroutine<void> {
          assertThrows(() => getRunningLoop(), RuntimeError, "or call getRunningLoop(BaseEventLoop)");
          assertStrictEquals(getRunningLoop(BaseEventLoop), loop);
        })(),
      );
    } finally {
      setEventLoop(null);
    }
  });

  it("setEventLoop() takes a loop or null", () => {
    for (const value of [undefined, 5, {}, "loop"]) {
      assertThrows(() => setEventLoop(value as never), TypeError, "as the event loop: it must be a loop, or null");
    }
  });
});
