/**
 * Calls in executors. What makes threads is loaded with the first of them; the future of a call is there at once all the same.
 *
 * @module
 */
import type { CancelledError } from "../core/cancelled_error.ts";
import { copyContext } from "../core/context.ts";
import type { Vars } from "../core/contract.ts";
import { RuntimeError } from "../core/errors.ts";
import type { Future } from "../core/future.ts";
import { checkClosed, failWith } from "../core/internal.ts";
import { describeKind } from "../core/repr.ts";
import type { Coroutine } from "../core/suspend.ts";
import type { Executor, RemoteFunction } from "../io/executor.ts";
import { Area } from "./area.ts";
import type { HostLoop } from "./host_loop.ts";

const threads = /* @__PURE__ */ new Area(() => import("../executors/methods.ts"));

/**
 * Calls a function in an executor; null for the default one. A call that has to wait until the area is loaded keeps its place among the
 * others, and its context.
 *
 * @param vars the context variables that go with the call, if the executor can take any
 * @returns its future, which fails if the function cannot travel or the executor does not take it
 * @throws {RuntimeError} if the loop is closed, or its default executor was shut down
 */
export function callInExecutor(
  loop: HostLoop,
  executor: Executor | null,
  fn: RemoteFunction,
  args: readonly unknown[],
  vars?: Vars,
): Future<unknown> {
  checkClosed(loop);
  if (executor === null) {
    if (loop.defaultExecutorIsShutDown) {
      throw new RuntimeError(
        `Cannot call a function in the default executor of ${loop}: it was shut down. Give an executor of your own.`,
      );
    }
    loop.usesDefaultExecutor = true;
  }
  const { loaded } = threads;
  if (loaded === null) return callWhenLoaded(loop, executor, fn, args, vars);
  try {
    return loaded.callInExecutor(loop, executor, fn, args, vars);
  } catch (error) {
    const failed = loop.createFuture();
    failWith(failed, error);
    return failed;
  }
}

/** A future and not a task, which the end of `run()` would cancel: a call that was made is waited for. */
function callWhenLoaded(
  loop: HostLoop,
  executor: Executor | null,
  fn: RemoteFunction,
  args: readonly unknown[],
  vars: Vars | undefined,
): Future<unknown> {
  const future = loop.createFuture();
  const context = copyContext();
  threads.loading().then((loaded) => {
    if (future.done() || loop.isClosed()) return;
    const call = context.run(() => loaded.callInExecutor(loop, executor, fn, args, vars));
    future.addDoneCallback(() => {
      if (future.cancelled()) call.cancel(reasonOf(future));
    });
    call.addDoneCallback(() => {
      if (future.done()) return;
      if (call.cancelled()) future.cancel(reasonOf(call));
      else if (call.exception() === null) future.setResult(call.result());
      else failWith(future, call.exception());
    });
  }).catch((error) => {
    if (!future.done() && !loop.isClosed()) failWith(future, error);
  });
  return future;
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

/** Shuts the default executor of a loop down. If nothing was ever called in it, nothing is loaded for that. */
export function* shutdownDefaultExecutor(loop: HostLoop, timeout: number | null): Coroutine<void> {
  loop.defaultExecutorIsShutDown = true;
  if (loop.usesDefaultExecutor) yield* threads.call("shutdownDefaultExecutor", loop, timeout);
}

/**
 * Refuses what is not an executor.
 *
 * @throws {TypeError} if it is not one
 */
export function checkExecutor(executor: unknown, what: string): void {
  const { submit, shutdown } = (executor ?? {}) as Partial<Executor>;
  if (typeof submit === "function" && typeof shutdown === "function") return;
  throw new TypeError(`Cannot ${what} ${describeKind(executor)}: it is not an Executor, such as a WorkerPool.`);
}
