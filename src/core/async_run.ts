/**
 * An async function that runs as part of a task.
 *
 * The loop cannot step an async function: after each `await` the host goes on with it in a microtask of its own. What ties it to its
 * task is the async storage, which carries the run; every `await` on something of this module is noted there, so that cancelling
 * the task can cancel what the function waits for.
 *
 * @module
 */
import { isAwaited, steppedTask } from "./running.ts";
import { runInStorage } from "./async_storage.ts";
import type { Awaiter } from "./awaiter.ts";
import { type CancelledError, isCancelled } from "./cancelled_error.ts";
import { current } from "./current.ts";
import type { Future } from "./future.ts";
import { isCoroutine, isFuture, notACoroutine } from "./kinds.ts";
import { LazyObject } from "./lazy.ts";
import { awaitedTwice } from "./misuse.ts";
import { type CoroutineObject, type Parkable, RESUME, type Suspend, SUSPENDED } from "./suspend.ts";
import type { Task } from "./task.ts";

const FRESH = 0;
const RUNNING = 1;
const RESOLVED = 2;
const FAILED = 3;

/** A function that is called in the task's step: async, or a plain one that makes a coroutine. */
export class AsyncRun<T> extends LazyObject<T> implements Parkable {
  /** @internal The task that it is part of, while it runs. */
  _task: Task<unknown> | null = null;
  /** @internal */
  readonly _name: string;
  /** @internal Set for one macrotask after the signal was aborted: whoever awaits then has had the news. */
  _aborted = false;
  readonly #callback: () => unknown;
  readonly #where: string;
  #state = FRESH;
  #value: unknown = undefined;
  #awaiters: Set<Awaiter> | null = null;
  /** The turn in which the function was begun or resumed, until it is heard of; see `Scheduler._expect`. */
  #expectedIn = -1;
  /** Counts what has come of all that was awaited: an await of an earlier round may be one that nobody listens to. */
  #round = 0;
  /** What a plain function made. */
  #coro: CoroutineObject<T> | null = null;

  constructor(callback: () => unknown, where: string, name: string = callback.name) {
    super();
    this.#callback = callback;
    this.#where = where;
    this._name = name || "<anonymous>";
  }

