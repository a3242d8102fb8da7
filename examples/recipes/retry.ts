/**
 * Retry with backoff and jitter: try again after a pause that doubles each time and whose length is left to chance, so that many who failed at
 * once do not all come back at once.
 *
 * @module
 */
import { CancelledError, type Coroutine, type LazyAwaitable, run, sleep } from "@loop/asyncio";

export interface RetryOptions {
  /** How often it is tried in all. */
  readonly attempts?: number;
  /** Milliseconds of the first pause at most. */
  readonly pause?: number;
  /** Milliseconds of any pause at most. */
  readonly longest?: number;
  /** Whether an error may be gone next time. */
  readonly isWorthIt?: (error: unknown) => boolean;
}

export function* retry<T>(
  attempt: () => Coroutine<T> | LazyAwaitable<T>,
  { attempts = 5, pause = 100, longest = 10_000, isWorthIt = () => true }: RetryOptions = {},
): Coroutine<T> {
  for (let i = 1;; i++) {
    try {
      return yield* attempt();
    } catch (error) {
      // A cancel is not a failure: who is cancelled must not try again.
      if (error instanceof CancelledError || i === attempts || !isWorthIt(error)) throw error;
    }
    yield* sleep(Math.random() * Math.min(longest, pause * 2 ** (i - 1)));
  }
}

export function* demo(): Coroutine<void> {
  let asked = 0;
  const answer = yield* retry(function* (): Coroutine<string> {
    yield* sleep(10);
    if (++asked < 3) throw new Error(`attempt ${asked} failed`);
    return "an answer";
  });
  console.log(`${answer} at attempt ${asked}`);
}

if (import.meta.main) await run(demo);
