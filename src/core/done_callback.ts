/**
 * A callback that waits for a future.
 *
 * @module
 */
import type { AnyFuture, ContextOwner, Runnable, Vars } from "./contract.ts";
import type { Context } from "./context.ts";
import { KeyboardInterrupt } from "./errors.ts";
import { describeCallable } from "./repr.ts";

/** The callback with its future and its context: stored once, and its own entry in the ready queue later. */
export class DoneCallback implements Runnable {
  /** @internal */
  _future: AnyFuture;
  /** @internal */
  _callback: (future: never) => unknown;
  /** @internal */
  _context: Vars | Context;

  constructor(future: AnyFuture, callback: (future: never) => unknown, context: Vars | Context) {
    this._future = future;
    this._callback = callback;
    this._context = context;
  }

  /** @internal */
  get _owner(): ContextOwner {
    return this;
  }

  /** @internal */
  _run(): void {
    try {
      this._callback(this._future as never);
    } catch (error) {
      if (error instanceof KeyboardInterrupt) throw error;
      this._future._loop._reportFrom(this, {
        message: `Exception in callback ${describeCallable(this._callback)}`,
        exception: error,
        handle: this,
      });
    }
  }

  /** Readable form: to the loop it is a handle like others. */
  toString(): string {
    return `<Handle ${describeCallable(this._callback)} of ${this._future}>`;
  }
}
