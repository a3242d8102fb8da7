/**
 * The `await` of a future.
 *
 * @module
 */
import type { AnyCode, AnyFuture, ContextOwner, Parkable, Runnable } from "./contract.ts";
import { currentCode } from "./async_storage.ts";
import { Await, type Handler, takeSettlers } from "./await.ts";
import { CancelledError, isCancelled } from "./cancelled_error.ts";
import { snapshotVars } from "./context.ts";
import { awaitsItself } from "./misuse.ts";

/** Two states of a future. They are repeated here because `future.ts` imports this file. */
const PENDING = 0;
const RESOLVED = 1;

/** Stands among those who wait for a future, and settles a promise when its turn in the ready queue comes. */
export class Awaiter extends Await implements Runnable {
  readonly #future: AnyFuture;
  /** The context variables that a handler of `then` sees which belongs to no async code of the loop. */
  readonly #then: ContextOwner | null;
  /** A cancel that came when the future was done already. */
  #cancelled: CancelledError | null = null;

  constructor(
    future: AnyFuture,
    code: AnyCode | null,
    onFulfilled: Handler,
    onRejected: Handler,
  ) {
    super(code, onFulfilled, onRejected);
    this.#future = future;
    this.#then = code === null ? { _context: snapshotVars() } : null;
  }

  /** Registers an await; returns the promise that `then` must return. */
  static attach<T, R1, R2>(
    future: AnyFuture,
    onFulfilled?: ((value: T) => R1 | PromiseLike<R1>) | null,
    onRejected?: ((reason: unknown) => R2 | PromiseLike<R2>) | null,
  ): Promise<R1 | R2> {
    const loop = future._loop;
    let code = currentCode();
    if (code !== null) {
      const task = code.task;
      if (task !== null && task === (future as unknown) && future._state === PENDING) {
        return Promise.reject(awaitsItself(task)).then(onFulfilled as undefined, onRejected);
      }
      // A future of another loop is awaited as if by code of no task: its own loop says when it is done.
      if (task?._loop !== loop) code = null;
    }
    const promise = new Promise<R1 | R2>(takeSettlers);
    const awaited = future;
    const awaiter = new Awaiter(awaited, code, onFulfilled as Handler, onRejected);
    if (future._state === PENDING) {
      future._addWaiter(awaiter);
      code?.awaitFuture(awaiter);
    } else if (!loop.isRunning()) {
      // Nothing will run the ready queue any more, and the outcome is known: a microtask is enough.
      queueMicrotask(() => awaiter.#settleByFuture());
    } else if (code !== null) {
      // As in a coroutine, a future that is done does not suspend.
      code.goesOn();
      awaiter.#settleByFuture();
    } else {
      loop._schedule(awaiter);
    }
    return promise;
  }

  /** The handlers of `then` are called from here. */
  get _owner(): ContextOwner | null {
    return this.code?.task ?? this.#then;
  }

  get awaited(): Parkable {
    return this.#future;
  }

  cancelWait(message: string | undefined): boolean {
    if (!this.#future.cancel(message)) this.#cancelled = new CancelledError(message);
    return true;
  }

  forgetCancel(): void {
    this.#cancelled = null;
  }

  breakOff(message: string | undefined): void {
    this.#future._removeWaiter(this);
    this.#cancelled = new CancelledError(message);
    this.#future._loop._schedule(this);
  }

  /** The future goes on for those who hold it. */
  outliveCode(): void {}

  _run(): void {
    const code = this.code;
    // No step of such code is known to begin or to end, so the loop waits for some microtasks.
    if (code === null) {
      this.#future._loop._expect();
      this.#settleByFuture();
      return;
    }
    let error = code.takeOwedFor(this) ?? this.#cancelled;
    if (this.#cancelled === null && this.delivered) error = null;
    const endedCancelled = this.#future._state !== PENDING && this.#future._endedCancelled();
    code.awaitEnded(this, error !== null || endedCancelled, true);
    if (error === null || endedCancelled) this.#settleByFuture();
    else this.#reject(error);
  }

  /** A cancel of code that nobody awaits must not end the process as an unhandled rejection. */
  #reject(error: unknown): void {
    if (isCancelled(error)) this.#future._loop._rejectsCancelled();
    this.settle(true, error);
  }

  #settleByFuture(): void {
    const future = this.#future;
    if (future._state === RESOLVED) this.settle(false, future._value);
    else this.#reject(future._outcome("result"));
  }

  /** Readable form. */
  override toString(): string {
    return `<await of ${this.#future}>`;
  }
}
