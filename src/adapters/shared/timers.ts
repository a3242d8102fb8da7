/**
 * The host's timers, and what every adapter does with them in the same way.
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
 * would not reach. Deno makes its timers when the first of them is read, which takes longer than loading this module does, so what is
 * remembered there is the getter.
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
