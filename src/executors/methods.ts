/**
 * The loop's methods for executors: what `EventLoop` loads with the first call in one.
 *
 * @module
 */
import type { Vars } from "../core/contract.ts";
import { TimeoutError } from "../core/errors.ts";
import type { Future } from "../core/future.ts";
import type { Coroutine } from "../core/suspend.ts";
import type { HostLoop } from "../loop/host_loop.ts";
import { wrapFuture } from "../tasks/threadsafe.ts";
import { waitFor } from "../tasks/wait_for.ts";
import type { Executor, RemoteFunction } from "../io/executor.ts";
import { checkRemote } from "./remote_module.ts";
import { callInPool, WorkerPool } from "./worker_pool.ts";

/**
 * Calls a function in an executor, or in the loop's own; a context goes with the call if the executor can take one.
 *
 * @throws {TypeError} if the function cannot travel
 * @throws {RuntimeError} if the executor was shut down
 */
export function callInExecutor(
  loop: HostLoop,
  executor: Executor | null,
  fn: RemoteFunction,
  args: readonly unknown[],
  vars: Vars | undefined,
): Future<unknown> {
  checkRemote(fn, "runInExecutor()");
  const taken = executor ?? (loop.defaultExecutor ??= new WorkerPool({ adapter: loop.adapter }));
  if (!(taken instanceof WorkerPool)) return wrapFuture(taken.submit(fn, ...args), { loop });
  return callInPool(taken, "runInExecutor()", fn, args, loop, vars);
}

/** `loop.shutdownDefaultExecutor()`, once there is something to shut down. */
export function* shutdownDefaultExecutor(loop: HostLoop, timeout: number | undefined): Coroutine<void> {
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
}
