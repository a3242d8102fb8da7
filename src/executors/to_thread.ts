/**
 * Functions in threads, without a pool of one's own.
 *
 * @module
 */
import { snapshotVars } from "../core/context.ts";
import { coroutine } from "../core/coroutine.ts";
import { requireLoop } from "../core/running.ts";
import type { Coroutine, LazyAwaitable } from "../core/suspend.ts";
import { requireHostLoop } from "../loop/host_loop.ts";
import { callInExecutor } from "../loop/executor_calls.ts";
import type { RemoteFunction, RemoteModule } from "../io/executor.ts";
import { checkRemote, remoteModule } from "./remote_function.ts";

const inThread = coroutine(function* toThread(fn: RemoteFunction, args: readonly unknown[]): Coroutine<unknown> {
  const loop = requireHostLoop(requireLoop(`call ${fn.name}() in a thread`), "call a function in a thread");
  return yield* callInExecutor(loop, null, fn, args, snapshotVars());
});

/**
 * Calls a function in a thread of the loop's default executor, and gives its result. Cancelling the wait does not stop a plain function that
 * runs; a coroutine or async function is cancelled there, and with `fn.with({ onCancel: "terminate" })` the thread is ended.
 *
 * Context variables belong to their thread: the function does not see this one's. What it calls back by {@linkcode exposed} runs in a copy of
 * the context that `toThread` is awaited in.
 *
 * @param fn what {@linkcode threadModule} or {@linkcode WorkerPool.module} gave: a function itself cannot travel
 * @param args what it is called with, copied, or handed over by {@linkcode transfer}
 * @returns its result, or what it threw, when awaited
 * @throws {TypeError} if it is another function; when awaited, if an argument or the result cannot be cloned, or there is no such function
 * @throws {RuntimeError} when awaited, if no event loop is running, the default executor was shut down, or the module cannot be loaded
 * @throws {BrokenWorkerError} when awaited, if the thread ended in the middle of the call
 *
 * @example Something heavy, elsewhere
 * ```ts
 * import { run, threadModule, toThread } from "@loop/asyncio";
 * import { assert } from "@std/assert";
 *
 * const { deflateSync } = threadModule<{ deflateSync(text: string): Uint8Array }>("node:zlib");
 *
 * await run(function* () {
 *   const bytes = yield* toThread(deflateSync, "a".repeat(10_000));
 *   assert(bytes.length < 100);
 * });
 * ```
 */
export function toThread<A extends unknown[], T>(fn: RemoteFunction<A, T>, ...args: A): LazyAwaitable<T> {
  checkRemote(fn, "toThread()");
  return inThread(fn as RemoteFunction, args) as LazyAwaitable<T>;
}

/**
 * The functions of a module, typed as they are there, to be called in threads of the default executor of whatever loop runs: by
 * {@linkcode toThread}, or by calling them, which is the same.
 *
 * The module is loaded in each thread, in a scope of its own. A module that names itself is loaded there once more, so what it does at
 * its top level happens there as well.
 *
 * @param url the module's URL, such as `new URL("./hash.ts", import.meta.url)`
 * @throws {TypeError} if it is no URL
 *
 * @example A module's functions
 * ```ts
 * import { gather, run, threadModule } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * // Of your own module: threadModule<typeof import("./hash.ts")>(new URL("./hash.ts", import.meta.url))
 * const { basename } = threadModule<{ basename(path: string): string }>("node:path");
 *
 * await run(function* () {
 *   assertEquals(yield* gather(basename("/a/b"), basename("/c/d")), ["b", "d"]);
 * });
 * ```
 */
export function threadModule<M>(url: URL | string): RemoteModule<M> {
  return remoteModule<M>(url, inThread);
}
