/**
 * A host without a world: its clock stands still while anything is ready and then jumps to the next timer.
 *
 * @module
 */
import type { CoreAdapter, HostTimer } from "../adapters/adapter.ts";
import { takeUpRejections } from "../adapters/shared/process.ts";
import { turnsInside } from "../adapters/shared/timers.ts";
import { Timeline, type VirtualTimer } from "./timeline.ts";

/**
 * Options of {@linkcode VirtualAdapter}.
 *
 * @category Virtual time
 */
export interface VirtualAdapterOptions {
  /**
   * Called when a loop parks with nothing ready and no timer: virtual time will never wake it. By default nothing is
   * called, and only {@linkcode VirtualAdapter.deadlocked} says so.
   */
  readonly onDeadlock?: (() => void) | undefined;
  /** @ignore The clock; by default one that starts at 0. */
  readonly timeline?: Timeline;
}

/**
 * An adapter with virtual time: a program that sleeps for an hour ends at once, and always runs in the same order.
 *
 * The clock starts at 0. It moves only when every loop on this adapter waits for a timer: then it jumps to the
 * earliest one. It is exact: timers at whole milliseconds fire at whole milliseconds. Hops and jumps are macrotasks of
 * the host, so that an async function goes on as far as it can before time passes. Real timers and sockets do not wait
 * for that.
 *
 * @example An hour of virtual time
 * ```ts
 * import { BaseEventLoop, sleep } from "@loop/asyncio";
 * import { VirtualAdapter } from "@loop/asyncio/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const loop = new BaseEventLoop({ adapter: new VirtualAdapter() });
 * await loop.runUntilComplete(sleep(3_600_000));
 * assertEquals(loop.time(), 3_600_000);
 * loop.close();
 * ```
 *
 * @category Virtual time
 */
export class VirtualAdapter implements CoreAdapter {
  /** Always `"virtual"`. */
  readonly name: string = "virtual";
  /** As the host that it stands on. */
  readonly turnsInside: boolean = turnsInside;
  /** As the host that it stands on. */
  readonly takeUpRejections: (isOurs: (reason: unknown) => boolean) => () => void = takeUpRejections;
  readonly #onDeadlock: (() => void) | undefined;
  readonly #timeline: Timeline;
  #deadlocked = false;

  /** Makes an adapter whose clock says 0. */
  constructor(options: VirtualAdapterOptions = {}) {
    this.#onDeadlock = options.onDeadlock;
    this.#timeline = options.timeline ?? new Timeline();
  }

  /** Whether a loop parked with nothing ready and no timer left, since the last hop or timer. */
  get deadlocked(): boolean {
    return this.#deadlocked;
  }

  /** The virtual time in milliseconds. */
  now(): number {
    return this.#timeline.now;
  }

  /** Calls back in a macrotask. */
  hop(callback: () => void): void {
    this.#deadlocked = false;
    this.#timeline.hop(callback);
  }

  /**
   * Calls back when the clock has jumped to `delay` milliseconds from now, which takes a macrotask if no other timer
   * is due before.
   */
  setTimer(delay: number, callback: () => void): HostTimer {
    this.#deadlocked = false;
    return this.#timeline.arm(delay, callback);
  }

  /** Forgets a timer that has not fired; the clock will not jump to it. */
  clearTimer(timer: HostTimer): void {
    this.#timeline.disarm(timer as VirtualTimer);
  }

  /** Nothing keeps a simulated process alive, and nothing needs to. The function that it returns says that the loop has ended. */
  keepAlive(): () => void {
    this.#timeline.entered();
    return () => this.#timeline.left();
  }

  /** Notes that the loop waits for something that will never happen, and tells the listener. */
  parked(): void {
    // A hop that is on its way will wake the loop again.
    if (this.#timeline.isHopping) return;
    this.#deadlocked = true;
    this.#timeline.parked();
    this.#onDeadlock?.();
  }
}
