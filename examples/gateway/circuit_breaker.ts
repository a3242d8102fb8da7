/**
 * Not asking a service that is down.
 *
 * @module
 */
import { type Coroutine, getRunningLoop, type LazyAwaitable } from "@loop/asyncio";
import { HttpError } from "@loop/asyncio/http";

/** So many failures in a row open the circuit. */
const FAILURES = 5;
/** Milliseconds until somebody may try again. */
const OPEN_FOR = 2_000;

/** The service was not even asked. */
export class CircuitOpen extends HttpError {
  constructor(name: string, ms: number) {
    const headers = { "retry-after": String(Math.ceil(ms / 1_000)) };
    super(503, `The service ${name} is down; it was not asked.\n`, { headers });
  }
}

/** Closed it lets everybody through, open nobody; when it was open for a while it lets one through, and what becomes of that decides. */
export class CircuitBreaker {
  readonly #name: string;
  #failures = 0;
  #openUntil = 0;
  #probing = false;

  constructor(name: string) {
    this.#name = name;
  }

  /** Where it stands, for people. */
  get state(): "closed" | "open" | "half open" {
    if (this.#failures < FAILURES) return "closed";
    return getRunningLoop().time() < this.#openUntil ? "open" : "half open";
  }

  /** Does it, unless the circuit is open. */
  *run<T>(body: () => Coroutine<T> | LazyAwaitable<T>): Coroutine<T> {
    const { state } = this;
    if (state === "open" || (state === "half open" && this.#probing)) {
      throw new CircuitOpen(this.#name, this.#openUntil - getRunningLoop().time());
    }
    this.#probing = state === "half open";
    try {
      const value = yield* body();
      this.#failures = 0;
      return value;
    } catch (error) {
      // One that was cancelled says nothing about the service, nor does a request that it refuses.
      if (error instanceof HttpError && error.status >= 500) this.#failed();
      throw error;
    } finally {
      if (state === "half open") this.#probing = false;
    }
  }

  #failed(): void {
    this.#failures++;
    if (this.#failures >= FAILURES) this.#openUntil = getRunningLoop().time() + OPEN_FOR;
  }
}
