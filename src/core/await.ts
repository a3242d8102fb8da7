/**
 * One `await` of async code on something of this module, and the one on a future.
 *
 * @module
 */
import type { AnyAwait, AnyCode, AnyFuture, ContextOwner, CoroutineObject, Parkable, Runnable } from "./contract.ts";
import { debugging } from "./current.ts";
import { currentCode } from "./current_code.ts";
import { CancelledError, isCancelled } from "./errors.ts";
import { snapshotVars } from "./context.ts";
import { lacksAsyncFrames, rejectInFrames } from "./error_frames.ts";
import { awaitsItself } from "./misuse.ts";
import { generatorNext, isCall } from "./suspend.ts";

/** A handler of `then`. For an `await` these are functions of the host. */
export type Handler = ((value: never) => unknown) | null | undefined;

/** Where {@linkcode takeSettlers} leaves the functions of the newest promise. */
const newest: { resolve: (value: never) => void; reject: (reason: unknown) => void } = {
  resolve: () => {},
  reject: () => {},
};

/** The executor of the promise of an await, which is made right after it. A closure for each promise is a fifth of what an await allocates. */
export function takeSettlers(resolve: (value: never) => void, reject: (reason: unknown) => void): void {
  newest.resolve = resolve;
  newest.reject = reject;
}

/** An await: of a future, see {@linkcode Awaiter}, or of a coroutine, see `strand.ts`. It settles the promise that `then` returned. */
export abstract class Await implements AnyAwait {
  /** The code that awaits; null if that belongs to no task of this loop. */
  declare readonly code: AnyCode | null;
  /** The round of the code in which it began; see `async_code.ts`. */
  declare round: number;
  /** Its neighbours among all that the code awaits. */
  declare before: AnyAwait | null;
  declare after: AnyAwait | null;
  /** Whether the cancel that is owed was passed on to what it waits for, when it began to wait. */
  declare delivered: boolean;
  /** Whether it took a cancel that its code is still owed: it must not hear of that a second time. */
  declare told: boolean;
  declare private readonly onFulfilled: Handler;
  declare private readonly onRejected: Handler;
  declare private readonly resolve: (value: never) => void;
  declare private readonly reject: (reason: unknown) => void;

  constructor(
    code: AnyCode | null,
    onFulfilled: Handler,
    onRejected: Handler,
  ) {
    // All is set here for the sake of V8, as in a Future.
    this.code = code;
    this.round = 0;
    this.before = this.after = null;
    this.delivered = this.told = false;
    this.onFulfilled = onFulfilled;
    this.onRejected = onRejected;
    this.resolve = newest.resolve;
    this.reject = newest.reject;
  }

  /** The coroutine that is awaited; null if it is a future. */
  get coroutine(): CoroutineObject<unknown> | null {
    return null;
  }

  /** What it waits for; null between two waits. */
  abstract get awaited(): Parkable | null;

  /** Cancels what it waits for, or makes sure that it ends with a cancel. Returns false if that may be heard late, or never. */
  abstract cancelWait(message: string | undefined): boolean;

  /** A cancel passes by, on its way to the task that it waits for. */
  cancelPasses(_message: string | undefined): void {}

  /** Forgets a cancel that has not been delivered. */
  abstract forgetCancel(): void;

  /** Ends with a cancel though what it waits for is not done, because that waits for this in turn. */
  abstract breakOff(message: string | undefined): void;

  /** The code has ended. What this waits for goes on without it. */
  abstract outliveCode(): void;

  /** It has ended: settles the promise as the handlers of `then` say. */
  settle(failed: boolean, value: unknown): void {
    if (failed && lacksAsyncFrames(value, this.coroutine !== null)) {
      return this.resolve(
        rejectInFrames(
          value,
          isCall(this.coroutine ?? undefined) || (this.coroutine?.made ?? this.coroutine)?.next === generatorNext,
          this.onFulfilled,
          this.onRejected as (reason: unknown) => unknown,
        ) as never,
      );
    }
    if (failed) debugging.hooks?.rejected(value, this.coroutine);
    const callback = failed ? this.onRejected : this.onFulfilled;
    if (typeof callback !== "function") {
      if (failed) this.reject(value);
      else this.resolve(value as never);
      return;
    }
    try {
      this.resolve(callback(value as never) as never);
    } catch (error) {
      this.reject(error);
    }
  }
}

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
      queueMicrotask(() => awaiter.settleByFuture());
    } else if (code !== null) {
      // As in a coroutine, a future that is done does not suspend.
      code.goesOn();
      awaiter.settleByFuture();
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
      this.settleByFuture();
      return;
    }
    let error = code.takeOwedFor(this) ?? this.#cancelled;
    if (this.#cancelled === null && this.delivered) error = null;
    const endedCancelled = this.#future._state !== PENDING && this.#future._endedCancelled();
    code.awaitEnded(this, error !== null || endedCancelled, true);
    if (error === null || endedCancelled) this.settleByFuture();
    else this.rejectWith(error);
  }

  /** A cancel of code that nobody awaits must not end the process as an unhandled rejection. */
  private rejectWith(error: unknown): void {
    if (isCancelled(error)) this.#future._loop._rejectsCancelled();
    this.settle(true, error);
  }

  private settleByFuture(): void {
    const future = this.#future;
    if (future._state === RESOLVED) this.settle(false, future._value);
    else this.rejectWith(future._outcome("result"));
  }

  /** Readable form. */
  override toString(): string {
    return `<await of ${this.#future}>`;
  }
}
