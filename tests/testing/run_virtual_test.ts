import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  CancelledError,
  createTask,
  DeadlockError,
  Event,
  fromPromise,
  getRunningLoop,
  Lock,
  NotSupportedError,
  openConnection,
  remoteModule,
  run,
  RuntimeError,
  sleep,
  timeout,
  TimeoutError,
  toThread,
} from "../../mod.ts";
import { createSubprocessExec } from "../../mod.ts";
import { eventually } from "../within.ts";
import {
  cancelEverywhere,
  checkStreamPair,
  explore,
  runVirtual,
  testLoop,
  VirtualClock,
} from "../../src/testing/mod.ts";

describe("runVirtual()", () => {
  it("runs an hour in an instant, and returns what main returns", async () => {
    const coroutine = await runVirtual(function* () {
      yield* sleep(3_600_000);
      return getRunningLoop().time();
    });
    const asyncForm = await runVirtual(async () => {
      await sleep(3_600_000);
      return getRunningLoop().time();
    });
    assertEquals([coroutine, asyncForm], [3_600_000, 3_600_000]);
  });

  it("is exact to the timer", async () => {
    const times = await runVirtual(function* () {
      const loop = getRunningLoop();
      const seen: number[] = [];
      for (const delay of [1, 0.5, 1_000, 0]) {
        yield* sleep(delay);
        seen.push(loop.time());
      }
      return seen;
    }, { start: 100 });
    assertEquals(times, [101, 101.5, 1101.5, 1101.5]);
  });

  it("rejects with what main throws, and cancels what is left", async () => {
    const seen: string[] = [];
    const error = await assertRejects(
      () =>
        runVirtual(function* () {
          createTask(function* () {
            try {
              yield* sleep(Infinity);
            } finally {
              yield* sleep(10);
              seen.push("cleaned up");
            }
          });
          yield* sleep(1);
          throw new RangeError("of main");
        }),
      RangeError,
    );
    assertEquals([error.message, ...seen], ["of main", "cleaned up"]);
  });

  it("lets a deadline pass", async () => {
    await assertRejects(() => runVirtual(() => timeout(60_000, () => sleep(Infinity))), TimeoutError);
  });

  it("tells a deadlock at once, with what each task waits for, and cleans up", async () => {
    const seen: string[] = [];
    const error = await assertRejects(
      () =>
        runVirtual(function* main() {
          const [one, two] = [new Lock(), new Lock()];
          function* both(first: Lock, second: Lock) {
            yield* first.acquire();
            yield* sleep(1);
            try {
              yield* second.acquire();
            } finally {
              seen.push("cleaned up");
            }
          }
          createTask(both(one, two), { name: "left" });
          yield* createTask(both(two, one), { name: "right" });
        }),
      DeadlockError,
    );
    assertStringIncludes(error.message, "name='left'");
    assertStringIncludes(error.message, "name='right'");
    assertStringIncludes(error.message, "wait_for=<acquire <Lock [locked, waiters:1]>>");
    assertEquals(seen, ["cleaned up", "cleaned up"]);
  });

  it("tells a deadlock of async functions as well", async () => {
    const error = await assertRejects(() => runVirtual(async () => await new Event().wait()), DeadlockError);
    assertStringIncludes(error.message, "wait_for=<wait <Event [unset, waiters:1]>>");
  });

  it("ends with the deadlock though the cleanup is one as well", async () => {
    const error = await assertRejects(() =>
      runVirtual(function* () {
        try {
          yield* new Event().wait();
        } finally {
          yield* new Lock().acquire();
          yield* getRunningLoop().createFuture();
        }
      }), DeadlockError);
    assertStringIncludes(error.message, "wait_for=<wait <Event [unset, waiters:1]>>");
  });

  it("refuses a promise of the host that is pending after a macrotask", async () => {
    const never = () => new Promise<never>(() => {});
    for (
      const main of [
        async function awaiting() {
          await never();
        },
        function* awaiting() {
          yield* fromPromise(never());
        },
        async function awaiting() {
          await Promise.all([sleep(5), never()]);
        },
      ]
    ) {
      const error = await assertRejects(() => runVirtual<unknown>(main), NotSupportedError);
      assertStringIncludes(error.message, "allowHost: true");
      assertStringIncludes(error.message, "awaiting");
    }
  });

  it("goes on from promises that are settled, and from microtasks", async () => {
    assertEquals(
      await runVirtual(async () => {
        const all = await Promise.all([1, Promise.resolve(2), sleep(5, 3)]);
        for (let i = 0; i < 100; i++) await null;
        return all;
      }),
      [1, 2, 3],
    );
  });

  it("waits for the host where that is allowed, and time stands still meanwhile", async () => {
    const real = setTimeout;
    const time = await runVirtual(async () => {
      createTask(sleep(60_000));
      await new Promise((resolve) => real(resolve, 20));
      return getRunningLoop().time();
    }, { allowHost: true });
    assertEquals(time, 0);
  });

  it("refuses sockets, processes, threads and signals, in the task that asks for them", async () => {
    await runVirtual(async () => {
      const asked: Record<string, () => unknown> = {
        socket: () => openConnection("127.0.0.1", 1),
        process: () => createSubprocessExec("true"),
        thread: () => toThread(remoteModule<{ nothing(): void }>(new URL("./none.ts", import.meta.url)).nothing),
        signal: () =>
          (getRunningLoop() as unknown as { addSignalHandler(...args: unknown[]): void })
            .addSignalHandler("SIGTERM", () => {}),
      };
      for (const [name, ask] of Object.entries(asked)) {
        const error = await (async () => await ask())().then(() => null, (error: unknown) => error);
        assertInstanceOf(error, NotSupportedError, name);
        assertStringIncludes(error.message, "allowHost: true");
        assertStringIncludes(error.message, "run()");
      }
    });
  });

  it("ends what never becomes idle, by steps", async () => {
    const error = await assertRejects(
      () =>
        runVirtual(function* spinning() {
          for (;;) yield* sleep(0);
        }, { maxSteps: 5_000 }),
      RuntimeError,
    );
    assertStringIncludes(error.message, "5000 steps");
    assertStringIncludes(error.message, "maxSteps");
    assertStringIncludes(error.message, "spinning");
  });

  it("ends what never ends, by time", async () => {
    const error = await assertRejects(
      () =>
        runVirtual(async function beating() {
          for (;;) await sleep(1_000);
        }, { maxTime: 60_000 }),
      RuntimeError,
    );
    assertStringIncludes(error.message, "60000 ms of virtual time");
    assertStringIncludes(error.message, "maxTime");
    assertStringIncludes(error.message, "beating");
  });

  it("is refused inside of a loop, virtual or not", async () => {
    for (const outer of [run, runVirtual]) {
      const error = await outer(async () => await runVirtual(sleep(1)).then(() => null, (error: unknown) => error));
      assertInstanceOf(error, RuntimeError);
      assertStringIncludes(error.message, "runVirtual() inside a running event loop");
    }
  });

  it("may run beside another one", async () => {
    assertEquals(await Promise.all([runVirtual(sleep(5, "a")), runVirtual(sleep(5_000, "b"))]), ["a", "b"]);
  });

  it("has no bounds where they are null", async () => {
    const fortnight = 14 * 86_400_000;
    assertEquals(await runVirtual(sleep(fortnight, "over"), { maxTime: null, maxSteps: null }), "over");
    const error = await runVirtual(sleep(fortnight)).then(() => null, (error: Error) => error);
    assertStringIncludes(String(error), "raise maxTime");
  });

  it("refuses bad options", async () => {
    const bad: [Record<string, unknown>, string][] = [
      [{ autoJump: true }, 'unknown option "autoJump"'],
      [{ start: "0" }, "start is a number of milliseconds"],
      [{ start: NaN }, "finite"],
      [{ maxSteps: 0 }, "maxSteps"],
      [{ maxTime: -1 }, "maxTime"],
      [{ maxTime: Infinity }, "null for no limit"],
      [{ maxSteps: Infinity }, "null for no limit"],
      [{ seed: 0.5 }, "whole number"],
      [{ allowHost: 1 }, "allowHost: it is true or false"],
      [{ fakeGlobals: "no" }, "fakeGlobals: it is true or false"],
      [{ debug: null }, "debug: it is true or false"],
      [{ autojump: 0 }, "autojump: it is true or false"],
      [{ clock: {} }, "new VirtualClock()"],
      [{ clock: new VirtualClock(), start: 1 }, "new VirtualClock()"],
    ];
    for (const [options, message] of bad) {
      const error = await runVirtual(sleep(1), options).then(() => null, (error: Error) => error);
      assert(error !== null, JSON.stringify(options));
      assertStringIncludes(error.message, message);
    }
    await assertRejects(() => runVirtual(5 as never), TypeError);
    assertThrows(
      () => new VirtualClock({ autojump: 1 as never }),
      TypeError,
      "the number 1 as autojump: give a boolean",
    );
    const flags: [call: () => Promise<unknown>, name: string][] = [
      [() => testLoop(sleep(1), { realTime: 1 as never }), "realTime"],
      [() => explore(() => sleep(1), { shrink: 0 as never }), "shrink"],
      [() => cancelEverywhere(() => sleep(1), { mayReturn: null as never }), "mayReturn"],
      [() => checkStreamPair(() => null as never, { clogs: 1 as never }), "clogs"],
    ];
    for (const [call, name] of flags) await assertRejects(call, TypeError, `${name}: it is true or false`);
  });
});

