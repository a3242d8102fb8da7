/**
 * A host without a world: its clock stands still while anything is ready and then jumps to the next timer.
 *
 * @module
 */
import type { CoreAdapter, HostTimer } from "../adapters/adapter.ts";
import { takeUpRejections } from "../adapters/shared/process.ts";
import { setImmediate, turnsInside } from "../adapters/shared/timers.ts";

/** Options of {@linkcode VirtualAdapter}. */
export interface VirtualAdapterOptions {
  /**
   * Called when a loop parks with nothing ready and no timer: virtual time will never wake it. By default nothing is
   * called, and only {@linkcode VirtualAdapter.deadlocked} says so.
   */
  readonly onDeadlock?: () => void;
}

/** A timer that a loop armed: when it is due on the virtual clock, and what it calls. */
interface VirtualTimer {
  readonly when: number;
  readonly callback: () => void;
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
 * import { assertEquals } from "@std/assert";
 *
 * const loop = new BaseEventLoop({ adapter: new VirtualAdapter() });
 * await loop.runUntilComplete(sleep(3_600_000));
 * assertEquals(loop.time(), 3_600_000);
 * loop.close();
 * ```
 */
export class VirtualAdapter implements CoreAdapter {
  /** Always `"virtual"`. */
  readonly name: string = "virtual";
  /** As the host that it stands on. */
  readonly turnsInside: boolean = turnsInside;
  /** As the host that it stands on. */
  readonly takeUpRejections: (isOurs: (reason: unknown) => boolean) => () => void = takeUpRejections;
  readonly #onDeadlock: (() => void) | undefined;
  readonly #timers = new Set<VirtualTimer>();
  #now = 0;
  #jumping = false;
  #deadlocked = false;
  #hops = 0;

  /** Makes an adapter whose clock says 0. */
  constructor(options: VirtualAdapterOptions = {}) {
    this.#onDeadlock = options.onDeadlock;
  }

  /** Whether a loop parked with nothing ready and no timer left, since the last hop or timer. */
  get deadlocked(): boolean {
    return this.#deadlocked;
  }

  /** The virtual time in milliseconds. */
  now(): number {
    return this.#now;
  }

  /** Calls back in a macrotask. */
  hop(callback: () => void): void {
    this.#deadlocked = false;
    this.#hops++;
    setImmediate(() => {
      this.#hops--;
      callback();
    });
  }

  /**
   * Calls back when the clock has jumped to `delay` milliseconds from now, which takes a macrotask if no other timer
   * is due before.
   */
  setTimer(delay: number, callback: () => void): HostTimer {
    this.#deadlocked = false;
    const timer: VirtualTimer = { when: this.#now + delay, callback };
    this.#timers.add(timer);
    this.#jumpSoon();
    return timer;
  }

  /** Forgets a timer that has not fired; the clock will not jump to it. */
  clearTimer(timer: HostTimer): void {
    this.#timers.delete(timer as VirtualTimer);
  }

  /** Nothing keeps a simulated process alive, and nothing needs to. */
  keepAlive(): () => void {
    return () => {};
  }

  /** Notes that the loop waits for something that will never happen, and tells the listener. */
  parked(): void {
    // A hop that is on its way will wake the loop again.
    if (this.#hops > 0) return;
    this.#deadlocked = true;
    this.#onDeadlock?.();
  }

  /** Fires the earliest timer in a macrotask of its own, however many were armed meanwhile. */
  #jumpSoon(): void {
    if (this.#jumping) return;
    this.#jumping = true;
    setImmediate(() => {
      this.#jumping = false;
      this.#jump();
    });
  }

  #jump(): void {
    let earliest: VirtualTimer | undefined;
    for (const timer of this.#timers) {
      if (earliest === undefined || timer.when < earliest.when) earliest = timer;
    }
    if (earliest === undefined) return;
    this.#timers.delete(earliest);
    // A sum of fractions can end a hair before the deadline that the loop has in mind. The loop then arms a timer
    // for the rest, and that difference is exact, so the second jump always arrives.
    if (earliest.when > this.#now) this.#now = earliest.when;
    // The other timers belong to other loops, which may be woken by this one before their own time has come.
    if (this.#timers.size > 0) this.#jumpSoon();
    earliest.callback();
  }
}
