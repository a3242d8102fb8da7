/**
 * The loop's methods for executors. What makes threads is loaded with the first call.
 *
 * @module
 */
import type { Vars } from "../core/context.ts";
import { coroutine } from "../core/coroutine.ts";
import { RuntimeError, TimeoutError } from "../core/errors.ts";
import type { Future } from "../core/future.ts";
import type { Coroutine } from "../core/suspend.ts";
import { checkExecutor, type Executor } from "../executors/executor.ts";
import type { RemoteFunction } from "../executors/remote_function.ts";
import { WorkerPool } from "../executors/worker_pool.ts";
import { wrapFuture } from "../tasks/threadsafe.ts";
import { waitFor } from "../tasks/wait_for.ts";
import type { HostLoop } from "./host_loop.ts";

/** Calls a function in an executor; a context goes with the call if the executor can take one. */
export function callInExecutor(
  loop: HostLoop,
  executor: Executor | null,
  fn: RemoteFunction,
  args: readonly unknown[],
  vars?: Vars,
): Future<unknown> {
  loop._checkClosed();
  const taken = executor ?? defaultExecutor(loop, fn);
  if (!(taken instanceof WorkerPool)) return wrapFuture(taken.submit(fn, ...args), { loop });
  taken._check(fn, "runInExecutor()");
  return taken._call(fn, args, loop, vars);
}

function defaultExecutor(loop: HostLoop, fn: RemoteFunction): Executor {
  if (loop.defaultExecutorIsShutDown) {
    throw new RuntimeError(
      `Cannot call ${fn.name}() in the default executor of ${loop}: it was shut down. Give an executor of your own.`,
    );
  }
  return loop.defaultExecutor ??= new WorkerPool({ adapter: loop.adapter });
}

/** Refuses what is neither an executor nor null. */
export function checkExecutorOrNull(executor: Executor | null): void {
  if (executor !== null) checkExecutor(executor, "call a function in");
}

/** Sets the default executor. */
export function setDefaultExecutor(loop: HostLoop, executor: Executor): void {
  checkExecutor(executor, "set as the default executor");
  loop.defaultExecutor = executor;
}

export const shutdownDefaultExecutor = coroutine(function* shutdownDefaultExecutor(
  loop: HostLoop,
  timeout: number | undefined,
): Coroutine<void> {
  loop.defaultExecutorIsShutDown = true;
  const executor = loop.defaultExecutor;
  if (executor === null) return;
  const closing = executor.shutdown();
  if (timeout === undefined) return yield* wrapFuture(closing, { loop });
  try {
    yield* waitFor(wrapFuture(closing, { loop }), timeout);
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
    console.warn(`The default executor of ${loop} did not end its calls within ${timeout} ms. They go on.`);
  }
});
