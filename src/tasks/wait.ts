/**
 * Waiting for some of several futures, and for their results in the order in which they come.
 *
 * @module
 */
import { noted } from "../core/current.ts";
import { type Future, isFuture, NamedFuture } from "../core/future.ts";
import { coroutine } from "../core/coroutine.ts";
import { callWhenDone, needsAll } from "../core/internal.ts";
import { type Coroutine, isCoroutine, type LazyAwaitable } from "../core/suspend.ts";
import { checkOptions, checkTimeOrNull, type OptionNames } from "../core/misuse.ts";
import { describeKind } from "../core/repr.ts";
import { getEventLoop, requireLoop, requireStepper } from "../core/running.ts";
import { currentStepper } from "../core/current_code.ts";
import { TimeoutError } from "../core/errors.ts";
import type { Handle } from "../core/handle.ts";
import { Queue } from "../queues/queue.ts";
import { ensureFutures, type Result, type Waitable } from "./ensure_future.ts";

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

const WAIT: OptionNames<WaitOptions> = { timeout: true, returnWhen: true };

/**
 * Waits until some of several futures are done, and returns those that are done and those that are not. It never cancels them, and
 * a timeout is not an error.
 *
 * @throws {TypeError} if it is not given a list of futures (make tasks of coroutines first), the timeout is not a number, or an option is unknown
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
  checkOptions(options, "wait", WAIT);
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
  return noted(waitForSome(set, options.timeout ?? null, returnWhen), "wait()") as LazyAwaitable<[Set<F>, Set<F>]>;
}

const waitForSome = /* @__PURE__ */ coroutine(function* wait(
  futures: Set<Future<unknown>>,
  timeout: number | null,
  returnWhen: ReturnWhen,
): Coroutine<[Set<Future<unknown>>, Set<Future<unknown>>]> {
  const loop = requireLoop("wait for futures");
  const waiter = new NamedFuture<void>(loop, "wait", `futures=${futures.size}`);
  if (returnWhen !== FIRST_COMPLETED) needsAll(waiter, futures);
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
  const awaiter = requireStepper("wait for futures");
  for (const future of futures) callWhenDone(future, onDone, awaiter);
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

/**
 * The options of {@linkcode asCompleted}.
 *
 * @category Waiting
 */
export interface AsCompletedOptions {
  /** Milliseconds from the call after which a TimeoutError stands for each result that is missing. Null, the default, means no limit. */
  readonly timeout?: number | null | undefined;
}

const AS_COMPLETED: OptionNames<AsCompletedOptions> = { timeout: true };

/**
 * A future as `for await…of` over {@linkcode AsCompleted} yields it: it is done, so call its `result()`. It is the future or task that was
 * given, typed without `then`: TypeScript takes what an async iterator yields for awaited, and would show the type of the result.
 *
 * @category Waiting
 */
export type DoneFuture<F> = Omit<F, "then">;

/**
 * What {@linkcode asCompleted} returns. Iterated by `for…of` it yields awaitables, each of which returns the next result or throws the next
 * error. Iterated by `for await…of`, in async functions, it yields the futures themselves, each already done.
 *
 * @category Waiting
 */
export interface AsCompleted<T, F> {
  /** One awaitable for each result, in the order in which the results come. */
  [Symbol.iterator](): IterableIterator<LazyAwaitable<T>>;
  /** The futures, in the order in which they are done. */
  [Symbol.asyncIterator](): AsyncIterableIterator<DoneFuture<F>>;
}

/** Stands for a result that is missing when the time is over. */
const MISSING = null;

class Completions<T> implements AsCompleted<T, Future<T>> {
  readonly #done = new Queue<Future<T> | typeof MISSING>();
  readonly #todo: Set<Future<T>>;
  readonly #timer: Handle | null;
  #left: number;

  constructor(waitables: Iterable<Waitable<T>>, timeout: number | null) {
    const loop = getEventLoop();
    this.#todo = new Set(ensureFutures([...waitables], loop) as Future<T>[]);
    const all = this.#left = this.#todo.size;
    this.#done.toString = () => `<asCompleted ${all - this.#todo.size}/${all}>`;
    const awaiter = currentStepper();
    for (const future of this.#todo) callWhenDone(future, this.#onDone, awaiter);
    this.#timer = timeout !== null && this.#left > 0 ? loop.callLater(timeout, this.#onTimeout) : null;
  }

  *[Symbol.iterator](): Generator<LazyAwaitable<T>, void, unknown> {
    while (this.#left > 0) {
      this.#left--;
      yield nextResult(this.#next());
    }
  }

  // Written by hand: an async generator would await the future that it yields, and yield its result in its place.
  [Symbol.asyncIterator](): AsyncIterableIterator<DoneFuture<Future<T>>> {
    const steps: AsyncIterableIterator<DoneFuture<Future<T>>> = {
      next: () => {
        if (this.#left === 0) return Promise.resolve({ done: true, value: undefined });
        this.#left--;
        const { promise, resolve, reject } = Promise.withResolvers<IteratorResult<DoneFuture<Future<T>>>>();
        nextDone(this.#next()).then(({ future }) => resolve({ done: false, value: future }), reject);
        return promise;
      },
      [Symbol.asyncIterator]: () => steps,
    };
    return steps;
  }

  /** Waits for the next future that is done. A wait that is interrupted does not count. */
  *#next(): Coroutine<Future<T>> {
    let future: Future<T> | typeof MISSING;
    try {
      future = yield* this.#done.get();
    } catch (error) {
      this.#left++;
      throw error;
    }
    if (future === MISSING) throw new TimeoutError("Not everything was done in time.");
    return future;
  }

  readonly #onDone = (future: Future<T>): void => {
    if (!this.#todo.delete(future)) return;
    this.#done.putNowait(future);
    if (this.#todo.size === 0) this.#timer?.cancel();
  };

  readonly #onTimeout = (): void => {
    for (const future of this.#todo) {
      future.removeDoneCallback(this.#onDone);
      this.#done.putNowait(MISSING);
    }
    this.#todo.clear();
  };
}

const nextResult = /* @__PURE__ */ coroutine(function* asCompleted<T>(next: Coroutine<Future<T>>): Coroutine<T> {
  return (yield* next).result();
}) as <T>(next: Coroutine<Future<T>>) => LazyAwaitable<T>;

/** The future in an object: without it, the future would be awaited on the way. */
const nextDone = /* @__PURE__ */ coroutine(function* asCompleted<T>(
  next: Coroutine<Future<T>>,
): Coroutine<{ future: Future<T> }> {
  return { future: yield* next };
}) as <T>(next: Coroutine<Future<T>>) => LazyAwaitable<{ future: Future<T> }>;

/**
 * Runs several coroutines as tasks (futures are taken as they are) and returns an iterator over their results in the order in which they
 * are done. It never cancels them, not even when the time is over.
 *
 * @throws {TypeError} if it is not given a list of awaitables, the timeout is not a number, or an option is unknown
 * @throws {RangeError} if a future belongs to another loop, or the timeout is NaN
 * @throws {RuntimeError} if there is no current loop
 *
 * @example The quickest first
 * ```ts
 * import { asCompleted, run, sleep } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * await run(function* () {
 *   const order: string[] = [];
 *   for (const next of asCompleted([sleep(50, "slow"), sleep(1, "quick")])) order.push(yield* next);
 *   assertEquals(order, ["quick", "slow"]);
 * });
 * ```
 *
 * @example The tasks themselves, in an async function
 * ```ts
 * import { asCompleted, createTask, run, sleep } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * await run(async () => {
 *   const names: string[] = [];
 *   const tasks = [createTask(sleep(50), { name: "slow" }), createTask(sleep(1), { name: "quick" })];
 *   for await (const task of asCompleted(tasks)) names.push(task.getName());
 *   assertEquals(names, ["quick", "slow"]);
 * });
 * ```
 *
 * @category Waiting
 */
export function asCompleted<W extends Waitable<unknown>>(
  waitables: Iterable<W>,
  options: AsCompletedOptions = {},
): AsCompleted<Result<W>, W extends Future<unknown> ? W : Future<Result<W>>> {
  const given = waitables as unknown;
  if (isFuture(given) || isCoroutine(given) || typeof (given as Iterable<W> | null)?.[Symbol.iterator] !== "function") {
    throw new TypeError(
      `Cannot iterate over ${describeKind(given)}: give a list of awaitables, as in asCompleted([task]).`,
    );
  }
  checkOptions(options, "asCompleted", AS_COMPLETED);
  checkTimeOrNull(options.timeout ?? null, "timeout", "asCompleted");
  type Given = AsCompleted<Result<W>, W extends Future<unknown> ? W : Future<Result<W>>>;
  return new Completions<unknown>(waitables, options.timeout ?? null) as unknown as Given;
}
