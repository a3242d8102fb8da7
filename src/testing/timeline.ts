/**
 * Virtual time: what is due when, and when the clock moves.
 *
 * @module
 */
import { clearTimeout, setImmediate, setTimeout } from "../adapters/shared/timers.ts";

/** A timer: when it is due, and what it calls. */
export interface VirtualTimer {
  when: number;
  readonly callback: () => void;
}

/** Somebody who moves the clock by hand. */
interface Advance {
  readonly until: number;
  readonly arrived: () => void;
}

/** Who is asked before time passes. */
export interface Overseer {
  /** Nothing is ready, and time would pass. Whether it has made something ready. */
  beforeTimePasses?(): boolean;
  /** Whether the clock stands still for now: something of the host is waited for. */
  waitsForHost?(): boolean;
  /** Nothing is ready, and no timer is left. */
  stuck?(): void;
  /** The clock would jump beyond the bound. */
  tooLate?(): void;
}

/** Milliseconds of the real clock between two looks at whether the host is still waited for. */
const LOOK_AGAIN = 5;

/**
 * A clock that moves only when nothing is ready. All that it does happens in macrotasks of the host, so that async functions have gone on
 * as far as they can before time passes.
 */
export class Timeline {
  /** The clock, in milliseconds. */
  now: number;
  /** Where the clock stood at the start. */
  readonly start: number;
  /** Whether it jumps by itself. */
  readonly jumps: boolean;
  /** It does not jump by itself beyond this time. */
  latest = Infinity;
  /** Whether a program runs on it. */
  isUsed = false;
  /** Who is asked. */
  overseer: Overseer = {};
  readonly #timers = new Set<VirtualTimer>();
  readonly #advances: Advance[] = [];
  readonly #whenIdle: (() => void)[] = [];
  /** How many hops are on their way: whoever hops is not idle. */
  #hops = 0;
  #settling = false;
  /** The timer of the host by which it looks again; null if none is set. */
  #lookAgain: unknown = null;
  /** How many loops run on it for which nothing may be left to wait for. */
  #loops = 0;

  constructor(start = 0, jumps = true) {
    this.now = this.start = start;
    this.jumps = jumps;
  }

  /** Whether a hop is on its way. */
  get isHopping(): boolean {
    return this.#hops > 0;
  }

  /** Calls back in a macrotask. */
  hop(callback: () => void): void {
    this.#hops++;
    setImmediate(() => {
      this.#hops--;
      callback();
    });
  }

  /** Calls back when the clock has come to so many milliseconds from now. */
  arm(delay: number, callback: () => void): VirtualTimer {
    const timer: VirtualTimer = { when: this.now + delay, callback };
    this.#timers.add(timer);
    if (this.jumps || this.#advances.length > 0) this.#settleSoon();
    return timer;
  }

  /** Forgets a timer. */
  disarm(timer: VirtualTimer): void {
    this.#timers.delete(timer);
  }

  /** A loop begins to run. */
  entered(): void {
    this.#loops++;
  }

  /** A loop waits, and has no timer. */
  parked(): void {
    this.#settleSoon();
  }

  /** A loop has ended. */
  left(): void {
    this.#loops--;
  }

  /** The program that ran on it is over: nothing of the host is left behind. */
  release(): void {
    this.overseer = {};
    this.isUsed = false;
    if (this.#lookAgain === null) return;
    clearTimeout(this.#lookAgain);
    this.#lookAgain = null;
    this.#settling = false;
  }

  /** Moves the clock by so many milliseconds, by way of each timer that is due on the way; resolves when it has arrived and nothing is ready. */
  advance(by: number): Promise<void> {
    return new Promise((arrived) => {
      this.#advances.push({ until: this.now + by, arrived });
      this.#settleSoon();
    });
  }

  /** Calls back once nothing is ready, before time passes. */
  whenIdle(callback: () => void): void {
    this.#whenIdle.push(callback);
    this.#settleSoon();
  }

  #settleSoon(): void {
    if (this.#settling) return;
    this.#settling = true;
    setImmediate(this.#onMacrotask);
  }

  readonly #onMacrotask = (): void => {
    this.#settling = false;
    if (this.#hops > 0) this.#settleSoon();
    else this.#settle();
  };

  readonly #onLook = (): void => {
    this.#lookAgain = null;
    this.#onMacrotask();
  };

  /** Nothing is ready. */
  #settle(): void {
    const { overseer } = this;
    if (this.#whenIdle.length > 0) {
      for (const callback of this.#whenIdle.splice(0)) callback();
      return this.#settleSoon();
    }
    if (overseer.beforeTimePasses?.() === true) return this.#settleSoon();
    const [advance] = this.#advances;
    const earliest = this.#earliest();
    if (advance !== undefined) {
      if (earliest === undefined || earliest.when > advance.until) this.#arrive(advance);
      else this.#fire(earliest);
      if (this.#advances.length > 0 || (this.jumps && this.#timers.size > 0)) this.#settleSoon();
      return;
    }
    if (!this.jumps) return;
    if (overseer.waitsForHost?.() === true) {
      // Whoever goes on need not arm another timer, and would not be heard of.
      if (this.#settling) return;
      this.#settling = true;
      this.#lookAgain = setTimeout(this.#onLook, LOOK_AGAIN);
      return;
    }
    if (earliest === undefined) {
      if (this.#loops > 0) overseer.stuck?.();
    } else if (earliest.when > this.latest) {
      overseer.tooLate?.();
    } else {
      this.#fire(earliest);
      // The other timers belong to others, who may be woken by this one before their own time has come.
      if (this.#timers.size > 0) this.#settleSoon();
      // Nobody need be woken by it. Who is, may wait for a macrotask of the host, which comes before the next look at the clock.
      else if (this.#loops > 0) setImmediate(() => this.#settleSoon());
    }
  }

  #earliest(): VirtualTimer | undefined {
    let earliest: VirtualTimer | undefined;
    for (const timer of this.#timers) if (earliest === undefined || timer.when < earliest.when) earliest = timer;
    return earliest;
  }

  #fire(timer: VirtualTimer): void {
    this.#timers.delete(timer);
    // A sum of fractions can end a hair before the deadline that the loop has in mind. The loop then arms a timer
    // for the rest, and that difference is exact, so the second jump always arrives.
    if (timer.when > this.now) this.now = timer.when;
    timer.callback();
  }

  #arrive(advance: Advance): void {
    this.#advances.shift();
    if (advance.until > this.now) this.now = advance.until;
    advance.arrived();
  }
}
