/**
 * The event loop with the world around it.
 *
 * @module
 */
import type { Adapter } from "../adapters/adapter.ts";
import { defaultAdapter } from "../adapters/default_adapter.ts";
import { BaseEventLoop } from "../core/base_event_loop.ts";
import { NotSupportedError, RuntimeError } from "../core/errors.ts";
import { describeKind } from "../core/repr.ts";
import { chooseLoop } from "../core/running.ts";
import { SignalHandlers } from "./signal_handlers.ts";

/** How an {@linkcode EventLoop} is made. */
export interface EventLoopOptions {
  /** The runtime that it turns on; by default the one that it finds itself in. */
  readonly adapter?: Adapter | undefined;
  /** Whether debug mode is on; false by default. */
  readonly debug?: boolean | undefined;
}

/**
 * The event loop as programs use it. `run()` makes one by itself; make your own to run several things on one loop, or to choose the
 * adapter.
 *
 * @example A loop of one's own
 * ```ts
 * import { EventLoop, sleep } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * using loop = new EventLoop();
 * assertEquals(await loop.runUntilComplete(sleep(1, "done")), "done");
 * ```
 */
export class EventLoop extends BaseEventLoop {
  /** The runtime, as the loop sees it. */
  readonly adapter: Adapter;
  /** @internal */
  readonly _signals: SignalHandlers;
  /** @internal What ends with the loop: each is called when it closes. */
  readonly _attached: Set<() => void> = new Set();

  /** Makes a loop. */
  constructor(options: EventLoopOptions = {}) {
    const adapter = options.adapter ?? defaultAdapter();
    super({ adapter, debug: options.debug });
    this.adapter = adapter;
    this._signals = new SignalHandlers(this, adapter);
  }

  /**
   * Calls back, on the loop, whenever the process gets a signal such as `"SIGTERM"`, in place of what would happen otherwise.
   * Replaces an earlier handler of that signal.
   *
   * @throws {TypeError} if the callback is not a plain function
   * @throws {RangeError} if there is no such signal
   * @throws {RuntimeError} if the loop is closed, or the signal cannot be caught
   * @throws {NotSupportedError} if the runtime has no signals
   */
  addSignalHandler<A extends unknown[]>(signal: string, callback: (...args: A) => unknown, ...args: A): void {
    this._checkClosed();
    this._signals.add(signal, callback, args);
  }

  /** Puts back what would happen without a handler; gives whether there was one. */
  removeSignalHandler(signal: string): boolean {
    return this._signals.remove(signal);
  }

  /** Closes the loop for good: what is queued is dropped, signal handlers are removed, servers end. Closing twice is harmless. */
  override close(): void {
    super.close();
    this._signals.clear();
    for (const end of this._attached) end();
    this._attached.clear();
  }
}

/**
 * Makes a loop for the runtime that the program runs on; it does not become the current one.
 *
 * @example Make, use, close
 * ```ts
 * import { newEventLoop, sleep } from "@loop/asyncio";
 *
 * const loop = newEventLoop();
 * await loop.runUntilComplete(sleep(1));
 * loop.close();
 * ```
 */
export function newEventLoop(): EventLoop {
  return new EventLoop();
}

/**
 * Makes a loop the current one: what {@linkcode getEventLoop} gives where none is running. Null for none.
 *
 * @throws {TypeError} if it is neither a loop nor null
 *
 * @example The current loop
 * ```ts
 * import { getEventLoop, newEventLoop, setEventLoop } from "@loop/asyncio";
 * import { assertStrictEquals } from "@std/assert";
 *
 * const loop = newEventLoop();
 * setEventLoop(loop);
 * assertStrictEquals(getEventLoop(), loop);
 * setEventLoop(null);
 * loop.close();
 * ```
 */
export function setEventLoop(loop: BaseEventLoop | null): void {
  if (loop !== null && !(loop instanceof BaseEventLoop)) {
    throw new TypeError(`Cannot set ${describeKind(loop)} as the event loop: it must be a loop, or null.`);
  }
  chooseLoop(loop);
}

/** The part of the adapter that is asked for, or a clear error. */
export function requireCapability<T>(capability: T | undefined, what: string, adapter: Adapter): T {
  if (capability !== undefined) return capability;
  throw new NotSupportedError(
    `Cannot ${what} on "${adapter.name}": this adapter does not offer it. Run the loop on Deno, Bun or Node, or give it another adapter.`,
  );
}

/** The loop as an EventLoop: what needs the world cannot run on a bare BaseEventLoop. */
export function requireEventLoop(loop: BaseEventLoop, what: string): EventLoop {
  if (loop instanceof EventLoop) return loop;
  throw new RuntimeError(
    `Cannot ${what} on ${loop}: it is no EventLoop. Make the loop with new EventLoop({ adapter }).`,
  );
}
