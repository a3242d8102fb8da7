/**
 * A stand-in for `@std/async`: the same names and signatures, only what the tests use.
 *
 * @module
 */

/** What can be said about a {@linkcode delay}. */
export interface DelayOptions {
  /** Ends the wait; the promise rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Whether the wait keeps the process alive. By default it does. */
  persistent?: boolean;
}

/** What can be said about a {@linkcode deadline}. */
export interface DeadlineOptions {
  /** Ends the wait; the promise rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** Resolves after so many milliseconds. */
export function delay(ms: number, options: DelayOptions = {}): Promise<void> {
  const { signal, persistent = true } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", abort, { once: true });
    if (!persistent && typeof timer === "object") timer.unref();
  });
}

/** The promise's own outcome, or a `DOMException` named `TimeoutError` when it takes longer than that. */
export async function deadline<T>(promise: Promise<T>, ms: number, options: DeadlineOptions = {}): Promise<T> {
  const { promise: end, reject } = Promise.withResolvers<never>();
  const { signal } = options;
  if (signal?.aborted) throw signal.reason;
  const abort = () => reject(signal?.reason);
  const timer = ms < 2 ** 31
    ? setTimeout(() => reject(new DOMException("Signal timed out.", "TimeoutError")), ms)
    : undefined;
  signal?.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([promise, end]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}
