/**
 * Callbacks that the loop will run, and the heap of those that have a time.
 *
 * @module
 */
import { type Context, contextOf, snapshotVars } from "./context.ts";
import type { AnyFuture, ContextOwner, Loop, Runnable, Stepper, Timed, Vars } from "./contract.ts";
import { KeyboardInterrupt } from "./errors.ts";
import { describeCallable, describeDelay, printsAsText } from "./repr.ts";

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
  static readonly #printed: true = /* @__PURE__ */ printsAsText(this);
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
    const callback = this._callback;
    return `<Handle ${callback === null ? "cancelled" : describeCallable(callback)}>`;
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
  _order = -1;

  /** When it is due, in milliseconds on the loop's clock. */
  when(): number {
    return this._when;
  }

  /** Makes sure that the callback will not be called. After the call, or a second time, it changes nothing. */
  override cancel(): void {
    if (this._callback === null) return;
    super.cancel();
    if (this._order >= 0) this._loop._timerCancelled();
  }

  /** @ignore */
  _isCancelled(): boolean {
    return this._callback === null;
  }

  /** Readable form, as CPython writes it, but with how far off it is in the place of a time of the loop's clock. */
  override toString(): string {
    const when = `when=${describeDelay(this._when - this._loop.time())}`;
    const callback = this._callback;
    return `<TimerHandle ${callback === null ? `cancelled ${when}` : `${when} ${describeCallable(callback)}`}>`;
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
  /** @internal Who waits for the future by this callback; null if nobody is known to. Read by reports alone. */
  readonly awaiter: Stepper | AnyFuture | null;

  constructor(
    future: AnyFuture,
    callback: (future: never) => unknown,
    context: Vars | Context,
    awaiter: Stepper | AnyFuture | null,
  ) {
    this._future = future;
    this._callback = callback;
    this._context = context;
    this.awaiter = awaiter;
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

/** Below this size a heap is never rebuilt. CPython's number. */
const MIN_REBUILT = 100;

/** The heap. */
export class TimerHeap {
  #heap: Timed[] = [];
  #made = 0;
  #cancelled = 0;

  /** How many timers are held, cancelled ones included. */
  get length(): number {
    return this.#heap.length;
  }

  /** Adds a timer that is due at `when`. */
  push(timer: Timed, when: number): void {
    timer._when = when;
    timer._order = this.#made++;
    const heap = this.#heap;
    // A deadline that was met is often the first one still. Its place is the newcomer's, which mostly stays there.
    if (this.#cancelled > 0 && heap[0]?._isCancelled() === true) return this.#replaceFirst(timer);
    let at = heap.length;
    heap.push(timer);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above] as Timed;
      // The newcomer was made last, so among equals it stays below.
      if (parent._when <= when) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = timer;
  }

  /** Puts a timer in the place of the first one, which is cancelled. */
  #replaceFirst(timer: Timed): void {
    (this.#heap[0] as Timed)._order = -1;
    this.#cancelled--;
    this.#sink(timer, 0);
  }

  /** Counts a timer that has just been cancelled while in the heap. */
  noteCancelled(): void {
    this.#cancelled++;
  }

  /** The earliest timer that is not cancelled, or undefined. Cancelled ones on top of it are dropped. */
  peek(): Timed | undefined {
    const heap = this.#heap;
    if (this.#cancelled === 0) return heap[0];
    if (heap.length > MIN_REBUILT && this.#cancelled * 2 > heap.length) this.#rebuild();
    for (;;) {
      const first = heap[0];
      if (first === undefined || !first._isCancelled()) return first;
      this.pop();
    }
  }

  /** Takes the first timer, cancelled or not. Only called when there is one. */
  pop(): Timed {
    const heap = this.#heap;
    const first = heap[0] as Timed;
    const last = heap.pop() as Timed;
    if (last !== first) {
      this.#sink(last, 0);
    }
    first._order = -1;
    if (this.#cancelled > 0 && first._isCancelled()) this.#cancelled--;
    return first;
  }

  /** Forgets everything. */
  clear(): void {
    for (const timer of this.#heap) timer._order = -1;
    this.#heap = [];
    this.#cancelled = 0;
  }

  #sink(timer: Timed, start: number): void {
    const heap = this.#heap;
    const length = heap.length;
    const { _when: when, _order: order } = timer;
    let at = start;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= length) break;
      let child = heap[below] as Timed;
      if (below + 1 < length) {
        const right = heap[below + 1] as Timed;
        if (right._when < child._when || (right._when === child._when && right._order < child._order)) {
          below++;
          child = right;
        }
      }
      if (child._when > when || (child._when === when && child._order > order)) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = timer;
  }

  #rebuild(): void {
    const heap = this.#heap;
    let kept = 0;
    for (const timer of heap) {
      if (timer._isCancelled()) timer._order = -1;
      else heap[kept++] = timer;
    }
    heap.length = kept;
    this.#cancelled = 0;
    for (let at = (kept >> 1) - 1; at >= 0; at--) this.#sink(heap[at] as Timed, at);
  }
}
