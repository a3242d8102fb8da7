/**
 * Deadlines: of a block, and of one wait.
 *
 * @module
 */
import { debugging, noted } from "../core/current.ts";
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import type { Stepper } from "../core/contract.ts";
import { coroutine, type TaskSource, toCoroutine } from "../core/coroutine.ts";
import { placeError } from "../core/error_frames.ts";
import { isCancelled, RuntimeError, TimeoutError } from "../core/errors.ts";
import type { Handle } from "../core/handle.ts";
import { checkTimeOrNull } from "../core/misuse.ts";
import { requireStepper, runningLoop } from "../core/running.ts";
import { type Awaitable, type Coroutine, isCoroutine, isThenable, type LazyAwaitable } from "../core/suspend.ts";
import { type Body, checkBody, type ReadyBody, readyBody } from "./use.ts";
import { fromPromise } from "../core/from_promise.ts";
import { type Future, isFuture } from "../core/future.ts";
import { callWhenDone, errorWhereWaiting, loopOf } from "../core/internal.ts";
import { describeDelay, describeKind, printsAsText } from "../core/repr.ts";
import { ensureFuture, type Waitable } from "./ensure_future.ts";

let enter: (scope: Timeout, delay: number | null) => void;
let exit: (scope: Timeout, hasReturned: boolean) => boolean;
let lateness: (scope: Timeout, cause: unknown) => TimeoutError;

type State = "created" | "active" | "expiring" | "expired" | "finished";

/**
 * A deadline for a body, which is called with it and can move it. Made by {@linkcode timeout} and {@linkcode timeoutAt}.
 *
 * @example Move the deadline while progress is made
 * ```ts
 * import { getRunningLoop, run, sleep, timeout } from "@loop/asyncio";
 *
 * await run(function* () {
 *   yield* timeout(10, function* (scope) {
 *     scope.reschedule(getRunningLoop().time() + 1_000);
 *     yield* sleep(20);
 *   });
 * });
 * ```
 *
 * @category Scopes
 */
export class Timeout {
  static readonly #printed: true = /* @__PURE__ */ printsAsText(this);
  #state: State = "created";
  #when: number | null;
  /** What it cancels: the task, or the part of the task that an async function awaits here. */
  #stepper: Stepper | null = null;
  #loop: BaseEventLoop | null = null;
  #handle: Handle | null = null;
  #cancelling = 0;
  #late: TimeoutError | null = null;
  /** Whether somebody has seen that the deadline has passed, and may take it into account. */
  #isSeen = false;

  static {
    enter = (scope, delay) => scope.#enter(delay);
    exit = (scope, hasReturned) => scope.#exit(hasReturned);
    lateness = (scope, cause) => scope.#lateness(cause);
  }

  /** @ignore Made by `timeout` and `timeoutAt`. */
  constructor(when: number | null) {
    this.#when = when;
  }

  /** The deadline, in milliseconds of the loop's clock; null if there is none. */
  when(): number | null {
    return this.#when;
  }

  /**
   * Moves the deadline to another time of the loop's clock; null removes it.
   *
   * @throws {RuntimeError} unless the body is running and the deadline has not passed
   * @throws {TypeError} if it is neither a number nor null
   * @throws {RangeError} if it is NaN
   */
  reschedule(when: number | null): void {
    if (this.#state !== "active") {
      throw new RuntimeError(
        `Cannot move the deadline of ${this}: it is ${this.#state}. Move it inside the body, before it passes.`,
      );
    }
    checkTimeOrNull(when, "time", "reschedule");
    this.#when = when;
    this.#handle?.cancel();
    this.#arm();
  }

