/**
 * The usual mistakes: what is said of each, in either form of coroutine.
 */
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import process from "node:process";
import {
  call,
  type Coroutine,
  coroutine,
  createSubprocessExec,
  createTask,
  DatagramProtocol,
  Event,
  EventLoop,
  gather,
  getRunningLoop,
  Lock,
  openConnection,
  PIPE,
  run,
  RuntimeError,
  sleep,
  startServer,
  taskGroup,
  type TaskSource,
  timeout,
  WorkerPool,
} from "../../mod.ts";
import { serve } from "../../src/http/mod.ts";
import { eventually, within } from "../within.ts";
import { runFile } from "../loop/processes.ts";
import { lineHere, Reports, reportsOf } from "./reports.ts";

/** So many milliseconds of a loop whose clock is fast that they are not over before the test is, however slow the machine. */
const LONG = 10_000_000;

/** The message of what a program throws. */
async function thrownBy(main: TaskSource<unknown>, debug = true): Promise<string> {
  try {
    await run(main, { debug });
  } catch (error) {
    const [only = error] = (error as Partial<AggregateError>).errors ?? [];
    return String(only);
  }
  return "nothing was thrown";
}

function* work(): Coroutine<number> {
  yield* sleep(1);
  return 1;
}

describe("What is awaited twice", () => {
  it("is an error, be it lazy or a call of a coroutine() function, without debug mode as well", async () => {
    const add = coroutine(function* add(one: number, other: number) {
      yield* sleep(0);
      return one + other;
    });
    for (
      const [make, name] of [[() => sleep(1), "sleep()"], [
        () => add(1, 2),
        "the call of a coroutine function",
      ]] as const
    ) {
      const text = `RuntimeError: Cannot await ${name} twice: it was made for one await, and that has begun. ` +
        "Call the function again, or make a task of it.";
      for (const debug of [false, true]) {
        const inCoroutine = await thrownBy(function* () {
          const lazy = make();
          yield* lazy;
          yield* lazy;
        }, debug);
        assertEquals(inCoroutine, text);
        const inFunction = await thrownBy(async () => {
          const lazy = make();
          await lazy;
          await lazy;
        }, debug);
        assertEquals(inFunction, text);
      }
    }
  });

  it("is an error of a generator that has ended, which is given to createTask(), gather() or a group in debug mode", async () => {
    const forms: Record<string, (again: ReturnType<typeof work>) => unknown> = {
      "createTask()": (again) => createTask(again),
      "gather()": (again) => gather(again),
      "a group": (again) =>
        createTask(taskGroup(function* (group) {
          yield* group.createTask(again);
        })),
    };
    for (const [name, give] of Object.entries(forms)) {
      let place = "";
      const message = await thrownBy(async () => {
        const once = work();
        place = lineHere(1);
        await createTask(once, { name: "first" });
        await give(once);
      });
      assertMatch(
        message,
        /^RuntimeError: Cannot make a task of <coroutine> twice: it is the coroutine of <Task done name='first'> already/,
      );
      assert(
        message.includes("Call its function again.\n  made at ") && message.includes(place),
        `${name}: ${message}`,
      );
    }
  });
});

describe("A yield without its star", () => {
  it("is an error with the name of what was yielded, and where it was made", async () => {
    let place = "";
    const { warnings } = await reportsOf(function* () {
      try {
        place = lineHere(1);
        yield sleep(5) as never;
      } catch (error) {
        assertMatch(
          String(error),
          /^RuntimeError: <Task .*> yielded <sleep>, which is nothing to wait for\. Await one thing with yield\* \(a star\)/,
        );
        assert(String(error).includes(`made at`) && String(error).includes(place), String(error));
      }
    });
    assertEquals(warnings, []);
  });

  it("is one without debug mode, for a coroutine and a promise as well", async () => {
    const message = (value: unknown) =>
      thrownBy(function* () {
        yield value as never;
      }, false);
    assertMatch(
      await message(work()),
      /yielded <(?:coroutine|work\(\))>, which is nothing to wait for\. Await one thing with yield\* \(a star\)/,
    );
    assertMatch(
      await message(Promise.resolve()),
      /yielded a value of type Promise, which is .* wrap a promise in fromPromise\(\)/,
    );
  });
});

