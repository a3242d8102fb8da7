/**
 * What is written and never awaited: each kind is named, with its place.
 */
import { readFile } from "node:fs/promises";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  call,
  Condition,
  type Coroutine,
  coroutine,
  createTask,
  Event,
  forEach,
  fromPromise,
  gather,
  getRunningLoop,
  Lock,
  Queue,
  run,
  Semaphore,
  shield,
  sleep,
  taskGroup,
  type TaskSource,
  timeout,
  wait,
  waitFor,
} from "../../mod.ts";
import { runFile } from "../loop/processes.ts";
import { lineHere, type Reports, reportsOf } from "./reports.ts";

/** The one warning that a program is to get. */
async function warningOf(main: TaskSource<unknown>): Promise<string> {
  const { warnings } = await reportsOf(main);
  assertEquals(warnings.length, 1, warnings.join("\n"));
  return warnings[0]!;
}

function assertSays(warning: string, name: string, place: string): void {
  assert(warning.startsWith(`${name} was never awaited, so nothing of it was done. Write yield* before`), warning);
  assert(warning.includes("createTask()"), warning);
  assert(warning.includes(`\n  made at `) && warning.includes(place), `${warning} should have ${place}`);
}

/** Makes one of each kind that nobody awaits. */
const kinds: Record<string, () => unknown> = {
  "sleep()": () => sleep(1),
  "Queue.put()": () => new Queue().put(1),
  "Queue.get()": () => new Queue().get(),
  "Lock.acquire()": () => new Lock().acquire(),
  "Semaphore.acquire()": () => new Semaphore(1).acquire(),
  "Event.wait()": () => new Event().wait(),
  "Condition.wait()": () => new Condition().wait(),
  "fromPromise()": () => fromPromise(Promise.resolve()),
  "call()": () => call(async () => {}),
  "timeout()": () => timeout(1, function* () {}),
  "waitFor()": () => waitFor(sleep(0), 1),
  "taskGroup()": () => taskGroup(function* () {}),
  "forEach()": () => forEach([1], function* () {}),
  "wait()": () => wait([getRunningLoop().createFuture()]),
};

