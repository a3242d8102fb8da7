/**
 * Callbacks that the loop was asked to call, and the way to take them back.
 *
 * @module
 */
import { type Context, contextOf, snapshotVars } from "./context.ts";
import type { AnyFuture, ContextOwner, Loop, Runnable, Vars } from "./contract.ts";
import { KeyboardInterrupt } from "./errors.ts";
import { describeCallable } from "./repr.ts";

/** A callback with any arguments; the methods that take one check that they fit. */
export type Callback = (...args: never[]) => unknown;

/**
 * What {@linkcode BaseEventLoop.callSoon} returns: one call that the loop will make, unless it is cancelled before.
 *
 * @example Take a call back
 * ```ts
 * import { getRunningLoop, run, sleep } from "@loop/asyncio";
 *
 * await run(function* () {
 *   const handle = getRunningLoop().callSoon(() => {
 *     throw new Error("never called");
 *   });
 *   handle.cancel();
 *   yield* sleep(0);
 * });
 * ```
 *
 * @category Running
 */
export class Handle {
  /** @ignore */
  declare _loop: Loop;
  /** @ignore */
  declare _callback: Callback | null;
  /** @ignore */
  declare _args: readonly unknown[] | null;
  /** @ignore */
  declare _context: Vars | Context;

  /** @ignore */
  constructor(loop: Loop, callback: Callback, args: readonly unknown[]) {
    this._loop = loop;
    this._callback = callback;
    this._args = args;
    this._context = snapshotVars();
  }

  /** Makes sure that the callback will not be called. After the call, or a second time, it changes nothing. */
  cancel(): void {
    // The callback may hold a lot alive, and a cancelled timer can wait in the heap for long.
    this._callback = null;
    this._args = null;
  }

  /** Whether {@linkcode Handle.cancel} was called. */
  cancelled(): boolean {
    return this._callback === null;
  }

  /** The context that the callback runs in. */
  getContext(): Context {
    return contextOf(this);
  }

  /** @ignore */
  get _owner(): ContextOwner {
    return this;
  }

  /** @ignore */
  _run(): void {
    const callback = this._callback;
    if (callback === null) return;
    try {
      const args = this._args as readonly never[];
      if (args.length === 0) callback();
      else callback(...args);
    } catch (error) {
      if (error instanceof KeyboardInterrupt) throw error;
      this._loop._reportFrom(this, {
        message: `Exception in callback ${describeCallable(callback)}`,
        exception: error,
        handle: this,
      });
    }
  }

  /** Readable form, as CPython writes it. */
  toString(): string {
    return `<${this._describe("Handle")}>`;
  }

  /** @ignore */
  _describe(kind: string): string {
    const callback = this._callback;
    return callback === null ? `${kind} cancelled` : `${kind} ${describeCallable(callback)}`;
  }
}

/**
 * What {@linkcode BaseEventLoop.callLater} and {@linkcode BaseEventLoop.callAt} return: a call at a certain time.
 *
 * @example Ask when it is due
 * ```ts
 * import { getRunningLoop, run } from "@loop/asyncio";
 * import { assert } from "@std/assert";
 *
 * await run(function* () {
 *   const loop = getRunningLoop();
 *   const handle = loop.callLater(1_000, () => {});
 *   assert(handle.when() >= loop.time());
 *   handle.cancel();
 * });
 * ```
 *
 * @category Running
 */
export class TimerHandle extends Handle {
  /** @ignore */
  _when = 0;
  /** @ignore */
  _order = 0;
  /** @ignore */
  _scheduled = false;

  /** When it is due, in milliseconds on the loop's clock. */
  when(): number {
    return this._when;
  }

  /** Makes sure that the callback will not be called. After the call, or a second time, it changes nothing. */
  override cancel(): void {
    if (this._callback === null) return;
    super.cancel();
    if (this._scheduled) this._loop._timerCancelled();
  }

  /** @ignore */
  _isCancelled(): boolean {
    return this._callback === null;
  }

  /** Readable form, as CPython writes it. */
  override toString(): string {
    const [kind, ...rest] = this._describe("TimerHandle").split(" ");
    const cancelled = this._callback === null;
    return cancelled ? `<TimerHandle cancelled when=${this._when}>` : `<${kind} when=${this._when} ${rest.join(" ")}>`;
  }
}

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