describe("A yield* of what is no awaitable", () => {
  const iterables: Readonly<Record<string, [() => Iterable<unknown>, first: RegExp]>> = {
    "an array of awaitables": [() => [sleep(5), sleep(6)], /<sleep>/],
    "an array of coroutines": [() => [work(), work()], /<(?:work\(\)|coroutine)>/],
    "a text": [() => "text", /the string "t"/],
    "a map": [() => new Map([[1, sleep(5)]]), /a value of type Array/],
  };
  for (const [name, [make, first]] of Object.entries(iterables)) {
    it(`is an error that says what came out of it: ${name}`, async () => {
      for (const debug of [false, true]) {
        let place = "";
        const inner = function* () {
          place = lineHere(1);
          yield* make() as Iterable<never>;
        };
        let error: unknown;
        try {
          await run(function* () {
            yield* inner();
          }, { debug });
        } catch (thrown) {
          error = thrown;
        }
        assert(error instanceof RuntimeError, String(error));
        assertMatch(
          error.message,
          /^<Task .*> yielded .*, which is nothing to wait for\. Await one thing with yield\*/,
        );
        assertMatch(error.message, first);
        assertMatch(error.message, /several by gather\(\)/);
        assert(String(error.stack).includes(place), `${error.stack}\n should have ${place}`);
      }
    });
  }

  it("is told beside the error of the engine, in debug mode, if it is no iterable", async () => {
    const values: readonly unknown[] = [undefined, 5, Promise.resolve(), (async function* () {})(), sleep, { a: 1 }];
    for (const value of values) {
      const failed = async (debug: boolean): Promise<string> => {
        try {
          await run(function* () {
            yield* value as Iterable<never>;
          }, { debug });
        } catch (error) {
          assert(error instanceof TypeError, String(error));
          return String(error.stack);
        }
        return "nothing was thrown";
      };
      assertMatch(
        await failed(true),
        /\(if this was to be awaited: yield\* awaits .* Await a promise by fromPromise\(\)/,
      );
      assert(!(await failed(false)).includes("to be awaited"));
    }
  });

  it("is no error if nothing comes out of it", async () => {
    await run(function* () {
      yield* [];
    });
  });

  it("says how to let others run, for a yield of nothing", async () => {
    assertMatch(
      await thrownBy(function* () {
        yield undefined as never;
      }),
      /yielded undefined, which is nothing to wait for\. .* sleep\(0\) lets others run\.$/,
    );
  });
});

describe("A yield of what is nothing to wait for", () => {
  function* wrong(value: unknown): Coroutine<void> {
    yield* sleep(0);
    yield value as never;
  }
  class Steps {
    *inner(value: unknown): Coroutine<void> {
      yield* wrong(value);
    }
  }
  function* outer(value: unknown): Coroutine<void> {
    yield* new Steps().inner(value);
  }

  it("shows the coroutines that have awaited the one with the mistake by yield*, in debug mode", async () => {
    const failed = async (main: TaskSource<unknown>): Promise<Error> => {
      try {
        await run(main, { debug: true });
      } catch (error) {
        return error as Error;
      }
      throw new Error("Nothing was thrown.");
    };
    for (const value of [undefined, null, 5, "text", Promise.resolve(), work()]) {
      for (const main of [() => outer(value), async () => await call(outer(value))] as TaskSource<unknown>[]) {
        const { message, stack } = await failed(main);
        assertMatch(message, /yielded .*, which is nothing to wait for\. /);
        const frames = stack!.split("\n").filter((line) => /^\s+at /.test(line));
        assertMatch(frames[0]!, /inner.*mistakes_test\.ts:/);
        assertMatch(frames[1]!, /outer.*mistakes_test\.ts:/);
        assert(!stack!.includes("/step.ts"), stack);
      }
    }
  });

  it("leaves generators as they were, and may be caught where it was", async () => {
    const before = Object.getOwnPropertyDescriptor(
      Object.getPrototypeOf(work).prototype as object,
      "throw",
    );
    const seen: string[] = [];
    await reportsOf(function* () {
      try {
        yield* outer(5);
        // deno-lint-ignore asyncio/no-swallowed-cancel -- nobody cancels it
      } catch (error) {
        seen.push((error as Error).name);
        const another = (function* () {
          yield;
        })();
        another.next();
        try {
          another.throw(new RangeError("other"));
        } catch (other) {
          seen.push(String(other), String((other as Error).stack).includes("mistakes_test") ? "with its place" : "");
        }
      }
      yield* sleep(0);
    });
    assertEquals(seen, ["RuntimeError", "RangeError: other", "with its place"]);
    const after = Object.getOwnPropertyDescriptor(
      Object.getPrototypeOf(work).prototype as object,
      "throw",
    );
    assertEquals(typeof after?.value, "function");
    assertEquals(after, before);
  });
});

describe("An exception that nobody reads", () => {
  it("is told after a second in debug mode, once, with the place of its task or future", async () => {
    const places: string[] = [];
    const reports = new Reports();
    const { contexts } = reports;
    const running = run(function* () {
      places.push(lineHere(1), lineHere(5));
      createTask(function* bad() {
        yield* sleep(0);
        throw new RangeError("too far");
      });
      getRunningLoop().createFuture().setException(new RangeError("no"));
      while (contexts.length < 2) yield* sleep(100);
      yield* sleep(2_500);
    }, { loopFactory: () => reports.makeLoop() });
    await within(running, "two reports");
    assertEquals(contexts.length, 2);
    for (const { message = "", exception, future } of contexts) {
      const kind = String(future).startsWith("<Task") ? "Task" : "Future";
      assert(exception instanceof RangeError);
      assert(message.startsWith(`${kind} exception was not yet retrieved: nobody has awaited the`), message);
      assert(message.includes(places[kind === "Task" ? 0 : 1]!), message);
    }
  });

  it("is told with the place of a gather()", async () => {
    let place = "";
    const { contexts } = await reportsOf(function* () {
      place = lineHere(1);
      gather(createTask(function* () {
        yield* sleep(0);
        throw new RangeError("in the gather");
      }));
      for (let turn = 0; turn < 5; turn++) yield* sleep(0);
    }, { speed: 1 });
    assertEquals(contexts.map(({ future }) => /^<\w+/.exec(String(future))?.[0]), ["<gather"]);
    assert(contexts[0]!.message!.includes(place), `${contexts[0]!.message} should have ${place}`);
  });

  it("is told at the end of the loop, and not if somebody reads it in time", async () => {
    let place = "";
    const main = async () => {
      place = lineHere(1);
      createTask(async function bad() {
        await sleep(0);
        throw new RangeError("too far");
      });
      const read = createTask(async () => {
        await sleep(0);
        throw new RangeError("read later");
      });
      await sleep(1);
      await read.catch(() => {});
    };
    // A second must not be over by then, though the machine is slow.
    const [context, ...more] = (await reportsOf(main, { speed: 0.1 })).contexts;
    assertEquals(more, []);
    assert(
      context!.message!.startsWith("Task exception was never retrieved\n  made at ") &&
        context!.message!.includes(place),
    );
    const [plain] = (await reportsOf(main, { debug: false })).contexts;
    assertEquals(plain!.message, "Task exception was never retrieved");
  });
});

/** Sleeps again and again as long as it is to, whatever cancels it. */
function* deaf(goesOn: () => boolean) {
  while (goesOn()) {
    try {
      yield* sleep(1_000);
    } catch { /* The mistake. */ }
  }
  return "went on";
}
async function deafFunction(goesOn: () => boolean): Promise<string> {
  while (goesOn()) {
    try {
      await sleep(1_000);
    } catch { /* The mistake. */ }
  }
  return "went on";
}

describe("A cancel that is swallowed", () => {
  for (const form of ["coroutine", "async function"] as const) {
    const bodyOf = (goesOn: () => boolean) => form === "coroutine" ? () => deaf(goesOn) : () => deafFunction(goesOn);

    it(`is told after slowCancelDuration, with what the task waits for now: ${form}`, async () => {
      let isTold = false;
      const reports = reportsOf(async () => {
        const task = createTask<string>(bodyOf(() => !isTold), { name: "deaf" });
        await sleep(0);
        task.cancel();
        assertEquals(await task, "went on");
      }, {
        debug: false,
        prepare: (loop) => {
          loop.slowCancelDuration = 2_000;
          const { warn } = loop.logger;
          loop.logger.warn = (...data) => {
            warn(...data);
            isTold = true;
          };
        },
      });
      const { warnings } = await within(reports, "the end of a task that ends when it was told of");
      assertEquals(warnings.length, 1, warnings.join("\n"));
      assertMatch(
        warnings[0]!,
        /^<Task cancelling name='deaf' .*wait_for=<sleep.*> was cancelled, and has not ended since then\. /,
      );
      assert(warnings[0]!.includes("It has caught the CancelledError and gone on, or its cleanup takes that long."));
    });

    it(`is told in debug mode as soon as the task returns, by whom it was cancelled and where: ${form}`, async () => {
      let place = "";
      const { warnings } = await reportsOf(async () => {
        let times = 0;
        const task = createTask<string>(bodyOf(() => times++ < 1), { name: "deaf" });
        await sleep(0);
        place = lineHere(1);
        task.cancel();
        assertEquals(await task, "went on");
      });
      assertEquals(warnings.length, 1, warnings.join("\n"));
      assertMatch(
        warnings[0]!,
        /^<Task finished name='deaf' .*> was cancelled by the task 'Task-\d+', and has returned as if nothing had been: it has caught the/,
      );
      assert(warnings[0]!.includes("cancelled at ") && warnings[0]!.includes(place), warnings[0]);
    });
  }

  it("is none of several that the task takes back, each before the next", async () => {
    const reports = new Reports(1);
    await run(async () => {
      const gates = Array.from({ length: 6 }, () => new Event());
      const body = async (gate: Event) => {
        try {
          await new Event().wait();
        } finally {
          await gate.wait();
        }
      };
      const task = createTask(async () => {
        for (const gate of gates) await timeout(0, () => body(gate)).catch(() => {});
      });
      for (const gate of gates) {
        for (let turn = 0; turn < 10 || task.cancelling() === 0; turn++) await sleep(0);
        // Each of the four looks finds it in the middle of a cancel.
        reports.forward += 5_000;
        for (let turn = 0; turn < 5; turn++) await sleep(0);
        gate.set();
        for (let turn = 0; turn < 5; turn++) await sleep(0);
      }
      await task;
    }, {
      loopFactory: () => {
        const loop = reports.makeLoop({ debug: false });
        loop.slowCancelDuration = 20_000;
        return loop;
      },
    });
    assertEquals(reports.warnings, []);
  });

  it("is none where the task ends cancelled, or takes the cancel back", async () => {
    const { warnings } = await reportsOf(async () => {
      const ends = createTask(sleep(LONG));
      const back = createTask(async function () {
        try {
          await sleep(10_000);
        } catch {
          back.uncancel();
        }
      });
      await sleep(0);
      ends.cancel();
      back.cancel();
      await Promise.allSettled([ends, back]);
      await sleep(5_000);
    });
    assertEquals(warnings, []);
  });
});

describe("A task that no cancel can end", () => {
  it("is told when the end of run() waits for it", async () => {
    let release = () => {};
    const { warnings } = await reportsOf(async () => {
      createTask(async function upload() {
        await new Promise<void>((resolve) => release = resolve);
      }, { name: "upload" });
      await sleep(0);
    }, {
      debug: false,
      prepare: (loop) => {
        const { warn } = loop.logger;
        loop.logger.warn = (...data) => {
          warn(...data);
          release();
        };
      },
    });
    assertEquals(warnings.length, 1, warnings.join("\n"));
    assertMatch(
      warnings[0]!,
      /^<Task cancelling name='upload' .*> was cancelled, and has not ended since then\. It awaits a promise of the host/,
    );
    assert(warnings[0]!.includes("Await that by fromPromise(), whose wait it ends"));
  });
});

describe("A step that keeps everything else waiting", () => {
  for (const form of ["coroutine", "async function"] as const) {
    it(`is told with the task and its place: ${form}, in its first step and later`, async () => {
      for (const later of [false, true]) {
        const reports = new Reports();
        let place = "";
        const slow = () => void (reports.forward += 1_500_000);
        const body = form === "coroutine"
          ? function* count() {
            if (later) yield* sleep(1);
            slow();
            yield* sleep(1);
          }
          : async function count() {
            if (later) await sleep(1);
            slow();
            await sleep(1);
          };
        await run(async () => {
          place = lineHere(1);
          await createTask(body as () => Promise<void>, { name: "count" });
        }, { loopFactory: () => reports.makeLoop() });
        assertEquals(reports.warnings.length, 1, reports.warnings.join("\n"));
        assertMatch(
          reports.warnings[0]!,
          /^Executing <Task pending name='count' coro=<count\(\).*> took 1\d{6}\.\d ms\. It kept everything else waiting; split it by sleep\(0\)/,
        );
        assert(reports.warnings[0]!.includes(place), reports.warnings[0]);
      }
    });
  }

  it("is told by the host's clock, whatever the program has made of Date", async () => {
    const warnings: string[] = [];
    const logger = { warn: (...data: unknown[]) => void warnings.push(data.join(" ")), error: console.error };
    const loopFactory = () => Object.assign(new EventLoop({ debug: true, logger }), { slowCallbackDuration: 50 });
    const { now } = Date;
    try {
      await run(function* () {
        Date.now = () => 0;
        yield* createTask(
          function* count() {
            for (const end = performance.now() + 60; performance.now() < end;);
          },
          { name: "count" },
        );
      }, { loopFactory });
    } finally {
      Date.now = now;
    }
    // Beside busy programs others may be slow as well.
    const told = warnings.filter((warning) => /^Executing <Task \w+ name='count' .* took \d+\.\d ms\./.test(warning));
    assertEquals(told.length, 1, warnings.join("\n"));
  });
});

describe("What main leaves behind", () => {
  it("is told in debug mode, each with its place: tasks, timers, locks", async () => {
    const places: string[] = [];
    const { warnings } = await reportsOf(function* () {
      places.push(lineHere(1), lineHere(3), lineHere(5));
      createTask(sleep(LONG), { name: "background" });
      createTask(sleep(0));
      getRunningLoop().callLater(LONG, function remind() {});
      const lock = new Lock();
      yield* lock.acquire();
      getRunningLoop().callLater(LONG, () => {}).cancel();
      yield* sleep(1);
    });
    assertEquals(warnings.length, 1, warnings.join("\n"));
    const [title, ...lines] = warnings[0]!.split("\n");
    assertEquals(title, "The main of run() has ended, and has left behind:");
    assertEquals(lines.length, 6, warnings[0]);
    assertMatch(
      lines[0]!,
      /^- a task that has not ended: <Task pending name='background' .*>\. Await it, cancel it and await that, or start it in a taskGroup\(\)\.$/,
    );
    assertMatch(lines[2]!, /^- a timer that is set: <TimerHandle when=in .* remind\(\)>\. Call its cancel\(\)\.$/);
    assertMatch(lines[4]!, /^- a lock that is held: <Lock \[locked\]>\. Release it, or write using before it\.$/);
    for (const [index, place] of places.entries()) {
      assert(lines[index * 2 + 1]!.includes(place), `${lines[index * 2 + 1]} should have ${place}`);
    }
  });

  it("is told of functions that nobody awaits, by what they await; their finally blocks run", async () => {
    const { code, output } = await runFile(new URL("fixtures/floating.ts", import.meta.url));
    const [title, first, place, ...rest] = output;
    assertEquals(title, "The main of run() has ended, and has left behind:");
    assertMatch(
      first!,
      /^- an await of <sleep until in .*> in a function that nobody awaits, or that has lost a race\. Write await/,
    );
    assertMatch(place!, /made at .*floating\.ts:11:/);
    assertEquals([code, ...rest], [0, "cleaned up", "run() has ended"]);
  });

  it("is told in the same way of a function that a coroutine has called", async () => {
    const { code, output } = await runFile(new URL("fixtures/floating.ts", import.meta.url), "by a coroutine");
    const [title, first, place, ...rest] = output;
    assertEquals(title, "The main of run() has ended, and has left behind:");
    assertMatch(
      first!,
      /^- an await of <sleep.*> in a function that nobody awaits, or that has lost a race\./,
    );
    assertMatch(place!, /made at .*floating\.ts:11:/);
    assertEquals([code, ...rest], [0, "cleaned up", "run() has ended"]);
  });

  it("is told by the call that has lost a race, also if that is about to go on", async () => {
    const lock = new Lock();
    let place = "";
    const { warnings } = await reportsOf(function* () {
      yield* lock.acquire();
      yield* createTask(async () => {
        place = lineHere(1);
        await Promise.race([sleep(0), lock.acquire()]);
      });
      yield* sleep(1);
      lock.release();
    });
    const [, first, made] = warnings[0]!.split("\n");
    assertMatch(
      first!,
      /^- an await of <acquire <Lock .*>> in a function that nobody awaits, or that has lost a race\./,
    );
    assert(made!.includes(place), warnings[0]);
  });

  it("is not told if main fails, nor without debug mode, nor if it is nothing", async () => {
    const main = function* () {
      createTask(sleep(LONG));
      yield* sleep(0);
    };
    assertEquals((await reportsOf(main, { debug: false })).warnings, []);
    assertEquals((await reportsOf(sleep(1))).warnings, []);
    const reports = new Reports();
    await run(function* () {
      createTask(sleep(LONG));
      yield* sleep(0);
      throw new RangeError("of main");
    }, { loopFactory: () => reports.makeLoop() }).catch(() => {});
    assertEquals(reports.warnings, []);
  });

  it("is told by a loop of one's own when it closes", async () => {
    const reports = new Reports();
    const loop = reports.makeLoop();
    await loop.runUntilComplete(async () => {
      createTask(sleep(LONG), { name: "background" });
      await sleep(0);
    });
    loop.close();
    assertEquals(reports.warnings.length, 1);
    assertMatch(
      reports.warnings[0]!,
      /^<EventLoop .*> is closed, and has left behind:\n- a task that has not ended: <Task pending name='background'/,
    );
  });
});

describe("What is left open", () => {
  const told: readonly string[] = [
    "<Server",
    "<Transport(?:Writer)? open|<SocketTransport",
    "<.*Subprocess|<Process",
    "<HttpServer",
    "<DatagramTransport",
    "<WorkerPool",
  ];

  function isAlive(pid: number): boolean {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  }

  function assertTold(warnings: readonly string[], places: readonly string[]): void {
    for (const [index, name] of told.entries()) {
      const found = warnings.filter((text) => new RegExp(`^(?:${name})[^]*was not closed before its loop`).test(text));
      assert(
        found.some((text) => text.includes(places[index]!)),
        `${name} at ${places[index]} is not in\n${warnings.join("\n")}`,
      );
    }
  }

  it("is told in debug mode, with the place where it was made: transports, servers, processes, pools", async () => {
    const places: string[] = [];
    let pid = 0;
    const { warnings } = await reportsOf(async () => {
      places.push(lineHere(1));
      const server = await startServer(async () => {}, "localhost", 0);
      places.push(lineHere(1));
      await openConnection("localhost", server.port!);
      places.push(lineHere(1));
      ({ pid } = await createSubprocessExec("sleep", ["60"], { stdout: PIPE }));
      places.push(lineHere(1));
      await serve(() => new Response("hello"), { port: 0, hostname: "localhost" });
      places.push(lineHere(1));
      await getRunningLoop().createDatagramEndpoint(() => new DatagramProtocol(), { localAddr: ["127.0.0.1", 0] });
      places.push(lineHere(1));
      new WorkerPool({ maxWorkers: 1 });
    });
    assertTold(warnings, places);
    await eventually(() => !isAlive(pid), "the end of the process");
  });

  it("is told so in coroutines", async () => {
    const places: string[] = [];
    let pid = 0;
    const { warnings } = await reportsOf(function* () {
      places.push(lineHere(1));
      const server = yield* startServer(async () => {}, "localhost", 0);
      places.push(lineHere(1));
      yield* openConnection("localhost", server.port!);
      places.push(lineHere(1));
      ({ pid } = yield* createSubprocessExec("sleep", ["60"], { stdout: PIPE }));
      places.push(lineHere(1));
      yield* serve(() => new Response("hello"), { port: 0, hostname: "localhost" });
      places.push(lineHere(1));
      yield* getRunningLoop().createDatagramEndpoint(() => new DatagramProtocol(), { localAddr: ["127.0.0.1", 0] });
      places.push(lineHere(1));
      new WorkerPool({ maxWorkers: 1 });
    });
    assertTold(warnings, places);
    await eventually(() => !isAlive(pid), "the end of the process");
  });

  it("is not told of a pool that was shut down, nor without debug mode", async () => {
    const main = async (): Promise<void> => {
      await using _pool = new WorkerPool({ maxWorkers: 1 });
      await new WorkerPool({ maxWorkers: 1 }).shutdown();
    };
    assertEquals((await reportsOf(main)).warnings, []);
    const left = (): Promise<WorkerPool> => Promise.resolve(new WorkerPool({ maxWorkers: 1 }));
    assertEquals((await reportsOf(left, { debug: false })).warnings, []);
  });
});

describe("A loop that nobody closes", () => {
  it("is told in debug mode when the process ends", async () => {
    const { output } = await runFile(new URL("fixtures/unclosed.ts", import.meta.url));
    const [end, warning, place, ...rest] = output;
    assertEquals([end, rest], ["the end", []]);
    assertMatch(
      warning!,
      /^<EventLoop running=false closed=false debug=true> was not closed\. Call close\(\) of it or of its Runner, or write using before it\.$/,
    );
    assertMatch(place!, /made at .*unclosed\.ts:9:/);
  });
});

describe("The use of another loop", () => {
  it("is an error in debug mode where that runs, unless it is meant", async () => {
    using other = new EventLoop({ debug: true });
    const running = other.runForever();
    await run(async () => {
      await sleep(1);
      const uses: (() => unknown)[] = [
        () => other.callSoon(() => {}),
        () => other.callLater(1, () => {}),
        () => other.createTask(sleep(0)),
      ];
      for (const use of uses) {
        const error = assertThrows(use, RuntimeError);
        assertMatch(
          error.message,
          /^Cannot schedule anything on <EventLoop running=true .*this code runs on another loop.*callSoonThreadsafe\(\)/,
        );
      }
      other.callSoonThreadsafe(() => other.stop());
    }, { debug: true });
    await within(running, "the end of the other loop");
  });
});
