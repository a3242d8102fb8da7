/**
 * The event loop as the rules say it, with no thought for speed: an array, a sorted array, and a clock that jumps.
 *
 * @module
 */
import type { ReferenceTask } from "./task.ts";

/** A call that was asked for. */
export class ReferenceHandle {
  readonly callback: () => void;
  #cancelled = false;

  constructor(callback: () => void) {
    this.callback = callback;
  }

  cancel(): void {
    this.#cancelled = true;
  }

  cancelled(): boolean {
    return this.#cancelled;
  }
}

/** A call at a certain time. */
export class ReferenceTimer extends ReferenceHandle {
  readonly when: number;

  constructor(when: number, callback: () => void) {
    super(callback);
    this.when = when;
  }
}

/** Nothing is ready and no timer is left. */
export class Deadlock extends Error {}

/** One loop in virtual time. */
export class ReferenceLoop {
  /** The task being stepped. */
  current: ReferenceTask | null = null;
  /** Told what a callback threw. */
  onError: (error: unknown) => void = () => {};
  #now = 0;
  #ready: ReferenceHandle[] = [];
  #timers: ReferenceTimer[] = [];
  #stopping = false;

  time(): number {
    return this.#now;
  }

  callSoon(callback: () => void): ReferenceHandle {
    const handle = new ReferenceHandle(callback);
    this.#ready.push(handle);
    return handle;
  }

  callLater(delay: number, callback: () => void): ReferenceTimer {
    return this.callAt(this.#now + delay, callback);
  }

  callAt(when: number, callback: () => void): ReferenceTimer {
    const timer = new ReferenceTimer(when, callback);
    this.#timers.push(timer);
    // Sorting is stable: timers due together stay in the order that they were made.
    this.#timers.sort((a, b) => a.when - b.when);
    return timer;
  }

  stop(): void {
    this.#stopping = true;
  }

  /** Runs until stopped; the flag counts only after a whole iteration. */
  runForever(): void {
    do {
      this.#runOnce();
    } while (!this.#stopping);
    this.#stopping = false;
  }

  #runOnce(): void {
    this.#timers = this.#timers.filter((timer) => !timer.cancelled());
    if (this.#ready.length === 0 && !this.#stopping) {
      const first = this.#timers[0];
      if (first === undefined) throw new Deadlock();
      this.#now = Math.max(this.#now, first.when);
    }
    while (this.#timers[0] !== undefined && this.#timers[0].when <= this.#now) {
      this.#ready.push(this.#timers.shift() as ReferenceTimer);
    }
    // What these calls add waits for the next iteration.
    const batch = this.#ready;
    this.#ready = [];
    for (const handle of batch) {
      if (!handle.cancelled()) this.#call(handle);
    }
  }

  #call(handle: ReferenceHandle): void {
    try {
      handle.callback();
    } catch (error) {
      this.onError(error);
    }
  }
}
