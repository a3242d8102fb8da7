/**
 * The clocks, timers and random numbers of the global scope, on virtual time.
 *
 * @module
 */
import { RuntimeError } from "../core/errors.ts";
import { runningLoop } from "../core/running.ts";
import { seededRandom } from "./random.ts";
import type { Timeline, VirtualTimer } from "./timeline.ts";

type Callback = (...args: unknown[]) => void;

/** The longest delay that hosts count, in milliseconds; with a longer one they call back at once. */
const MAX_DELAY = 2 ** 31 - 1;

/** What `setTimeout` returns: it stands for a number, as in browsers, and has the methods that Node's timers have. */
class FakeTimer {
  readonly #timers: FakeTimers;
  readonly #id: number;

  constructor(timers: FakeTimers, id: number) {
    this.#timers = timers;
    this.#id = id;
  }

  ref(): this {
    this.#timers.setRef(this.#id, true);
    return this;
  }

  unref(): this {
    this.#timers.setRef(this.#id, false);
    return this;
  }

  hasRef(): boolean {
    return this.#timers.hasRef(this.#id);
  }

  refresh(): this {
    this.#timers.refresh(this.#id);
    return this;
  }

  close(): this {
    this.#timers.clear(this.#id);
    return this;
  }

  [Symbol.toPrimitive](): number {
    return this.#id;
  }

  [Symbol.dispose](): void {
    this.#timers.clear(this.#id);
  }
}

/** A timer of the code under test. */
interface Entry {
  timer: VirtualTimer;
  readonly delay: number;
  readonly callback: () => void;
  /** How it was made. */
  readonly name: string;
  /** Whether somebody waits for it, as Node has it. */
  hasRef: boolean;
  /** Whether code on a loop made it; others, such as a test runner, may set timers of their own meanwhile. */
  readonly isInside: boolean;
}

/** The family of `setTimeout` on a timeline. */
class FakeTimers {
  readonly #timeline: Timeline;
  readonly #failed: (error: unknown) => void;
  readonly #entries = new Map<number, Entry>();
  #last = 0;

  constructor(timeline: Timeline, failed: (error: unknown) => void) {
    this.#timeline = timeline;
    this.#failed = failed;
  }

  set(callback: unknown, delay: unknown, args: unknown[], name: string): FakeTimer {
    if (typeof callback !== "function") {
      throw new TypeError("Cannot set a timer: its callback is not a function.");
    }
    const id = ++this.#last;
    const wanted = Math.trunc(Number(delay));
    const wait = wanted >= 1 && wanted <= MAX_DELAY ? wanted : 1;
    const call = (): void => {
      if (name === "setInterval()") this.#arm(id, wait, call, name);
      else this.#entries.delete(id);
      try {
        (callback as Callback)(...args);
      } catch (error) {
        this.#failed(error);
      }
    };
    this.#arm(id, wait, call, name);
    return new FakeTimer(this, id);
  }

  #arm(id: number, delay: number, callback: () => void, name: string): void {
    const { hasRef, isInside } = this.#entries.get(id) ?? { hasRef: true, isInside: runningLoop() !== null };
    this.#entries.set(id, { timer: this.#timeline.arm(delay, callback), delay, callback, name, hasRef, isInside });
  }

  setRef(id: number, hasRef: boolean): void {
    const entry = this.#entries.get(id);
    if (entry !== undefined) entry.hasRef = hasRef;
  }

  hasRef(id: number): boolean {
    return this.#entries.get(id)?.hasRef ?? false;
  }

  /** What is still set and that somebody could clear, in words. */
  left(): string[] {
    return [...this.#entries.values()].filter(({ name, hasRef, isInside }) => {
      return isInside && hasRef && name !== "AbortSignal.timeout()";
    })
      .map(({ name, delay }) => `${name} of ${delay} ms`);
  }

  refresh(id: number): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#timeline.disarm(entry.timer);
    this.#arm(id, entry.delay, entry.callback, entry.name);
  }

  clear(id: unknown): void {
    const entry = this.#entries.get(Number(id));
    if (entry === undefined) return;
    this.#timeline.disarm(entry.timer);
    this.#entries.delete(Number(id));
  }

  clearAll(): void {
    for (const id of [...this.#entries.keys()]) this.clear(id);
  }
}

/** A `Date` whose present is virtual. */
function fakeDate(now: () => number): DateConstructor {
  const real = Date;
  const fake: DateConstructor = new Proxy(real, {
    apply: () => new real(now()).toString(),
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget === fake ? target : newTarget) as Date,
    get: (target, key) => key === "now" ? now : Reflect.get(target, key),
  });
  return fake;
}

/** The global scope while it is another one. */
export interface FakeGlobals {
  /** The timers that are still set, in words. */
  timersLeft(): string[];
  /** Puts everything back. */
  restore(): void;
}

let areFake = false;

/**
 * Puts virtual clocks, timers and random numbers into the global scope.
 *
 * @param failed told what the callback of a timer has thrown
 * @returns what puts back what was there
 * @throws {RuntimeError} if another run has put its own there
 */
export function fakeGlobals(timeline: Timeline, seed: number, failed: (error: unknown) => void): FakeGlobals {
  if (areFake) {
    throw new RuntimeError(
      "Cannot use fakeGlobals in two virtual runs at once: the global scope has one clock. Await the first run before.",
    );
  }
  const timers = new FakeTimers(timeline, failed);
  const now = (): number => Math.floor(timeline.now);
  const put = new Replacements();
  const clear = (id: unknown): void => timers.clear(id);
  const scope: object = globalThis;
  put.replace(
    scope,
    "setTimeout",
    (call: unknown, delay?: unknown, ...args: unknown[]) => timers.set(call, delay, args, "setTimeout()"),
  );
  put.replace(
    scope,
    "setInterval",
    (call: unknown, delay?: unknown, ...args: unknown[]) => timers.set(call, delay, args, "setInterval()"),
  );
  put.replace(scope, "clearTimeout", clear);
  put.replace(scope, "clearInterval", clear);
  put.replace(AbortSignal, "timeout", (delay: number) => {
    const controller = new AbortController();
    timers.set(
      () => controller.abort(new DOMException("Signal timed out.", "TimeoutError")),
      delay,
      [],
      "AbortSignal.timeout()",
    );
    return controller.signal;
  });
  put.replace(performance, "now", () => timeline.now - timeline.start);
  put.replace(Math, "random", seededRandom(seed));
  put.replace(scope, "Date", fakeDate(now));
  areFake = true;
  return {
    timersLeft: () => timers.left(),
    restore() {
      timers.clearAll();
      put.restore();
      areFake = false;
    },
  };
}

/** Properties that stand for others until those are put back. */
export class Replacements {
  readonly #put: (() => void)[] = [];

  /** Replaces a property. */
  replace(target: object, name: string, value: unknown): void {
    const own = Object.getOwnPropertyDescriptor(target, name);
    Object.defineProperty(target, name, {
      value,
      writable: true,
      configurable: true,
      enumerable: own?.enumerable ?? true,
    });
    this.#put.push(() => {
      if (own === undefined) delete (target as Record<string, unknown>)[name];
      else Object.defineProperty(target, name, own);
    });
  }

  /** Puts back what was there, the last first. */
  restore(): void {
    for (let put = this.#put.pop(); put !== undefined; put = this.#put.pop()) put();
  }
}