describe("Under fake timers of Bun's test runner, which stop the host's own,", () => {
  it("a virtual run is refused, and says what to write instead", { ignore: !("Bun" in globalThis) }, async () => {
    const name = "bun:test";
    const { jest } = await import(name) as { jest: { useFakeTimers(): void; useRealTimers(): void } };
    jest.useFakeTimers();
    let error: unknown;
    try {
      error = await runVirtual(sleep(1)).then(() => null, (error: unknown) => error);
    } finally {
      jest.useRealTimers();
    }
    assertInstanceOf(error, RuntimeError);
    assertStringIncludes(error.message, "useRealTimers()");
    assertStringIncludes(error.message, "fakeGlobals: true");
    await runVirtual(sleep(1));
  });
});

describe("Under fake timers of Bun's test runner", () => {
  it("a loop on the real clock says why it stands still, once", { ignore: !("Bun" in globalThis) }, async () => {
    const name = "bun:test";
    const { jest } = await import(name) as {
      jest: { useFakeTimers(): void; useRealTimers(): void; advanceTimersByTime(ms: number): void };
    };
    const warned: string[] = [];
    const { warn } = console;
    console.warn = (text: string) => void warned.push(text);
    jest.useFakeTimers();
    try {
      for (let i = 0; i < 2; i++) {
        const done = run(sleep(5, "slept"));
        for (let hop = 0; hop < 50; hop++) await null;
        jest.advanceTimersByTime(10);
        assertEquals(await done, "slept");
      }
      jest.useRealTimers();
      await eventually(() => warned.length > 0, "the warning");
    } finally {
      jest.useRealTimers();
      console.warn = warn;
    }
    assertEquals(warned.length, 1);
    assertStringIncludes(warned[0]!, "useRealTimers()");
  });
});

