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

// Taken once: a fake clock that a test puts into the global scope later must not stop the loop, whose own clock
// it would not reach.
const host = globalThis as unknown as HostTimers;

/** Calls back once after whole milliseconds. */
export const setTimeout: HostTimers["setTimeout"] = host.setTimeout;
/** Forgets a timer. */
export const clearTimeout: HostTimers["clearTimeout"] = host.clearTimeout;
/** Calls back again and again. */
export const setInterval: HostTimers["setInterval"] = host.setInterval;
/** Ends what {@linkcode setInterval} began. */
export const clearInterval: HostTimers["clearInterval"] = host.clearInterval;
/** Calls back in the next turn of the host's own loop. */
export const setImmediate: HostTimers["setImmediate"] = host.setImmediate;

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

/** Keeps the process from ending until the function that it gives is called. */
export function keepAlive(): () => void {
  const timer = setInterval(nothing, MAX_DELAY);
  return () => clearInterval(timer);
}
