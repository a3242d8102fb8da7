/**
 * What executors work with: the one module that the loop, and pools of threads, load with the first call.
 *
 * @module
 */
import "../loop/one_part.ts";
import type { CancelledError } from "../core/errors.ts";
import { type Context, NO_VARS } from "../core/context.ts";
import type { Vars } from "../core/contract.ts";
import { type Future, NamedFuture } from "../core/future.ts";
import { failWith } from "../core/internal.ts";
import type { Coroutine } from "../core/suspend.ts";
import { type Executor, processors, type RemoteFunction } from "../io/executor.ts";
import type { HostLoop } from "../loop/host_loop.ts";
import { wrapFuture } from "../tasks/ensure_future.ts";
import { CallDispatcher } from "./call_dispatcher.ts";
import { CallFuture } from "./pool_call.ts";

export { CallDispatcher };

/** A pool of threads, which makes a call of a loop with no promise in between. */
interface ThreadPool {
  "~dispatcher"?(kind: typeof CallDispatcher, fn: RemoteFunction): CallDispatcher;
}

/**
 * Calls a function in an executor, or in the loop's own; a context goes with the call if the executor can take one. The future fails if the
 * function cannot travel or the executor was shut down.
 */
export function callInExecutor(
  loop: HostLoop,
  executor: Executor | null,
  fn: RemoteFunction,
  args: readonly unknown[],
  vars?: Vars,
): Future<unknown> {
  try {
    return call(loop, executor, fn, args, vars);
  } catch (error) {
    const failed = loop.createFuture();
    failWith(failed, error);
    return failed;
  }
}

/**
 * Makes a call that was asked for before this was loaded, in the context of then, and hands its outcome on to the future that was given for it.
 *
 * @throws {TypeError} if the function cannot travel
 * @throws {RuntimeError} if the executor was shut down
 */
export function callLate(
  future: Future<unknown>,
  context: Context,
  loop: HostLoop,
  executor: Executor | null,
  fn: RemoteFunction,
  args: readonly unknown[],
  vars?: Vars,
): void {
  if (future.done() || loop.isClosed()) return;
  const called = context.run(() => call(loop, executor, fn, args, vars));
  if (called instanceof CallFuture) future.toString = () => called.describe(future);
  future.addDoneCallback(() => {
    if (future.cancelled()) called.cancel(reasonOf(future));
  });
  called.addDoneCallback(() => {
    if (future.done()) return;
    if (called.cancelled()) future.cancel(reasonOf(called));
    else if (called.exception() === null) future.setResult(called.result());
    else failWith(future, called.exception());
  });
}

/** With what a future was cancelled. */
function reasonOf(future: Future<unknown>): string | undefined {
  try {
    future.result();
  } catch (error) {
    return (error as CancelledError).message || undefined;
  }
  return undefined;
}

function call(
  loop: HostLoop,
  executor: Executor | null,
  fn: RemoteFunction,
  args: readonly unknown[],
  vars: Vars = NO_VARS,
): Future<unknown> {
  if ((fn as Partial<RemoteFunction> | null)?.["~remote"] === undefined) {
    throw new TypeError(
      `Cannot call ${
        typeof fn === "function" ? fn.name || "an anonymous function" : fn
      } in runInExecutor(): it cannot ` +
        "travel to another thread. Export the function from a module, and name it by remoteModule().",
    );
  }
  const taken = executor ?? (loop.defaultExecutor ??= dispatcherOf(loop));
  if (taken instanceof CallDispatcher) return taken.call(fn, args, loop, vars);
  const threads = (taken as ThreadPool)["~dispatcher"]?.(CallDispatcher, fn);
  if (threads !== undefined) return threads.call(fn, args, loop, vars);
  return wrapFuture((taken as Executor).submit(fn, ...args), { loop });
}

/** The threads of a loop. */
function dispatcherOf(loop: HostLoop): CallDispatcher {
  return new CallDispatcher(loop.adapter, { module: null, name: "asyncio", most: processors(), exposed: new Map() });
}

/** `loop.shutdownDefaultExecutor()`, once there is something to shut down. */
export function* shutdownDefaultExecutor(loop: HostLoop, timeout: number | null): Coroutine<void> {
  const executor = loop.defaultExecutor;
  if (executor === null) return;
  const closing = wrapFuture(executor.shutdown(), { loop });
  if (timeout === null) return yield* closing;
  let over = false;
  const ended = new NamedFuture<void>(loop, "end of", executor);
  const end = (): void => {
    if (!ended.done()) ended.setResult();
  };
  closing.addDoneCallback(end);
  const timer = loop.callLater(timeout, () => {
    over = !closing.done();
    end();
  });
  const { slowCancelDuration } = loop;
  const report = slowCancelDuration < timeout ? loop.callLater(slowCancelDuration, reportCalls, loop, executor) : null;
  try {
    yield* ended;
  } finally {
    timer.cancel();
    report?.cancel();
  }
  if (!over) return closing.result();
  console.warn(`The default executor of ${loop} did not end its calls within ${timeout} ms. They go on.`);
}

/** Says what the end of a program waits for, as of a task that is slow to be cancelled: it may look as if it would hang. */
function reportCalls(loop: HostLoop, executor: unknown): void {
  const calls = executor instanceof CallDispatcher ? executor.calledNow() : [];
  const more = calls.length > 10 ? ` and ${calls.length - 10} more` : "";
  const what = calls.length === 0
    ? "the calls of its default executor"
    : `${calls.slice(0, 10).join("(), ")}()${more} in threads`;
  console.warn(
    `The end of ${loop} waits for ${what}: what was cancelled runs on there. Let it return, or call it by ` +
      'fn.with({ onCancel: "terminate" }), so that its thread ends with the task that waits.',
  );
}