describe("A VirtualClock", () => {
  it("is moved by hand, and each timer is due at its own time", async () => {
    const clock = new VirtualClock({ start: 10 });
    const seen: number[] = [];
    const done = runVirtual(function* () {
      for (let i = 0; i < 3; i++) {
        yield* sleep(100);
        seen.push(getRunningLoop().time());
      }
    }, { clock });
    await clock.runUntilIdle();
    assertEquals([seen, clock.now()], [[], 10]);
    await clock.advance(250);
    assertEquals([seen, clock.now()], [[110, 210], 260]);
    await clock.advance(50);
    await done;
    assertEquals(seen, [110, 210, 310]);
  });

  it("lets the test be the world that tasks wait for", async () => {
    const clock = new VirtualClock();
    const event = new Event();
    const done = runVirtual(async () => {
      await event.wait();
      return "heard";
    }, { clock });
    await clock.advance(1_000_000);
    event.set();
    assertEquals(await done, "heard");
  });

  it("does the same with autojump: false and nobody to move it, but for the deadline of the test", async () => {
    const aborts = new AbortController();
    const done = runVirtual(function* () {
      createTask(sleep(5));
      yield* fromPromise(new Promise((resolve) => aborts.signal.addEventListener("abort", resolve)));
      return getRunningLoop().time();
    }, { autojump: false });
    await new Promise((resolve) => setTimeout(resolve, 5));
    aborts.abort();
    assertEquals(await done, 0);
  });

  it("is refused inside of a loop, with bad numbers, and for two programs at once", async () => {
    const clock = new VirtualClock();
    await run(async () => {
      for (const call of [() => clock.advance(5), () => clock.runUntilIdle()]) {
        const error = await call().then(() => null, (error: unknown) => error);
        assertInstanceOf(error, RuntimeError);
      }
    });
    await assertRejects(() => clock.advance(-1), RangeError, "not below 0");
    await assertRejects(() => clock.advance("1" as never), TypeError);
    const first = runVirtual(sleep(1), { clock });
    await assertRejects(() => runVirtual(sleep(1), { clock }), RuntimeError, "another program");
    await clock.advance(1);
    await first;
  });

  it("cannot be cancelled away: the end of a program leaves no timer on it", async () => {
    const clock = new VirtualClock();
    const seen: unknown[] = [];
    const done = runVirtual(function* () {
      const task = createTask(sleep(1_000));
      yield* sleep(1);
      task.cancel();
      try {
        yield* task;
      } catch (error) {
        seen.push(error instanceof CancelledError);
      }
    }, { clock });
    await clock.advance(1);
    await done;
    await clock.advance(5_000);
    assertEquals(seen, [true]);
  });
});

