// deno-lint-ignore-file require-yield
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  type BaseEventLoop,
  Context,
  ContextVar,
  createTask,
  getRunningLoop,
  KeyboardInterrupt,
  run,
  RuntimeError,
  sleep,
} from "../../mod.ts";
import { play, rejection, trace, virtualEventLoop, virtualLoop } from "./play.ts";

describe("The order of events", () => {
  it("in one iteration is: what was ready, then timers by their time", async () => {
    const words = await trace(function* (say) {
      const loop = getRunningLoop();
      loop.callSoon(() => {
        say("A");
        loop.callSoon(say, "A2");
      });
      loop.callLater(0, say, "T0");
      loop.callSoon(() => {
        say("B");
        loop.callSoon(say, "B2");
      });
      loop.callAt(loop.time() - 10, say, "Tp");
      for (let i = 1; i <= 3; i++) {
        yield* sleep(0);
        say(`main${i}`);
      }
    });
    assertEquals(words, "A B main1 Tp T0 A2 B2 main2 main3");
  });

  it("of tasks that take turns is that of their making", async () => {
    const words = await trace(function* (say) {
      function* ticks(name: string, count: number) {
        for (let i = 0; i < count; i++) {
          say(`${name}${i}`);
          yield* sleep(0);
        }
        say(`${name}end`);
      }
      const a = createTask(ticks("a", 2));
      const b = createTask(ticks("b", 1));
      say("created");
      yield* a;
      say("a-awaited");
      yield* b;
    });
    assertEquals(words, "created a0 b0 a1 bend aend a-awaited");
  });

  it("of timers due at the same time is that of their making", async () => {
    const words = await trace(function* (say) {
      const loop = getRunningLoop();
      const when = loop.time() + 5;
      loop.callAt(when + 1, say, "later");
      for (let i = 0; i < 8; i++) loop.callAt(when, say, String(i));
      yield* sleep(10);
    });
    assertEquals(words, "0 1 2 3 4 5 6 7 later");
  });

  it("of a thousand timers is by time and then by making, cancelled ones left out", async () => {
    await play(function* () {
      const loop = getRunningLoop();
      const ran: [number, number][] = [];
      const expected: [number, number][] = [];
      for (let i = 0; i < 1_000; i++) {
        const when = (i * 7919) % 97;
        const handle = loop.callAt(when, () => ran.push([when, i]));
        if (i % 3 === 0) handle.cancel();
        else expected.push([when, i]);
      }
      expected.sort(([a, i], [b, j]) => a - b || i - j);
      yield* sleep(100);
      assertEquals(ran, expected);
    });
  });

  it("of a sleep's end: the timer in one iteration, the task in the next", async () => {
    const words = await trace(function* (say) {
      const loop = getRunningLoop();
      loop.callLater(5, () => {
        say("before");
        loop.callSoon(say, "soon");
      });
      createTask(function* () {
        yield* sleep(5);
        say("slept");
      });
      yield* sleep(0);
      loop.callLater(5, say, "after");
      yield* sleep(10);
    });
    assertEquals(words, "before after soon slept");
  });

  it("at the end of run(): the whole batch after main's end still runs, then the rest is cancelled", async () => {
    const words: string[] = [];
    await run(function* () {
      createTask(function* () {
        try {
          for (let i = 0;; i++) {
            words.push(`bg${i}`);
            yield* sleep(0);
          }
        } catch (error) {
          words.push("bgCE");
          throw error;
        }
      });
      yield* sleep(0);
      words.push("ret");
    }, { loopFactory: virtualEventLoop });
    assertEquals(words, ["bg0", "ret", "bg1", "bgCE"]);
  });

  it("of context variables: a child has a copy, an inline await shares, a given context is written", async () => {
    await play(function* () {
      const variable = new ContextVar("variable", { default: 0 });
      variable.set(1);
      const child = createTask(function* () {
        const seen = variable.get();
        variable.set(2);
        return seen;
      });
      variable.set(5);
      assertEquals(yield* child, 1);
      assertEquals(variable.get(), 5);
      function* inline() {
        assertEquals(variable.get(), 5);
        yield* sleep(0);
        variable.set(6);
      }
      yield* inline();
      assertEquals(variable.get(), 6);
      const context = new Context();
      yield* createTask(function* () {
        variable.set(7);
      }, { context });
      assertEquals(context.get(variable), 7);
      let seen = 0;
      getRunningLoop().callSoon(() => {
        seen = variable.get();
        variable.set(9);
      });
      variable.set(8);
      yield* sleep(0);
      assertEquals(seen, 6);
      assertEquals(variable.get(), 8);
    });
  });
});