  next(value?: unknown): IteratorResult<Suspend, T> {
    if (this.#coro !== null) return this.#coro.next(value);
    if (value === RESUME) return this.#finish();
    if (this.#state !== FRESH) throw awaitedTwice(`${this._name}()`);
    return this.#start();
  }

  override throw(error: unknown): IteratorResult<Suspend, T> {
    if (this.#coro !== null) return this.#coro.throw(error);
    const started = this.#state !== FRESH;
    this.#state = started ? this.#state : FAILED;
    if (started && this.#state === RESOLVED) this._lost(this.#value);
    // A cancel that meets a function which has just failed: the failure is what its caller must hear.
    throw started && this.#state === FAILED ? this.#value : error;
  }

  #start(): IteratorResult<Suspend, T> {
    this.#state = RUNNING;
    this._task = steppedTask();
    let made: unknown;
    try {
      made = runInStorage(this as AsyncRun<unknown>, this.#callback);
      if (this._isPlain(made) || (!isPromise(made) && !isCoroutine(made))) return this.#finishAtOnce(this._plain(made));
    } catch (error) {
      this.#state = FAILED;
      this.#value = error;
      this._task = null;
      throw error;
    }
    if (isCoroutine(made)) {
      this._task = null;
      this.#coro = made as unknown as CoroutineObject<T>;
      return this.#coro.next();
    }
    made.then((value) => this.#settle(RESOLVED, value), (error) => this.#settle(FAILED, unsuppressed(error)));
    // It may need no more than microtasks, which a loop with work to do would otherwise keep waiting for its whole slice.
    this._expect();
    this._parkOn();
    return SUSPENDED;
  }

  #finishAtOnce(value: T): IteratorResult<Suspend, T> {
    this.#state = RESOLVED;
    this._task = null;
    return { done: true, value };
  }

  /** @internal Whether a result is surely neither a promise nor a coroutine, which is told by looking for much that is not there. */
  _isPlain(_made: unknown): boolean {
    return false;
  }

  /** @internal What a result is worth that is neither a promise nor a coroutine. */
  _plain(made: unknown): T {
    throw notACoroutine(made, this.#where);
  }

  /** @internal Says what the task waits for once the function waits for the host. */
  _parkOn(): void {
    current.parked = this;
  }

  /** @internal A cancel meets a function which has just given this: nobody will get it. */
  _lost(_value: unknown): void {}

  /** @internal The function has ended; whether the task waits for that. */
  _settled(task: Task<unknown>): boolean {
    return isAwaited(this, task);
  }

  /** @internal The function goes on in microtasks, and is expected to come to something there. */
  _expect(): void {
    if (this._task !== null) this.#expectedIn = this._task._loop._expect(this.#expectedIn);
  }

  /** It has: it awaits something of this module again, or has ended. */
  #heard(): void {
    if (this.#expectedIn === -1 || this._task === null) return;
    this._task._loop._heard(this.#expectedIn);
    this.#expectedIn = -1;
  }

  #finish(): IteratorResult<Suspend, T> {
    if (this.#state === FAILED) throw this.#value;
    return { done: true, value: this.#value as T };
  }

  #settle(state: number, value: unknown): void {
    const task = this._task as Task<unknown>;
    this.#heard();
    this.#state = state;
    this.#value = value;
    if (this._aborted) task._takeCancel();
    // From here on nothing of the function runs, so what its storage still marks is nobody's.
    this._task = null;
    if (this._settled(task)) task._loop._schedule(task);
  }

  /** @internal */
  _park(task: Task<unknown>): void {
    task._waitOn(this);
  }

  /**
   * Cancels what the function awaits of this module; false if that is nothing, or it is over. Also false if all of it is older than
   * something that has come since: that may be the rest of a `Promise.all`, but as well the loser of a `Promise.race` to which
   * nobody listens any more. The cancel then stays with the task until it is known to have been heard.
   */
  cancel(message?: string): boolean {
    if (this.#state !== RUNNING || this.#awaiters === null) return false;
    let heard = false;
    for (const awaiter of [...this.#awaiters]) {
      if (awaiter._future.cancel(message) && awaiter._round === this.#round) heard = true;
    }
    return heard;
  }

  /** @internal What the function awaits, if that is one thing and surely what it waits for. */
  _onlyAwaited(): Future<unknown> | undefined {
    return this.#state === RUNNING ? this.#onlyAwaiter()?._future : undefined;
  }

  /** @internal Goes on with the cancel of its task though what it awaits is not done; see {@linkcode Task._stopWaitingFor}. */
  _stopWaiting(): void {
    const awaiter = this.#onlyAwaiter();
    if (awaiter === undefined) return;
    awaiter._future._removeWaiter(awaiter);
    awaiter._future._loop._schedule(awaiter);
  }

  #onlyAwaiter(): Awaiter | undefined {
    if (this.#awaiters?.size !== 1) return undefined;
    const [awaiter] = this.#awaiters;
    return awaiter?._round === this.#round ? awaiter : undefined;
  }

  /** @internal */
  _endedCancelled(): boolean {
    return this.#state === FAILED && isCancelled(this.#value);
  }

  /** @internal The function awaits something. A cancel that came while it waited for the host is delivered there. */
  _awaits(awaiter: Awaiter): void {
    (this.#awaiters ??= new Set()).add(awaiter);
    awaiter._round = this.#round;
    const task = this._task;
    if (task === null) return;
    this.#heard();
    if (this._aborted) task._takeCancel();
    else if (!awaiter._future.done()) task._cancelNow(awaiter._future);
  }

  /** @internal What the function awaited has come. Gives the error to throw in its place, if a cancel came between. */
  _awaited(awaiter: Awaiter): CancelledError | undefined {
    this.#awaiters?.delete(awaiter);
    const isLatest = awaiter._round === this.#round;
    this.#round++;
    const task = this._task;
    if (task === null) return undefined;
    const future = awaiter._future;
    if (!isLatest) {
      if (future.cancelled() && task._mustCancel()) this._mayHear();
      return undefined;
    }
    const error = task._takeCancel();
    return error === undefined || future._endedCancelled() ? undefined : error;
  }

  /**
   * @internal The function may be told of its cancel now. If it goes on within this macrotask it has been, and its next await, most
   * likely in a finally, must not be cancelled once more.
   */
  _mayHear(): void {
    this._aborted = true;
    (this._task as Task<unknown>)._loop._adapter.hop(() => this._aborted = false);
  }
}

/**
 * What a function ended with. If the disposal of an `await using` is cancelled after its block has failed, the host wraps both errors, and
 * nobody would know the cancel again, neither the task nor the timeout or group that asked for it: it stays a cancel, as in `use()`.
 */
function unsuppressed(thrown: unknown): unknown {
  const { name, error, suppressed } = Object(thrown) as { name?: unknown; error?: unknown; suppressed?: unknown };
  if (name !== "SuppressedError") return thrown;
  const last = unsuppressed(error);
  if (!isCancelled(last)) return thrown;
  last.cause ??= suppressed;
  return last;
}

/** Whether a function gave a promise: a Future is none, for it belongs to a task already, and a lazy awaitable is not running. */
function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as PromiseLike<unknown>).then === "function" &&
    !isFuture(value) && !isCoroutine(value);
}
