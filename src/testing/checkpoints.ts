/**
 * Whether others get their turn.
 *
 * @module
 */
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import { coroutine } from "../core/coroutine.ts";
import { RuntimeError } from "../core/errors.ts";
import { requireLoop } from "../core/running.ts";
import type { Coroutine, LazyAwaitable } from "../core/suspend.ts";
import { HostLoop } from "../loop/host_loop.ts";
import { type Body, checkBody, runBody } from "../tasks/use.ts";
import { CheckpointError } from "./test_errors.ts";
import { VirtualHost } from "./virtual_host.ts";
import { stepsOf } from "./virtual_run.ts";

const idle = coroutine(function* waitUntilIdle(): Coroutine<void> {
  const loop = requireLoop("wait until the loop is idle");
  const host = loop instanceof HostLoop ? loop.adapter : null;
  if (!(host instanceof VirtualHost)) {
    throw new RuntimeError(
      `Cannot wait until ${loop} is idle: on a real clock anything may come at any time. Call waitUntilIdle() in ` +
        "runVirtual(), testLoop() or explore().",
    );
  }
  const reached = loop.createFuture<void>();
  host.timeline.whenIdle(() => {
    if (!reached.done()) reached.setResult();
  });
  yield* reached;
});

/**
 * Waits, on virtual time, until every other task waits for something: nothing is ready, and the next thing that would happen is that time
 * passes, or nothing. Time does not pass meanwhile.
 *
 * @throws {RuntimeError} when awaited, on a loop whose time is not virtual
 *
 * @example Let a task come to where it waits
 * ```ts
 * import { createTask, Queue } from "@loop/asyncio";
 * import { testLoop, waitUntilIdle } from "@loop/asyncio/testing";
 * import { assertEquals } from "@std/assert";
 *
 * await testLoop(function* () {
 *   const queue = new Queue<string>();
 *   const taken: string[] = [];
 *   const worker = createTask(function* () {
 *     for (;;) taken.push(yield* queue.get());
 *   });
 *   queue.putNowait("a");
 *   queue.putNowait("b");
 *   yield* waitUntilIdle();
 *   assertEquals(taken, ["a", "b"]);
 *   worker.cancel();
 * });
 * ```
 *
 * @category Tests
 */
export function waitUntilIdle(): LazyAwaitable<void> {
  return idle();
}

/** Tells whether the loop has run anything else since. */
function watch(loop: BaseEventLoop): () => boolean {
  const before = stepsOf(loop);
  if (before !== null) return () => stepsOf(loop) !== before;
  let hasRun = false;
  const handle = loop.callSoon(() => {
    hasRun = true;
  });
  return () => {
    handle.cancel();
    return hasRun;
  };
}

const checked = coroutine(function* <T>(body: Body<void, T>, wanted: boolean, where: string): Coroutine<T> {
  const hasRun = watch(requireLoop(`call ${where}`));
  const result = yield* runBody(body, undefined, where);
  if (hasRun() !== wanted) {
    throw new CheckpointError(
      wanted
        ? `The body of ${where} has let nobody else run: it has not suspended once. Everything that waits is starved by a loop of such calls.`
        : `The body of ${where} has suspended and let others run, which may have changed what it relies on.`,
    );
  }
  return result;
});

/**
 * Runs a body in the current task, and asserts that it suspends at least once and lets others run.
 *
 * @returns what the body returns
 * @throws {CheckpointError} when awaited, if it does not suspend
 * @throws {TypeError} if the body is not a function
 *
 * @example A function that lets others run
 * ```ts
 * import { sleep } from "@loop/asyncio";
 * import { assertCheckpoint, testLoop } from "@loop/asyncio/testing";
 *
 * await testLoop(function* () {
 *   yield* assertCheckpoint(() => sleep(0));
 * });
 * ```
 *
 * @category Tests
 */
export function assertCheckpoint<T>(body: Body<void, T>): LazyAwaitable<T> {
  checkBody(body, "assertCheckpoint");
  return checked(body as Body<void, unknown>, true, "assertCheckpoint()") as LazyAwaitable<T>;
}

/**
 * Runs a body in the current task, and asserts that it does not suspend: nobody else runs meanwhile, so that what it does is one step.
 *
 * @returns what the body returns
 * @throws {CheckpointError} when awaited, if it suspends
 * @throws {TypeError} if the body is not a function
 *
 * @example A free lock is taken at once
 * ```ts
 * import { Lock } from "@loop/asyncio";
 * import { assertNoCheckpoint, testLoop } from "@loop/asyncio/testing";
 *
 * await testLoop(async () => {
 *   const lock = new Lock();
 *   await assertNoCheckpoint(() => lock.acquire());
 * });
 * ```
 *
 * @category Tests
 */
export function assertNoCheckpoint<T>(body: Body<void, T>): LazyAwaitable<T> {
  checkBody(body, "assertNoCheckpoint");
  return checked(body as Body<void, unknown>, false, "assertNoCheckpoint()") as LazyAwaitable<T>;
}
