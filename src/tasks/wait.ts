/**
 * Waiting for some of several futures.
 *
 * @module
 */
import type { Future } from "../core/future.ts";
import { coroutine } from "../core/coroutine.ts";
import { isCoroutine, isFuture } from "../core/kinds.ts";
import { checkTimeOrNull } from "../core/misuse.ts";
import { describeKind } from "../core/repr.ts";
import { requireLoop } from "../core/running.ts";
import type { Coroutine, LazyAwaitable } from "../core/suspend.ts";

/**
 * Return when the first is done.
 *
 * @category Waiting
 */
export const FIRST_COMPLETED = "FIRST_COMPLETED";
/**
 * Return when the first has failed, or all are done.
 *
 * @category Waiting
 */
export const FIRST_EXCEPTION = "FIRST_EXCEPTION";
/**
 * Return when all are done.
 *
 * @category Waiting
 */
export const ALL_COMPLETED = "ALL_COMPLETED";

/**
 * When {@linkcode wait} returns.
 *
 * @category Waiting
 */
export type ReturnWhen = typeof FIRST_COMPLETED | typeof FIRST_EXCEPTION | typeof ALL_COMPLETED;

/**
 * The options of {@linkcode wait}.
 *
 * @category Waiting
 */
export interface WaitOptions {
  /** Milliseconds after which it returns, whatever is done. Null, the default, means no limit. */
  readonly timeout?: number | null | undefined;
  /** When to return; {@linkcode ALL_COMPLETED} by default. */
  readonly returnWhen?: ReturnWhen | undefined;
}

/**
 * Waits until some of several futures are done, and returns those that are done and those that are not. It never cancels them, and
 * a timeout is not an error.
 *
 * @throws {TypeError} if it is not given a list of futures (make tasks of coroutines first), or the timeout is not a number
 * @throws {RangeError} if the list is empty, `returnWhen` is unknown, or the timeout is NaN
 *
 * @example The faster of two
 * ```ts
 * import { createTask, FIRST_COMPLETED, run, sleep, wait } from "@loop/asyncio";
 * import { assert } from "@std/assert";
 *
 * await run(function* () {
 *   const quick = createTask(sleep(1, "quick"));
 *   const slow = createTask(sleep(1_000, "slow"));
 *   const [done, pending] = yield* wait([quick, slow], { returnWhen: FIRST_COMPLETED });
 *   assert(done.has(quick) && pending.has(slow));
 *   slow.cancel();
 * });
 * ```
 *
 * @category Waiting
 */
export function wait<F extends Future<unknown>>(
  futures: Iterable<F>,
  options: WaitOptions = {},
): LazyAwaitable<[done: Set<F>, pending: Set<F>]> {
  const returnWhen = options.returnWhen ?? ALL_COMPLETED;
  const given = futures as unknown;
  if (isFuture(given) || isCoroutine(given) || typeof (given as Iterable<F> | null)?.[Symbol.iterator] !== "function") {
    throw new TypeError(`Cannot wait for ${describeKind(given)}: give a list of futures or tasks, as in wait([task]).`);
  }
  const set = new Set(futures);
  if (set.size === 0) throw new RangeError("Cannot wait for nothing: the list of futures is empty.");
  if (returnWhen !== FIRST_COMPLETED && returnWhen !== FIRST_EXCEPTION && returnWhen !== ALL_COMPLETED) {
    throw new RangeError(
      `Cannot wait until ${describeKind(returnWhen)}: returnWhen is FIRST_COMPLETED, FIRST_EXCEPTION or ALL_COMPLETED.`,
    );
  }
  for (const future of set) {
    if (isFuture(future)) continue;
    const advice = isCoroutine(future)
      ? "make a task of it first, createTask(…), and keep that"
      : "give futures or tasks. For a promise, ensureFuture(…) makes one";
    throw new TypeError(`Cannot wait for ${describeKind(future)}: ${advice}.`);
  }
  checkTimeOrNull(options.timeout ?? null, "timeout", "wait");
  return waitForSome(set, options.timeout ?? null, returnWhen) as LazyAwaitable<[Set<F>, Set<F>]>;
}

const waitForSome = /* @__PURE__ */ coroutine(function* (
  futures: Set<Future<unknown>>,
  timeout: number | null,
  returnWhen: ReturnWhen,
): Coroutine<[Set<Future<unknown>>, Set<Future<unknown>>]> {
  const loop = requireLoop("wait for futures");
  const waiter = loop.createFuture<void>();
  const release = () => {
    if (!waiter.done()) waiter.setResult();
  };
  const timer = timeout === null ? null : loop.callLater(timeout, release);
  let left = futures.size;
  const onDone = (future: Future<unknown>) => {
    left--;
    const failed = () => !future.cancelled() && future.exception() !== null;
    if (left > 0 && returnWhen !== FIRST_COMPLETED && !(returnWhen === FIRST_EXCEPTION && failed())) return;
    timer?.cancel();
    release();
  };
  for (const future of futures) future.addDoneCallback(onDone);
  try {
    yield* waiter;
  } finally {
    timer?.cancel();
    for (const future of futures) future.removeDoneCallback(onDone);
  }
  const done = new Set<Future<unknown>>();
  const pending = new Set<Future<unknown>>();
  for (const future of futures) (future.done() ? done : pending).add(future);
  return [done, pending];
});
