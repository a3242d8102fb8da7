/**
 * The body of a deadline that has swallowed its cancel: nothing else would tell that the deadline has passed.
 */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  type Coroutine,
  createTask,
  currentTask,
  getRunningLoop,
  sleep,
  type TaskSource,
  type Timeout,
  timeout,
  TimeoutError,
  waitFor,
} from "../../mod.ts";
import { reportsOf } from "./reports.ts";

const LONG = 10_000_000;

function* deaf(): Coroutine<string> {
  try {
    yield* sleep(LONG);
    // deno-lint-ignore asyncio/no-swallowed-cancel -- the mistake
  } catch { /* It goes on. */ }
  yield* sleep(1);
  return "went on";
}

async function deafFunction(): Promise<string> {
  try {
    await sleep(LONG);
  } catch { /* The mistake. */ }
  await sleep(1);
  return "went on";
}

const swallowing: Readonly<Record<string, TaskSource<unknown>>> = {
  "of a coroutine": () => timeout(1, deaf),
  "of an async function": async () => assertEquals(await timeout(1, deafFunction), "went on"),
  "of an async function beside another": async () => {
    await Promise.all([timeout(1, deafFunction), sleep(3)]);
  },
  "of waitFor()": () => waitFor(deaf(), 1),
};

const innocent: Readonly<Record<string, TaskSource<unknown>>> = {
  "that is over in time": () => timeout(LONG, deafSoon),
  "that ends with the cancel": async () => {
    await assertRejects(() => timeout(1, () => sleep(LONG)), TimeoutError);
  },
  "that has asked whether its time is over": () =>
    timeout(1, function* (scope) {
      try {
        yield* sleep(LONG);
      } catch (error) {
        if (!scope.expired()) throw error;
      }
    }),
  "that takes the cancel back": () =>
    timeout(1, function* () {
      try {
        yield* sleep(LONG);
      } catch {
        currentTask()!.uncancel();
      }
    }),
  "that waits for the host, which no cancel reaches": async () => {
    // By a timer of the loop, which is due after the deadline however long that takes.
    const host = () => new Promise<void>((resolve) => getRunningLoop().callLater(20, resolve));
    await assertRejects(() => timeout(1, host), TimeoutError);
  },
};

function* deafSoon(): Coroutine<void> {
  yield* sleep(1);
}

describe("The body of a deadline", () => {
  for (const [name, source] of Object.entries(swallowing)) {
    it(`is told in debug mode if it swallows its cancel: ${name}`, async () => {
      const { warnings } = await reportsOf(source, { speed: 1 });
      assertEquals(warnings.length, 1, warnings.join("\n"));
      assertMatch(
        warnings[0]!,
        /^The body of a deadline in <Task [^]*> was cancelled when that passed, and has returned as if nothing had been: it has caught the CancelledError\. Throw that on/,
      );
    });
  }

  it("is told with the lines between which it has caught the cancel", async () => {
    const { warnings } = await reportsOf(() => timeout(1, deaf), { speed: 1 });
    assertMatch(warnings[0]!, /\n {2}thrown where it waited: .*outlived_deadlines_test\.ts:\d+/);
    assertMatch(warnings[0]!, /\n {2}then it waited: .*outlived_deadlines_test\.ts:\d+/);
  });

  for (const [name, source] of Object.entries(innocent)) {
    it(`is not told: ${name}`, async () => {
      const { warnings } = await reportsOf(source, { speed: 1 });
      assertEquals(warnings, []);
    });
  }

  it("is not told if a task that it waits for has swallowed the cancel, which is told of that", async () => {
    // The deadline passes when the task has begun.
    const bodies: ((scope: Timeout) => TaskSource<unknown>)[] = [
      (scope) =>
        function* () {
          const task = createTask(deaf, { name: "deaf" });
          yield* sleep(0);
          scope.reschedule(getRunningLoop().time());
          yield* task;
          yield* sleep(1);
        },
      (scope) => async () => {
        const task = createTask(deafFunction, { name: "deaf" });
        await sleep(0);
        scope.reschedule(getRunningLoop().time());
        await task;
        await sleep(1);
      },
    ];
    for (const body of bodies) {
      const main = () => timeout(null, (scope) => (body(scope) as () => Promise<void>)());
      const { warnings } = await reportsOf(main, { speed: 1 });
      assertEquals(warnings.length, 1, warnings.join("\n"));
      assertMatch(warnings[0]!, /^<Task finished name='deaf' [^]* has returned as if nothing had been/);
    }
  });

  it("is not told without debug mode", async () => {
    const { warnings } = await reportsOf(() => timeout(1, deaf), { speed: 1, debug: false });
    assert(warnings.length === 0, warnings.join("\n"));
  });
});
