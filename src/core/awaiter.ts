/**
 * The `await` of a future.
 *
 * @module
 */
import type { ContextOwner, Parkable, Runnable } from "./contract.ts";
import type { AsyncPart } from "./async_part.ts";
import { currentPart } from "./async_storage.ts";
import { Await, type Handler } from "./await.ts";
import { CancelledError, isCancelled } from "./cancelled_error.ts";
import { snapshotVars } from "./context.ts";
import type { Future } from "./future.ts";
import { awaitsItself } from "./misuse.ts";

/** Settled values of a future's `_state`, repeated here because `future.ts` imports this file. */
const PENDING = 0;
const RESOLVED = 1;

/** Stands in the list of a future's waiters and settles a promise when its turn in the ready queue comes. */
export class Awaiter extends Await implements Runnable {
  readonly #future: Future<unknown>;
  /** Whose variables a handler sees that was given to `then` outside async functions of the loop. */
  readonly #then: ContextOwner | null;
  /** A cancel that came when the future was done already. */
  #cancelled: CancelledError | null = null;

  constructor(
    future: Future<unknown>,
    part: AsyncPart<unknown> | null,
    onFulfilled: Handler,
    onRejected: Handler,
    resolve: (value: never) => void,
    reject: (reason: unknown) => void,
  ) {
    super(part, onFulfilled, onRejected, resolve, reject);
    this.#future = future;
    this.#then = part === null ? { _context: snapshotVars() } : null;
  }

  /** Registers an await; returns the promise that `then` must return. */
  static attach<T, R1, R2>(
    future: Future<T>,
    onFulfilled?: ((value: T) => R1 | PromiseLike<R1>) | null,
    onRejected?: ((reason: unknown) => R2 | PromiseLike<R2>) | null,
  ): Promise<R1 | R2> {
    const loop = future._loop;
    let part = currentPart();
    if (part !== null) {
      const task = part._task;
      if (task !== null && task === (future as unknown) && future._state === PENDING) {
        return Promise.reject(awaitsItself(task)).then(onFulfilled as undefined, onRejected);
      }
      // A future of another loop is awaited as by anybody: its own loop tells when it is done.
      if (task?._loop !== loop) part = null;
    }
    return new Promise((resolve, reject) => {
      const awaited = future as Future<unknown>;
      const awaiter = new Awaiter(awaited, part, onFulfilled as Handler, onRejected, resolve, reject);
      if (future._state === PENDING) {
        future._addWaiter(awaiter);
        part?._awaits(awaiter);
      } else if (!loop.isRunning()) {
        // Nobody will run the ready queue any more, and the outcome is known: a microtask will do.
        queueMicrotask(() => awaiter.#give());
      } else if (part !== null) {
        // As in a coroutine, what is done already suspends nobody.
        part._goesOn();
        awaiter.#give();
      } else {
        loop._schedule(awaiter);
      }
    });
  }

  /** @internal A handler that somebody gave to `then` is called from here. */
  get _owner(): ContextOwner | null {
    return this._part?._task ?? this.#then;
  }

  /** @internal */
  get _awaited(): Parkable {
    return this.#future;
  }

  /** @internal */
  _cancel(message: string | undefined): boolean {
    if (!this.#future.cancel(message)) this.#cancelled = new CancelledError(message);
    return true;
  }

  /** @internal */
  _uncancel(): void {
    this.#cancelled = null;
  }

  /** @internal */
  _breakOff(message: string | undefined): void {
    this.#future._removeWaiter(this);
    this.#cancelled = new CancelledError(message);
    this.#future._loop._schedule(this);
  }

  /** @internal What becomes of the future is up to those who hold it. */
  _outlive(): void {}

  /** @internal */
  _run(): void {
    const part = this._part;
    // What is done by whom nobody knows is heard of by nobody.
    if (part === null) {
      this.#future._loop._expect();
      this.#give();
      return;
    }
    let error = part._takeOwedFor(this) ?? this.#cancelled;
    if (this.#cancelled === null && this._delivered) error = null;
    const endedCancelled = this.#future._state !== PENDING && this.#future._endedCancelled();
    part._ended(this, error !== null || endedCancelled, true);
    if (error === null || endedCancelled) this.#give();
    else this.#reject(error);
  }

  /** The function that awaits may be one that nobody awaits. */
  #reject(error: unknown): void {
    if (isCancelled(error)) this.#future._loop._rejectsCancelled();
    this._settle(true, error);
  }

  #give(): void {
    const future = this.#future;
    if (future._state === RESOLVED) this._settle(false, future._value);
    else this.#reject(future._outcome("result"));
  }

  /** Readable form. */
  override toString(): string {
    return `<await of ${this.#future}>`;
  }
}
