/**
 * Futures that stand for others: one for several at once, and one that keeps a cancel from the work it stands for.
 *
 * @module
 */
import { Future, NamedFuture } from "../core/future.ts";
import { callWhenDone, errorOf, failWith, hasResult, loopOf, needsAll } from "../core/internal.ts";
import { checkOptions, type OptionNames } from "../core/misuse.ts";
import { getEventLoop } from "../core/running.ts";
import { areDistinct, ensureFuture, ensureFutures, type Result, type Waitable } from "./ensure_future.ts";
import { Gather } from "./gathering.ts";

/**
 * The options of {@linkcode gather}.
 *
 * @category Waiting
 */
export interface GatherOptions {
  /** Whether errors are returned in place of results; false by default: the first error is thrown. */
  readonly returnExceptions?: boolean | undefined;
}

const NAMES: OptionNames<GatherOptions> = { returnExceptions: "boolean" };

/**
 * The results of several waitables, in order.
 *
 * @category Waiting
 */
export type Gathered<A extends readonly unknown[]> = { -readonly [K in keyof A]: Result<A[K]> };

/**
 * The same, with errors in place of results.
 *
 * @category Waiting
 */
export type GatheredOrErrors<A extends readonly unknown[]> = { -readonly [K in keyof A]: Result<A[K]> | Error };

/**
 * Runs several coroutines or functions as tasks (futures as they are) and returns a future of their results, in the order of the
 * arguments. The first error is thrown to the awaiter at once, while the others go on. Cancelling the future cancels all of them.
 *
 * @throws {TypeError} if something cannot be awaited, an option is unknown, or options come after single arguments
 * @throws {RangeError} if the futures belong to different loops
 * @throws {RuntimeError} if there is no current loop
 *
 * @example Three results, in order
 * ```ts
 * import { gather, run, sleep } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * await run(function* () {
 *   const [one, two] = yield* gather(sleep(2, 1), sleep(1, "two"));
 *   assertEquals([one, two], [1, "two"]);
 * });
 * ```
 *
 * @category Waiting
 */
export function gather<const A extends readonly Waitable<unknown>[]>(
  waitables: readonly [...A],
  options: { readonly returnExceptions: true },
): Future<GatheredOrErrors<A>>;
/**
 * The same for an array, without errors among the results.
 *
 * @category Waiting
 */
export function gather<const A extends readonly Waitable<unknown>[]>(
  waitables: readonly [...A],
  options?: GatherOptions,
): Future<Gathered<A>>;
/**
 * The same for single arguments.
 *
 * @category Waiting
 */
export function gather<const A extends readonly Waitable<unknown>[]>(...waitables: A): Future<Gathered<A>>;
export function gather(...given: unknown[]): Future<unknown> {
  const list = Array.isArray(given[0]);
  const waitables = (list ? given[0] : given) as Waitable<unknown>[];
  const options = (list ? given[1] ?? {} : {}) as GatherOptions;
  if (list) checkOptions(options, "gather", NAMES);
  else checkNoOptions(given.at(-1));
  if (waitables.length === 0) {
    const empty = new Future<unknown[]>(getEventLoop());
    empty.setResult([]);
    return empty;
  }
  const distinct = areDistinct(waitables);
  const futures = ensureFutures(waitables, undefined, distinct);
  return new Gather(loopOf(futures[0] as Future<unknown>), futures, distinct, options.returnExceptions ?? false);
}

/** Refuses options after single arguments, where Python has them. */
function checkNoOptions(last: unknown): void {
  if (typeof last !== "object" || last === null || !Object.hasOwn(last, "returnExceptions")) return;
  throw new TypeError(
    "Cannot gather single arguments with options: give a list, as in gather([a, b], { returnExceptions: true }).",
  );
}

/**
 * Protects an awaitable from being cancelled: if the task that awaits the returned future is cancelled, the work goes on. A task is made of
 * everything but a future. Keep a reference to the task itself to know how it ended.
 *
 * @returns a future with the same outcome, or the given one if it is done
 * @throws {TypeError} if it cannot be awaited
 * @throws {RuntimeError} if a task must be made and there is no current loop
 *
 * @example A write that must not stop half-way
 * ```ts
 * import { createTask, run, shield, sleep } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * await run(function* () {
 *   const write = createTask(sleep(2, "written"));
 *   const waiting = createTask(function* () {
 *     return yield* shield(write);
 *   });
 *   yield* sleep(0);
 *   waiting.cancel();
 *   assertEquals(yield* write, "written");
 * });
 * ```
 *
 * @category Waiting
 */
export function shield<T>(waitable: Waitable<T>): Future<T> {
  const inner = ensureFuture<T>(waitable);
  if (inner.done()) return inner;
  const outer = new NamedFuture<T>(loopOf(inner), "shield", inner);
  needsAll(outer as Future<unknown>, [inner as Future<unknown>]);
  const copy = () => {
    // Nobody waits any more. The inner future reports an error that is never read.
    if (outer.cancelled()) return;
    if (inner.cancelled()) outer.cancel();
    else if (hasResult(inner)) outer.setResult(inner.result());
    else failWith(outer, errorOf(inner));
  };
  callWhenDone(inner, copy, outer as Future<unknown>);
  outer.addDoneCallback(() => {
    if (!inner.done()) inner.removeDoneCallback(copy);
  });
  return outer;
}
