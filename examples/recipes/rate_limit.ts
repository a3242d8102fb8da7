/**
 * A rate limit: so many in a time, in the order in which they came. A few may go at once when nobody came for a while.
 *
 * @module
 */
import { type Coroutine, gather, getRunningLoop, run, sleep } from "@loop/asyncio";

export class RateLimit {
  readonly #interval: number;
  readonly #burst: number;
  /** When the next one would be due if all came evenly. */
  #due = -Infinity;

  /** So many in so many milliseconds, of which `burst` may go at once. */
  constructor(count: number, milliseconds: number, burst = 1) {
    this.#interval = milliseconds / count;
    this.#burst = (burst - 1) * this.#interval;
  }

  /** Waits for its turn. Who is cancelled meanwhile leaves the turn unused. */
  *pass(): Coroutine<void> {
    const now = getRunningLoop().time();
    const due = Math.max(now, this.#due);
    this.#due = due + this.#interval;
    if (due - this.#burst > now) yield* sleep(due - this.#burst - now);
  }
}

export function* demo(): Coroutine<void> {
  const limit = new RateLimit(10, 1_000, 3);
  const start = getRunningLoop().time();
  function* ask(n: number): Coroutine<void> {
    yield* limit.pass();
    console.log(`request ${n} after ${Math.round((getRunningLoop().time() - start) / 100) * 100} ms`);
  }
  yield* gather([1, 2, 3, 4, 5].map(ask));
}

if (import.meta.main) await run(demo);
