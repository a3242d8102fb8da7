import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  asCompleted,
  type Awaitable,
  call,
  type Coroutine,
  createTask,
  gather,
  getRunningLoop,
  shield,
  sleep,
  type Task,
  taskGroup,
  timeout,
  wait,
  waitFor,
} from "../../mod.ts";
import { play } from "../core/play.ts";
import { ticks } from "./steps.ts";

type Child = () => Coroutine<void>;
type Construct = (child: Child) => Coroutine<unknown> | Awaitable<unknown>;

/** Counts the iterations of the loop, as the first entry of each. */
function* countIterations(): Coroutine<{ now: number; stop(): void }> {
  const loop = getRunningLoop();
  const count = { now: 0, stop: () => handle.cancel() };
  const next = () => {
    count.now++;
    handle = loop.callSoon(next);
  };
  let handle = loop.callSoon(next);
  yield* ticks(1);
  return count;
}

/** In which iteration, from the one that completes what the child awaits, the child ends and who awaits it goes on. */
function measure(construct: Construct): Promise<[child: number, awaiting: number]> {
  return play(function* () {
    const count = yield* countIterations();
    const future = getRunningLoop().createFuture<void>();
    let [childAt, awaitingAt] = [0, 0];
    const awaiting: Task<void> = createTask(function* () {
      yield* construct(function* () {
        yield* future;
        childAt = count.now;
      });
      awaitingAt = count.now;
    });
    yield* ticks(5);
    const start = count.now;
    future.setResult();
    yield* awaiting;
    count.stop();
    return [childAt - start, awaitingAt - start] as [number, number];
  });
}

const INLINE: Record<string, Construct> = {
  "yield* of a coroutine": (child) => child(),
  "call()": (child) => call(child()),
  "waitFor() of a coroutine": (child) => waitFor(child(), 1_000),
  "waitFor() of a coroutine without a limit": (child) => waitFor(child(), null),
  "timeout()": (child) => timeout(1_000, child),
  "timeout() without a deadline": (child) => timeout(null, child),
};

const TASK: Record<string, Construct> = {
  "yield* of a task": (child) => createTask(child),
  "waitFor() of a task": (child) => waitFor(createTask(child), 1_000),
};

const THROUGH_A_FUTURE: Record<string, Construct> = {
  "gather()": (child) => gather(child()),
  "gather() with errors as results": (child) => gather([child()], { returnExceptions: true }),
  "wait()": (child) => wait([createTask(child)]),
  "shield()": (child) => shield(child()),
  "asCompleted()": function* (child) {
    for (const next of asCompleted([child()])) yield* next;
  },
  "the end of a task group": (child) =>
    taskGroup(function* (group) {
      group.createTask(child);
      yield* ticks(1);
    }),
};

describe("How many iterations after its child's end it goes on:", () => {
  for (const [name, construct] of Object.entries(INLINE)) {
    it(`none for ${name}`, async () => assertEquals(await measure(construct), [1, 1]));
  }
  for (const [name, construct] of Object.entries(TASK)) {
    it(`one for ${name}`, async () => assertEquals(await measure(construct), [1, 2]));
  }
  for (const [name, construct] of Object.entries(THROUGH_A_FUTURE)) {
    it(`two for ${name}`, async () => assertEquals(await measure(construct), [1, 3]));
  }
});

describe("How many iterations an await takes of what is done:", () => {
  const none: Record<string, () => Coroutine<unknown> | Awaitable<unknown>> = {
    "a future": () => done(),
    "a task": () => finished,
    "gather()": () => gather(done(), done()),
    "shield()": () => shield(done()),
    "waitFor()": () => waitFor(done(), 1_000),
    "waitFor() with no time": () => waitFor(done(), 0),
    "timeout()": () => timeout(1_000, () => inline()),
  };
  let finished: Task<undefined>;
  const done = () => {
    const future = getRunningLoop().createFuture<number>();
    future.setResult(1);
    return future;
  };
  function* inline(): Coroutine<unknown> {
    return yield* done();
  }
  for (const [name, make] of Object.entries(none)) {
    it(`none for ${name}`, async () => {
      await play(function* () {
        finished = createTask(sleep(0));
        yield* finished;
        const count = yield* countIterations();
        yield* make();
        assertEquals(count.now, 1);
        count.stop();
      });
    });
  }
  it("one for sleep(0)", async () => {
    await play(function* () {
      const count = yield* countIterations();
      yield* sleep(0);
      assertEquals(count.now, 2);
      count.stop();
    });
  });
});