describe("What nobody awaits", () => {
  for (const [name, make] of Object.entries(kinds)) {
    it(`is told: ${name} in a coroutine`, async () => {
      const warning = await warningOf(function* () {
        make();
        yield* sleep(0);
      });
      assertSays(warning, name, "never_awaited_test.ts:");
    });

    it(`is told: ${name} in an async function, before its first await and after it`, async () => {
      for (const first of [true, false]) {
        const warning = await warningOf(async () => {
          if (!first) await sleep(1);
          make();
          await sleep(0);
        });
        assertSays(warning, name, "never_awaited_test.ts:");
      }
    });
  }

  it("is told by the name of fromPromise() where its function has none", async () => {
    const unnamed = await warningOf(function* () {
      fromPromise(() => Promise.resolve());
      yield* sleep(0);
    });
    assertSays(unnamed, "fromPromise()", "never_awaited_test.ts:");
    const named = await warningOf(function* () {
      fromPromise(async function load() {});
      yield* sleep(0);
    });
    assertSays(named, "load()", "never_awaited_test.ts:");
  });

  it("comes with its line, in either form", async () => {
    let place = "";
    const one = await warningOf(function* () {
      place = lineHere(1);
      sleep(5);
      yield* sleep(0);
    });
    assertSays(one, "sleep()", place);
    const other = await warningOf(async () => {
      await sleep(0);
      place = lineHere(1);
      sleep(5);
    });
    assertSays(other, "sleep()", place);
  });

  it("is told of a coroutine() function that is made in debug mode, and of an async one", async () => {
    let place = "";
    assertSays(
      await warningOf(function* () {
        const work = coroutine(function* work(_value: number) {
          yield* sleep(1);
        });
        place = lineHere(1);
        work(3);
        yield* work(4);
      }),
      "work()",
      place,
    );
    const load = coroutine(async function load() {
      await sleep(1);
    });
    assertSays(
      await warningOf(async () => {
        await load();
        place = lineHere(1);
        load();
      }),
      "load()",
      place,
    );
  });

  it("is told of callbacks of the host, and of methods, arrow functions and callbacks of the loop", async () => {
    class Work {
      *inMethod(): Coroutine<void> {
        sleep(1);
        yield* sleep(0);
      }
      readonly inArrow = () => void sleep(2);
      get inGetter(): number {
        sleep(3);
        return 3;
      }
    }
    const { warnings } = await reportsOf(async () => {
      const work = new Work();
      await call(work.inMethod());
      work.inArrow();
      assertEquals(work.inGetter, 3);
      getRunningLoop().callSoon(() => void sleep(4));
      await new Promise<void>((resolve) =>
        setTimeout(() => {
          sleep(5);
          resolve();
        })
      );
      await new Promise<void>((resolve) =>
        queueMicrotask(() => {
          sleep(6);
          resolve();
        })
      );
      await Promise.all([sleep(0), 7].map(() => Promise.resolve(void sleep(7))));
      for await (
        const _ of (async function* () {
          sleep(8);
          yield await Promise.resolve(8);
        })()
      ) sleep(9);
      await sleep(1);
    });
    assertEquals(warnings.length, 9, warnings.join("\n"));
    for (const warning of warnings) assertSays(warning, "sleep()", "never_awaited_test.ts:");
  });

  it("is told once of each place, however often it is passed", async () => {
    const warning = await warningOf(function* () {
      for (let i = 0; i < 300; i++) {
        sleep(5);
        yield* sleep(0);
      }
    });
    assertMatch(warning, /^sleep\(\) was never awaited/);
  });

  it("is what nobody awaits, and not what somebody does, however late", async () => {
    const { warnings }: Reports = await reportsOf(function* () {
      const later = sleep(1);
      const called = call(() => sleep(1));
      const task = createTask(sleep(1));
      const late = new Queue<number>().put(1);
      const cancelled = createTask(sleep(1));
      cancelled.cancel();
      yield* gather(sleep(1), sleep(1), async () => await sleep(0));
      yield* shield(sleep(1));
      yield* waitFor(sleep(0), 600_000);
      for (let turn = 0; turn < 3; turn++) yield* sleep(1);
      yield* later;
      yield* called;
      yield* task;
      yield* createTask(late);
    });
    assertEquals(warnings, []);
  });

  it("is not what whoever takes a coroutine() function makes by it", async () => {
    const { warnings } = await reportsOf(async () => {
      // Debug mode hears of the calls of a function that was made in it.
      const work = coroutine(function* work() {
        yield* sleep(0);
      });
      await call(work);
      await call(work());
      await createTask(function* () {
        yield* call(work);
        yield* call(work());
      });
      await gather(work, work(), createTask(work));
      await timeout(600_000, work);
      await waitFor(work, 600_000);
      await shield(work);
      await forEach([1, 2], work);
      await taskGroup(function* (group) {
        yield* group.createTask(work);
      });
    });
    assertEquals(warnings, []);
  });

  it("is not what is refused, which is an error by itself", async () => {
    const { warnings } = await reportsOf(function* () {
      for (const wrong of [3, () => 3]) {
        for (const form of [() => call(wrong as never), async () => await call(wrong as never)]) {
          const [error] = yield* gather([form], { returnExceptions: true });
          assert(error instanceof TypeError, String(error));
        }
      }
    });
    assertEquals(warnings, []);
  });

  it("is told when it is collected, and the loop runs on", async () => {
    const { output } = await runFile(new URL("fixtures/collected.ts", import.meta.url));
    const [first, second] = output;
    assert(first!.startsWith("sleep() was never awaited") && first!.includes("collected.ts:"), output.join("\n"));
    assertEquals(second, "main goes on");
  });

  it("is told of what a callback returns, where a runtime drops its frame", async () => {
    const queue = new Queue<number>();
    const callbacks: Record<string, (forget: () => unknown) => void> = {
      "callSoon()": (forget) => void getRunningLoop().callSoon(forget),
      "callLater()": (forget) => void getRunningLoop().callLater(1, forget),
      "a future": (forget) => {
        const future = getRunningLoop().createFuture<void>();
        future.addDoneCallback(forget);
        future.setResult();
      },
      "a timer of the host's": (forget) => void setTimeout(forget, 1),
    };
    for (const [by, calls] of Object.entries(callbacks)) {
      for (const [name, forget] of [["sleep()", () => sleep(5)], ["Queue.put()", () => queue.put(1)]] as const) {
        let hasRun = false;
        const warning = await warningOf(async () => {
          calls(() => {
            hasRun = true;
            return forget();
          });
          while (!hasRun) await sleep(1);
        });
        assert(warning.startsWith(`${name} was never awaited`), `${by}: ${warning}`);
      }
    }
  });

  for (const before of ["callbacks", "the same function", "functions that are new", "programs before"]) {
    for (const word of ["sleep", "put"]) {
      it(`is told with its own place where much was made before by ${before}: ${word}()`, async () => {
        const file = new URL("fixtures/many_places.ts", import.meta.url);
        const lines = (await readFile(file, "utf8")).split("\n");
        const line = 1 + lines.findIndex((line) => line.includes(`${word}: () => void`));
        const { output } = await runFile(file, before, word);
        assertEquals(output.length, 1, output.join("\n"));
        assertMatch(
          output[0]!,
          new RegExp(`^${word === "put" ? "Queue.put" : "sleep"}\\(\\) was never awaited.* many_places.ts:${line}:`),
        );
      });
    }
  }

  it("is known by the places of what its function has made in programs before, which keep none twice", async () => {
    const { output } = await runFile(new URL("fixtures/many_places.ts", import.meta.url), "one after the other");
    const places: number[] = JSON.parse(output[0]!);
    assert(places[0]! > 50 && places.at(-1)! < 30, output.join("\n"));
  });

  it("is no business of a loop that is not in debug mode", async () => {
    await run(function* () {
      sleep(5);
      yield* sleep(0);
    }, { debug: false });
  });
});
