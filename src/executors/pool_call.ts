/**
 * One call that a pool is asked for.
 *
 * @module
 */
import type { Vars } from "../core/contract.ts";
import { isCancelled } from "../core/errors.ts";
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import { Future } from "../core/future.ts";
import { failWith, loopOf } from "../core/internal.ts";
import type { PoolWorker } from "./pool_worker.ts";
import type { RemoteFunction } from "../io/executor.ts";

/** Who waits for the result of a call. */
export interface CallOutcome {
  resolve(value: never): void;
  reject(error: unknown): void;
}

/** A call, from the time that it is asked for until the worker is free again. */
export class PoolCall {
  readonly fn: RemoteFunction;
  readonly args: readonly unknown[];
  /** The loop that it was asked for on, which runs what it calls back. */
  readonly loop: BaseEventLoop | null;
  /** The context of what it calls back. */
  readonly vars: Vars;
  readonly outcome: CallOutcome;
  /** What runs it; null before and after. */
  worker: PoolWorker | null = null;
  /** Whether somebody waits for it. */
  wanted = true;

  constructor(
    fn: RemoteFunction,
    args: readonly unknown[],
    outcome: CallOutcome,
    loop: BaseEventLoop | null,
    vars: Vars,
  ) {
    this.fn = fn;
    this.args = args;
    this.outcome = outcome;
    this.loop = loop;
    this.vars = vars;
  }

  succeed(value: unknown): void {
    if (!this.wanted) return;
    this.wanted = false;
    this.outcome.resolve(value as never);
  }

  fail(error: unknown): void {
    if (!this.wanted) return;
    this.wanted = false;
    this.outcome.reject(error);
  }
}

/** The result of a call on a loop: completed by the worker's message itself, with no promise in between. */
export class CallFuture<T> extends Future<T> implements CallOutcome {
  /** The name of the function that is called. */
  readonly #name: string;
  /** Called when the future is cancelled. */
  onCancel: ((message?: string) => void) | null = null;

  constructor(loop: BaseEventLoop, name: string) {
    super(loop);
    this.#name = name;
  }

  /** Readable form: whoever asks what is waited for hears of the call, and not of a future. */
  override toString(): string {
    return this.describe(this);
  }

  /** That of this future, or of one that was given for it before there was this. */
  describe(future: Future<unknown>): string {
    const state = future.done() ? super.toString.call(future).replace(/^<Future|>$/g, "") : "";
    return `<call of ${this.#name}() in a thread${state}>`;
  }

  /** Cancels the call as well. */
  override cancel(message?: string): boolean {
    if (!super.cancel(message)) return false;
    this.onCancel?.(message);
    return true;
  }

  /** The call has a result. */
  resolve(value: T): void {
    if (!this.done() && !loopOf(this).isClosed()) this.setResult(value);
  }

  /** The call has failed, or was cancelled by the pool. */
  reject(error: unknown): void {
    if (this.done() || loopOf(this).isClosed()) return;
    this.onCancel = null;
    if (isCancelled(error)) this.cancel(error.message || undefined);
    else failWith(this, error);
  }
}