describe("fakeGlobals", () => {
  it("takes timers, clocks and random numbers of the program along", async () => {
    const seen = () =>
      runVirtual(async () => {
        const times: number[] = [];
        const began = performance.now();
        const interval = setInterval(() => times.push(Date.now()), 1_000);
        await new Promise<void>((resolve) => setTimeout(resolve, 3_500));
        clearInterval(interval);
        await sleep(500);
        const cleared = setTimeout(() => times.push(-1), 5);
        clearTimeout(cleared);
        await sleep(10);
        return [times, performance.now() - began, new Date().getTime(), Math.random(), Math.random()];
      }, { fakeGlobals: true, start: 5_000 });
    const first = await seen();
    assertEquals(first.slice(0, 3), [[6_000, 7_000, 8_000], 4_010, 9_010]);
    assertEquals(await seen(), first);
    const another = await runVirtual(async () => await Promise.resolve(Math.random()), { fakeGlobals: true, seed: 2 });
    assert(another !== first[3]);
  });

  it("keeps what a Date is", async () => {
    await runVirtual(async () => {
      await sleep(1_000);
      assert(new Date() instanceof Date);
      assertEquals(new Date(5).getTime(), 5);
      assertEquals(new Date(2020, 1, 2).getFullYear(), 2020);
      assertEquals(Date.UTC(1970, 0, 1), 0);
      assertEquals(typeof (Date as unknown as () => string)(), "string");
      class Own extends Date {}
      assertEquals([new Own().getTime(), new Own() instanceof Own], [1_000, true]);
    }, { fakeGlobals: true });
  });

  it("aborts signals on time", async () => {
    const time = await runVirtual(async () => {
      const signal = AbortSignal.timeout(30_000);
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      assertEquals((signal.reason as DOMException).name, "TimeoutError");
      return getRunningLoop().time();
    }, { fakeGlobals: true });
    assertEquals(time, 30_000);
  });

  it("puts everything back, whatever happens", async () => {
    const before = [setTimeout, setInterval, clearTimeout, clearInterval, Date, performance.now, Math.random];
    const check = () => {
      const after = [setTimeout, setInterval, clearTimeout, clearInterval, Date, performance.now, Math.random];
      for (const [i, one] of before.entries()) assertStrictEquals(after[i], one);
    };
    await assertRejects(() =>
      runVirtual(function* () {
        yield* sleep(1);
        throw new Error("failed");
      }, { fakeGlobals: true })
    );
    check();
    await assertRejects(() => runVirtual(() => new Event().wait(), { fakeGlobals: true }), DeadlockError);
    check();
    await assertRejects(() => runVirtual(5 as never, { fakeGlobals: true }), TypeError);
    check();
  });

  it("ends the run with what the callback of a timer throws", async () => {
    await assertRejects(
      () =>
        runVirtual(async () => {
          setTimeout(() => {
            throw new RangeError("of a callback");
          }, 5);
          await sleep(10);
        }, { fakeGlobals: true }),
      RangeError,
      "of a callback",
    );
  });

  it("is refused in two runs at once", async () => {
    const clock = new VirtualClock();
    const first = runVirtual(sleep(1), { clock, fakeGlobals: true });
    await assertRejects(() => runVirtual(sleep(1), { fakeGlobals: true }), RuntimeError, "two virtual runs at once");
    await clock.advance(1);
    await first;
    await runVirtual(sleep(1), { fakeGlobals: true });
  });
});