describe("BaseEventLoop.stop()", () => {
  it("before runForever() lets it make exactly one iteration", async () => {
    using loop = virtualLoop();
    const words: string[] = [];
    loop.callSoon(() => {
      words.push("A");
      loop.callSoon(() => words.push("B"));
    });
    loop.stop();
    await loop.runForever();
    assertEquals(words, ["A"]);
    loop.stop();
    await loop.runForever();
    assertEquals(words, ["A", "B"]);
  });

  it("in a callback lets the rest of the batch run, and nothing that is new", async () => {
    using loop = virtualLoop();
    const words: string[] = [];
    loop.callSoon(() => {
      words.push("A");
      loop.stop();
      loop.callSoon(() => words.push("new"));
    });
    loop.callSoon(() => words.push("B"));
    await loop.runForever();
    assertEquals(words, ["A", "B"]);
  });

  it("from outside ends a loop that waits", async () => {
    using loop = virtualLoop();
    const running = loop.runForever();
    await Promise.resolve();
    await Promise.resolve();
    assert(loop.isRunning());
    loop.stop();
    await running;
    assert(!loop.isRunning());
  });

  it("before a main is done makes runUntilComplete() reject, and the loop can go on", async () => {
    using loop = virtualLoop();
    const task = loop.createTask(function* () {
      loop.stop();
      yield* sleep(5);
      return "done";
    });
    const error = await rejection(loop.runUntilComplete(task));
    assert(error instanceof RuntimeError);
    assert(/was stopped before <Task .* was done/.test(error.message), error.message);
    assertEquals(await loop.runUntilComplete(task), "done");
  });
});

describe("KeyboardInterrupt", () => {
  for (const place of ["callback", "task", "async function", "done callback", "exception handler", "timer"]) {
    it(`thrown in a ${place} leaves runForever(), and the rest of the batch runs at the next start`, async () => {
      using loop = virtualLoop();
      const interrupt = new KeyboardInterrupt("stop");
      const words: string[] = [];
      const fails = () => {
        loop.callSoon(() => words.push("rest"));
        throw interrupt;
      };
      if (place === "callback") loop.callSoon(fails);
      if (place === "timer") loop.callLater(5, fails);
      if (place === "task") {
        loop.createTask(function* () {
          yield* sleep(0);
          fails();
        });
      }
      if (place === "async function") {
        loop.createTask(async () => {
          await sleep(0);
          fails();
        });
      }
      if (place === "done callback") {
        const future = loop.createFuture<number>();
        future.addDoneCallback(fails);
        future.setResult(1);
      }
      if (place === "exception handler") {
        loop.setExceptionHandler(fails);
        loop.callSoon(() => {
          throw new Error("reported");
        });
      }
      loop.callSoon(() => words.push("B"));
      assertStrictEquals(await rejection(loop.runForever()), interrupt);
      assert(!loop.isRunning());
      loop.stop();
      await loop.runForever();
      assertEquals(words.sort(), ["B", "rest"]);
      loop.close();
    });
  }

  it("of a task is its exception too, which counts as heard", async () => {
    const loop = virtualLoop();
    const reports: unknown[] = [];
    loop.setExceptionHandler((_loop, context) => reports.push(context));
    const interrupt = new KeyboardInterrupt("stop");
    const task = loop.createTask(function* () {
      throw interrupt;
    });
    assertStrictEquals(await rejection(loop.runForever()), interrupt);
    assertStrictEquals(task.exception(), interrupt);
    loop.close();
    assertEquals(reports, []);
  });

  it("of the main task leaves runUntilComplete(), and does not stop the next run short", async () => {
    using loop: BaseEventLoop = virtualLoop();
    const interrupt = new KeyboardInterrupt("stop");
    const main = function* () {
      yield* sleep(1);
      throw interrupt;
    };
    assertStrictEquals(await rejection(loop.runUntilComplete(main)), interrupt);
    assertEquals(await loop.runUntilComplete(sleep(5, "next")), "next");
  });

  it("of a main of run() rejects it after the other tasks were cancelled and cleaned up", async () => {
    const interrupt = new KeyboardInterrupt("stop");
    let cleaned = false;
    const main = function* () {
      createTask(function* () {
        try {
          yield* sleep(1_000);
        } finally {
          yield* sleep(1);
          cleaned = true;
        }
      });
      yield* sleep(1);
      throw interrupt;
    };
    assertStrictEquals(await rejection(run(main, { loopFactory: virtualEventLoop })), interrupt);
    assert(cleaned);
  });
});
