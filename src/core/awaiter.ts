/**
 * The `await` of an async function on a future.
 *
 * @module
 */
import { currentAsyncRun } from "./async_storage.ts";
import type { AsyncRun } from "./async_run.ts";
import { type ContextOwner, snapshotVars } from "./context.ts";
import type { Future } from "./future.ts";
import { awaitsItself } from "./misuse.ts";
import type { Runnable } from "./ready_queue.ts";
import type { Task } from "./task.ts";

type OnFulfilled = ((value: never) => unknown) | null | undefined;
type OnRejected = ((reason: unknown) => unknown) | null | undefined;

/** Settled values of a future's `_state`, repeated here because `future.ts` imports this file. */
const PENDING = 0;
const RESOLVED = 1;

/** Stands in the list of a future's waiters and settles a promise when its turn in the ready queue comes. */
export class Awaiter implements Runnable {
  /** @internal What is awaited. */
  _future: Future<unknown>;
  /** @internal When the run began to await it. */
  _round = 0;
  /** Whose await it is, if an async function of the loop awaits. */
  readonly #run: AsyncRun<unknown> | null;
  /** Whose variables a handler sees that was given to `then` outside async functions of the loop. */
  readonly #then: ContextOwner | null;
  readonly #onFulfilled: OnFulfilled;
  readonly #onRejected: OnRejected;
  readonly #resolve: (value: never) => void;
  readonly #reject: (reason: unknown) => void;

  constructor(
    future: Future<unknown>,
    run: AsyncRun<unknown> | null,
    onFulfilled: OnFulfilled,
    onRejected: OnRejected,
    resolve: (value: never) => void,
    reject: (reason: unknown) => void,
  ) {
    this._future = future;
    this.#run = run;
    this.#then = run === null ? { _context: snapshotVars() } : null;
    this.#onFulfilled = onFulfilled;
    this.#onRejected = onRejected;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** Registers an await; gives the promise that `then` must give. */
  static attach<T, R1, R2>(
    future: Future<T>,
    onFulfilled?: ((value: T) => R1 | PromiseLike<R1>) | null,
    onRejected?: ((reason: unknown) => R2 | PromiseLike<R2>) | null,
  ): Promise<R1 | R2> {
    const run = currentAsyncRun();
    if (run !== null && run._task === (future as unknown) && future._state === PENDING) {
      return Promise.reject(awaitsItself(run._task as Task<unknown>)).then(onFulfilled as undefined, onRejected);
    }
    return new Promise((resolve, reject) => {
      const awaited = future as Future<unknown>;
      const awaiter = new Awaiter(awaited, run, onFulfilled as OnFulfilled, onRejected, resolve, reject);
      const loop = future._loop;
      if (future._state !== PENDING && !loop.isRunning()) {
        // Nobody will run the ready queue any more, and the outcome is known: a microtask will do.
        queueMicrotask(() => awaiter._run());
        return;
      }
      future._addWaiter(awaiter);
      run?._awaits(awaiter);
    });
  }

  /** @internal A handler that somebody gave to `then` is called from here. */
  get _owner(): ContextOwner | null {
    return this.#run?._task ?? this.#then;
  }

  /** @internal */
  _run(): void {
    const future = this._future;
    const run = this.#run;
    // What is done by whom nobody knows is heard of by nobody.
    if (run === null) future._loop._expect();
    else run._expect();
    const cancelled = run?._awaited(this);
    if (cancelled !== undefined) this.#settle(this.#onRejected, this.#reject, cancelled);
    else if (future._state === RESOLVED) this.#settle(this.#onFulfilled, this.#resolve, future._value);
    else this.#settle(this.#onRejected, this.#reject, future._outcome("result"));
  }

  /** Readable form. */
  toString(): string {
    return `<await of ${this._future}>`;
  }

  #settle(callback: OnFulfilled | OnRejected, otherwise: (value: never) => void, value: unknown): void {
    if (typeof callback !== "function") {
      otherwise(value as never);
      return;
    }
    try {
      this.#resolve(callback(value as never) as never);
    } catch (error) {
      this.#reject(error);
    }
  }
}
