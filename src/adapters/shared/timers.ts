/**
 * The host's timers and macrotasks, and what every adapter does with them in the same way.
 *
 * @module
 */

/** The part of a host's global scope that the adapters call. All three hosts have it under these names. */
interface HostTimers {
  setTimeout(callback: () => void, delay: number): unknown;
  clearTimeout(timer: unknown): void;
  setInterval(callback: () => void, delay: number): unknown;
  clearInterval(timer: unknown): void;
  setImmediate(callback: () => void): unknown;
}

/**
 * Remembers one of them as it is now: a fake clock that a test puts into the global scope later must not stop the loop, whose own clock it
 * would not reach. Where the host has a getter that is remembered: quirk `dear-timers` of Deno. The fake timers of Bun's test runner stop what
 * is remembered as well, which `src/testing/` finds out.
 */
function remember<Name extends keyof HostTimers>(name: Name): () => HostTimers[Name] {
  const getter = Object.getOwnPropertyDescriptor(globalThis, name)?.get;
  if (getter !== undefined) return getter as () => HostTimers[Name];
  const timer = (globalThis as unknown as HostTimers)[name];
  return () => timer;
}

const timeout = remember("setTimeout");
const timeoutEnd = remember("clearTimeout");
const interval = remember("setInterval");
const intervalEnd = remember("clearInterval");
const immediate = remember("setImmediate");
const host = performance;
const read = host.now;

/** The host's clock, in milliseconds; remembered as well, since a timer would never be due on a fake one that stands still. */
export function now(): number {
  return read.call(host);
}

/**
 * Another clock of the host, in whole milliseconds, which Deno reads in half the time. It may be set to any other time at any moment; remembered as
 * well.
 */
export const tick: () => number = Date.now;

/** Calls back once after whole milliseconds. */
export let setTimeout: HostTimers["setTimeout"] = (callback, delay) => {
  setTimeout = timeout.call(globalThis);
  return setTimeout(callback, delay);
};

/** Forgets a timer. */
export let clearTimeout: HostTimers["clearTimeout"] = (timer) => {
  clearTimeout = timeoutEnd.call(globalThis);
  clearTimeout(timer);
};

/** Calls back again and again. */
export let setInterval: HostTimers["setInterval"] = (callback, delay) => {
  setInterval = interval.call(globalThis);
  return setInterval(callback, delay);
};

/** Ends what {@linkcode setInterval} began. */
export let clearInterval: HostTimers["clearInterval"] = (timer) => {
  clearInterval = intervalEnd.call(globalThis);
  clearInterval(timer);
};

/** Calls back in the next turn of the host's own loop. */
export let setImmediate: HostTimers["setImmediate"] = (callback) => {
  setImmediate = immediate.call(globalThis);
  return setImmediate(callback);
};

/** Lets the process end before a timer is due. */
export function unrefTimer(timer: unknown): void {
  (timer as { unref?(): void }).unref?.();
}

/** The longest delay, in milliseconds, that hosts count. With a longer one they all call back at once. */
export const MAX_DELAY: number = 2 ** 31 - 1;

/**
 * How long, in milliseconds, a stream that is closed while reading is paused reads on into the void: the system would reset a connection that is
 * closed with bytes unread. It is enough for a look at the socket.
 */
export const LINGER = 10;

/** Rounds a delay up to what a host counts, since hosts cut fractions off, and down to the most it counts. */
export function wholeDelay(delay: number): number {
  return delay < MAX_DELAY ? Math.ceil(delay) : MAX_DELAY;
}

function nothing(): void {}

/** Keeps the process from ending until the function that it returns is called. */
export function keepAlive(): () => void {
  const timer = setInterval(nothing, MAX_DELAY);
  return () => clearInterval(timer);
}

/** As long as something is ready, Deno looks at its sockets in one of this many turns: quirk `rare-polls`. */
const TURNS_BETWEEN_POLLS = 61;

/** How old, in milliseconds, the last certain look at the sockets may grow. A deep hop costs about 0.08 of one. */
const POLL_INTERVAL = 4;

let polledAt = -Infinity;

/** Notes that Deno has just looked at everything that it waits for: an event has come that it can only have seen there. */
export function noteLook(): void {
  polledAt = now();
}

/**
 * The macrotask between two turns of the loop, on a host that looks at its sockets in every turn. `setTimeout(0)` would cost one to two
 * milliseconds of idleness, and a MessageChannel starves sockets on every host.
 */
export function plainHop(callback: () => void): void {
  setImmediate(callback);
}

/**
 * The same for Deno. Most of the time it is a plain one. When sockets may have waited for a few milliseconds, it
 * goes through as many empty turns as make Deno look at them: with a millisecond of work in each turn they
 * would otherwise wait for sixty.
 */
export function denoHop(callback: () => void): void {
  if (now() - polledAt < POLL_INTERVAL) {
    setImmediate(callback);
    return;
  }
  let turns = TURNS_BETWEEN_POLLS;
  const turn = (): void => {
    if (turns-- > 0) {
      setImmediate(turn);
      return;
    }
    polledAt = now();
    callback();
  };
  setImmediate(turn);
}

/** The part of the global scope that tells whether a test runner is at work. */
interface Globals {
  readonly Bun?: { readonly main?: string };
  readonly process?: { readonly env?: Record<string, string | undefined> };
}

/**
 * Whether it may happen: the matchers of Bun's test runner wait for a promise by turning the host's loop, in the middle of whoever calls them.
 * The runner can be recognized by the environment that it sets, and by the name of the file that it runs.
 */
export const turnsInside: boolean = ((globals: Globals): boolean => {
  if (globals.Bun === undefined) return false;
  return globals.process?.env?.["NODE_ENV"] === "test" || /[._](test|spec)\.[cm]?[jt]sx?$/.test(globals.Bun.main ?? "");
})(globalThis as Globals);
