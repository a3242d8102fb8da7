/**
 * Asking again.
 *
 * @module
 */
import { type Coroutine, type LazyAwaitable, sleep } from "@loop/asyncio";
import { HttpError } from "@loop/asyncio/http";
import { CircuitOpen } from "./circuit_breaker.ts";

/** How often it is asked in all. */
const ATTEMPTS = 3;
/** Milliseconds before the second attempt at most; twice as many before each later one. */
const BACKOFF = 50;

/** Whether it may be different next time. What the service has refused for good, it would refuse again. */
function isWorthRetrying(error: unknown): boolean {
  return error instanceof HttpError && error.status >= 500 && !(error instanceof CircuitOpen);
}

/** Does it again when it fails, after a wait whose length is left to chance, so that many do not come back at once. */
export function* retry<T>(attempt: () => Coroutine<T> | LazyAwaitable<T>): Coroutine<T> {
  for (let i = 1;; i++) {
    try {
      return yield* attempt();
    } catch (error) {
      if (i === ATTEMPTS || !isWorthRetrying(error)) throw error;
    }
    yield* sleep(Math.random() * BACKOFF * 2 ** (i - 1));
  }
}
