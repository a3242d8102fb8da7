/**
 * Futures that stand for others: one for several at once, and one that keeps a cancel from the work it stands for.
 *
 * @module
 */
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import { lastCancelMessage } from "../core/cancel.ts";
import { CancelledError } from "../core/cancelled_error.ts";
import { Future, NamedFuture } from "../core/future.ts";
import { callWhenDone, errorOf, failWith, hasResult, loopOf, markRead, needsAll, storedIn } from "../core/internal.ts";
import { noteMade } from "../core/current.ts";
import { checkOptions, type OptionNames } from "../core/misuse.ts";
import { getEventLoop } from "../core/running.ts";
import { areDistinct, ensureFuture, ensureFutures, type Result, type Waitable } from "./ensure_future.ts";

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

/** The future that `gather` returns: cancelling it cancels the children, and it is done when they are. */
class Gather extends Future<unknown[]> {
  /** Each of them once. */
  readonly #children: readonly Future<unknown>[];
  /** One entry for each argument. The same future may be in it twice, and is cancelled twice then. */
  readonly #arguments: Future<unknown>[];
  readonly #returnExceptions: boolean;
  #finished = 0;
  #cancelRequested = false;
  #cancelling = false;

  constructor(loop: BaseEventLoop, futures: Future<unknown>[], distinct: boolean, returnExceptions: boolean) {
    super(loop);
    if (loop.getDebug()) noteMade(this);
    this.#arguments = futures;
    this.#children = distinct ? futures : [...new Set(futures)];
    this.#returnExceptions = returnExceptions;
    needsAll(this as Future<unknown>, this.#children);
    for (const child of this.#children) {
      if (!child.done()) callWhenDone(child, this.#childDone, this);
    }
    for (const child of this.#children) {
      if (child.done()) this.#childDone(child);
    }
  }

  override cancel(message?: string): boolean {
    if (this.done()) return false;
    if (this.#cancelling) {
      // A child awaits this future, so neither would ever be done. The ring is broken here.
      failWith(this, new CancelledError(message));
      return true;
    }
    this.#cancelling = true;
    let accepted = false;
    for (const child of this.#arguments) accepted = child.cancel(message) || accepted;
    this.#cancelling = false;
    // It is done when the last child is; only then is it cancelled.
    if (accepted) this.#cancelRequested = true;
    return accepted;
  }

  override toString(): string {
    return super.toString().replace("Future", `gather ${this.#finished}/${this.#children.length}`);
  }

  readonly #childDone = (child: Future<unknown>): void => {
    this.#finished++;
    if (this.done()) {
      // It has the first error already; the others are taken as read.
      markRead(child);
      return;
    }
    if (!this.#returnExceptions && !hasResult(child)) {
      failWith(this, errorOf(child));
      return;
    }
    if (this.#finished < this.#children.length) return;
    const results = this.#arguments.map(outcome);
    if (this.#cancelRequested) failWith(this, this.#cancelError());
    else this.setResult(results);
  };

  #cancelError(): CancelledError {
    const last = this.#arguments[this.#arguments.length - 1] as Future<unknown>;
    if (last.cancelled()) return errorOf(last) as CancelledError;
    return new CancelledError(lastCancelMessage(last));
  }
}

/** A child's result, or its error in place of one. */
function outcome(child: Future<unknown>): unknown {
  if (hasResult(child)) return storedIn(child);
  if (!child.cancelled()) return errorOf(child);
  // The message of the cancel; a task that ended by letting one through keeps the error, which is not its own.
  const message = storedIn(child);
  return new CancelledError(message instanceof CancelledError ? "" : message as string | undefined);
}

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