  /** Whether the deadline passed before the body was done. */
  expired(): boolean {
    if (this.#state === "expiring") this.#isSeen = true;
    return this.#state === "expiring" || this.#state === "expired";
  }

  /** Readable form, as CPython's repr, but with how far off the deadline is in the place of a time of the loop's clock. */
  toString(): string {
    if (this.#state !== "active") return `<Timeout [${this.#state}]>`;
    const when = this.#when === null ? "never" : describeDelay(this.#when - (this.#loop as BaseEventLoop).time());
    return `<Timeout [active] when=${when}>`;
  }

  #enter(delay: number | null): void {
    const stepper = requireStepper("set a timeout");
    const loop = runningLoop() as BaseEventLoop;
    if (this.#state !== "created") throw new RuntimeError(`Cannot enter ${this} twice. Call timeout() again.`);
    this.#state = "active";
    this.#stepper = stepper;
    this.#loop = loop;
    this.#cancelling = stepper.cancelling();
    if (this.#when === null && delay !== null) this.#when = loop.time() + delay;
    this.#arm();
  }

  /** Ends the scope; returns whether the body was cancelled by the deadline alone. */
  #exit(hasReturned: boolean): boolean {
    this.#handle?.cancel();
    this.#handle = null;
    if (this.#state === "expiring") {
      this.#state = "expired";
      const stepper = this.#stepper as Stepper;
      if (hasReturned && !this.#isSeen && stepper.cancelling() > this.#cancelling) debugging.hooks?.outlived(stepper);
      return stepper.uncancel() <= this.#cancelling;
    }
    this.#state = "finished";
    return false;
  }

  #lateness(cause: unknown): TimeoutError {
    const late = this.#late as TimeoutError;
    this.#late = null;
    // It was about to go on when the time was over.
    placeError(late, undefined, runTimeout);
    return Object.defineProperty(late, "cause", { value: cause, writable: true, configurable: true });
  }

  #arm(): void {
    const loop = this.#loop as BaseEventLoop;
    if (this.#when === null) this.#handle = null;
    else if (this.#when <= loop.time()) this.#handle = loop.callSoon(this.#expire);
    else this.#handle = loop.callAt(this.#when, this.#expire);
  }

  readonly #expire = (): void => {
    this.#state = "expiring";
    this.#handle = null;
    const stepper = this.#stepper as Stepper;
    // Here it is still known what was slow.
    this.#late = errorWhereWaiting(
      stepper,
      (waits) => new TimeoutError(`The deadline passed before the work was done${waits}.`),
    );
    stepper.cancel();
  };
}

const runTimeout = /* @__PURE__ */ coroutine(function* timeout<T>(
  scope: Timeout,
  delay: number | null,
  body: ReadyBody<Timeout, T>,
): Coroutine<T> {
  enter(scope, delay);
  let result: T;
  try {
    result = yield* body(scope);
  } catch (error) {
    if (!exit(scope, false) || !isCancelled(error)) throw error;
    throw lateness(scope, error);
  }
  exit(scope, true);
  return result;
});

/**
 * Milliseconds, where asyncio counts seconds. Runs a body and cancels it when `delay` has passed; it then throws a
 * {@linkcode TimeoutError}, after the body's `finally` blocks have run. Null means no deadline, unless `reschedule` sets
 * one. The time counts from the call.
 *
 * If the body throws another error when it is cancelled, that error is thrown in place of the TimeoutError. Only
 * `scope.expired()` says then that the deadline has passed.
 *
 * In an async function, `await timeout(ms, async (scope) => …)` runs the body as a part of the current task, as `yield*` does in a
 * coroutine. If the function awaits other things beside it, as in a `Promise.all`, the deadline cancels the body alone. A promise of the
 * host is interrupted only if it was made with `currentTask().signal`, or is awaited by {@linkcode fromPromise}.
 *
 * @param delay in milliseconds; null for no deadline
 * @param body a generator function or an async function; it is called with the scope
 * @returns an awaitable of the body's result
 * @throws {TypeError} if the delay is neither a number nor null, or the body is not a function
 * @throws {RangeError} if the delay is NaN
 * @throws {TimeoutError} when awaited, if the deadline passes first
 *
 * @example Two seconds for an answer
 * ```ts
 * import { run, sleep, timeout } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * await run(function* () {
 *   const answer = yield* timeout(2_000, function* () {
 *     yield* sleep(1);
 *     return 42;
 *   });
 *   assertEquals(answer, 42);
 * });
 * ```
 *
 * @category Scopes
 */
export function timeout<T>(delay: number | null, body: Body<Timeout, T>): LazyAwaitable<T> {
  checkTimeOrNull(delay, "delay", "timeout");
  checkBody(body, "timeout");
  const loop = runningLoop();
  const scope = new Timeout(delay === null || loop === null ? null : loop.time() + delay);
  return noted(
    runTimeout(
      scope,
      loop === null ? delay : null,
      readyBody(body as Body<Timeout, unknown>, "run as the body of timeout()"),
    ),
    "timeout()",
  ) as LazyAwaitable<T>;
}

/**
 * The same as {@linkcode timeout} with an absolute deadline, in milliseconds of the loop's clock.
 *
 * @param when in milliseconds of the loop's clock; null for no deadline
 * @param body a generator function or an async function; it is called with the scope
 * @returns an awaitable of the body's result
 * @throws {TypeError} if the time is neither a number nor null, or the body is not a function
 * @throws {RangeError} if the time is NaN
 * @throws {TimeoutError} when awaited, if the deadline passes first
 *
 * @example One deadline for two steps
 * ```ts
 * import { getRunningLoop, run, sleep, timeoutAt } from "@loop/asyncio";
 *
 * await run(function* () {
 *   const deadline = getRunningLoop().time() + 1_000;
 *   yield* timeoutAt(deadline, () => sleep(1));
 *   yield* timeoutAt(deadline, () => sleep(1));
 * });
 * ```
 *
 * @category Scopes
 */
export function timeoutAt<T>(when: number | null, body: Body<Timeout, T>): LazyAwaitable<T> {
  checkTimeOrNull(when, "time", "timeoutAt");
  checkBody(body, "timeoutAt");
  return noted(
    runTimeout(
      new Timeout(when),
      null,
      readyBody(body as Body<Timeout, unknown>, "run as the body of timeoutAt()"),
    ),
    "timeoutAt()",
  ) as LazyAwaitable<T>;
}

/** Runs a coroutine in place, awaits a future, and wraps a promise. */
function asAwaitable<T>(waitable: Waitable<T>): Coroutine<T> | Awaitable<T> {
  if (isFuture(waitable) || isCoroutine(waitable)) return waitable as Coroutine<T> | Awaitable<T>;
  return fromPromise(waitable as PromiseLike<T>);
}

const waitInTime = /* @__PURE__ */ coroutine(function* waitFor<T>(
  waitable: Waitable<T>,
  limit: number | null,
): Coroutine<T> {
  if (limit === null || limit > 0) {
    return yield* timeout(limit, function* () {
      return yield* asAwaitable(waitable);
    });
  }
  const future = ensureFuture<T>(waitable);
  if (future.done()) return future.result();
  yield* cancelAndWait(future);
  try {
    return future.result();
  } catch (cause) {
    if (!isCancelled(cause)) throw cause;
    throw new TimeoutError("There was no time to wait for it.", { cause });
  }
});

/** Cancels a future and waits until it is done, by a future of its own: a cancel of the task that waits is another one. */
function* cancelAndWait(future: Future<unknown>): Coroutine<void> {
  const waiter = loopOf(future).createFuture<void>();
  const release = () => {
    if (!waiter.done()) waiter.setResult();
  };
  callWhenDone(future, release, requireStepper("wait for a future"));
  try {
    future.cancel();
    yield* waiter;
  } finally {
    future.removeDoneCallback(release);
  }
}

/**
 * Milliseconds, where asyncio counts seconds. Waits for something for at most `timeout`, then cancels it and throws a
 * {@linkcode TimeoutError} once it has ended; null means no limit. A coroutine or a function runs in the current task. With zero or less it does not
 * wait: what is not done is cancelled.
 *
 * If what is cancelled throws another error, that error is thrown in place of the TimeoutError. To know whether the
 * deadline has passed, use `timeout` and its `scope.expired()`.
 *
 * @throws {TypeError} if it cannot be awaited, or the timeout is neither a number nor null
 * @throws {RangeError} if the timeout is NaN
 * @throws {TimeoutError} when awaited, if the time is over first
 *
 * @example Wait for a future, but not for long
 * ```ts
 * import { run, sleep, TimeoutError, waitFor } from "@loop/asyncio";
 * import { assert } from "@std/assert";
 *
 * await run(function* () {
 *   try {
 *     yield* waitFor(sleep(1_000), 1);
 *   } catch (error) {
 *     assert(error instanceof TimeoutError);
 *   }
 * });
 * ```
 *
 * @category Waiting
 */
export function waitFor<T>(waitable: Waitable<T>, timeout: number | null): LazyAwaitable<T> {
  if (!isFuture(waitable) && !isCoroutine(waitable) && typeof waitable !== "function" && !isThenable(waitable)) {
    throw new TypeError(
      `Cannot wait for ${
        describeKind(waitable)
      }: it must be a coroutine, a future, a lazy awaitable, a promise, or a ` +
        "generator or async function.",
    );
  }
  checkTimeOrNull(timeout, "timeout", "waitFor");
  // An async function has the values of each AsyncLocalStorage as they are here.
  const source = typeof waitable === "function" ? toCoroutine(waitable as TaskSource<T>, "wait for") : waitable;
  return noted(waitInTime(source as Waitable<unknown>, timeout), "waitFor()") as LazyAwaitable<T>;
}
