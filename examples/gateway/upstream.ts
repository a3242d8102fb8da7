/**
 * A service behind the gateway: its replicas, and what keeps it and the gateway from harm.
 *
 * @module
 */
import { type Coroutine, fromPromise, type LazyAwaitable, Semaphore, timeout, TimeoutError } from "@loop/asyncio";
import { HttpError } from "@loop/asyncio/http";
import { CircuitBreaker } from "./circuit_breaker.ts";
import { hedge } from "../recipes/hedge.ts";
import { retry } from "./retry.ts";

/** Requests that a service gets at once; others wait in line, and leave it when nobody wants their answer any more. */
const AT_ONCE = 8;
/** Milliseconds for one attempt. */
const ATTEMPT = 2_000;

/** A service that answers GET with JSON. */
export class Upstream {
  readonly #name: string;
  readonly #replicas: readonly string[];
  readonly #places = new Semaphore(AT_ONCE);
  readonly #breaker: CircuitBreaker;
  readonly #hedgeAfter: number;
  #next = 0;
  #running = 0;
  #attempts = 0;

  /** Another replica is asked as well after so many milliseconds without an answer. */
  constructor(name: string, replicas: readonly string[], hedgeAfter: number) {
    this.#hedgeAfter = hedgeAfter;
    this.#name = name;
    this.#replicas = replicas;
    this.#breaker = new CircuitBreaker(name);
  }

  /** Asks until there is an answer: again after a failure, and a second replica when the first takes long. */
  get(path: string): Coroutine<unknown> {
    return retry(() => hedge(this.#hedgeAfter, this.#some(2).map((url) => () => this.#attempt(url + path))));
  }

  /** So many replicas, in turn; the same one twice if there is no other. */
  #some(count: number): string[] {
    if (this.#replicas.length === 0) throw new HttpError(503, `There is no service ${this.#name}.\n`);
    const first = this.#next++;
    return Array.from({ length: count }, (_, i) => this.#replicas[(first + i) % this.#replicas.length] as string);
  }

  *#attempt(url: string): Coroutine<unknown> {
    using _place = yield* this.#places.acquire();
    return yield* this.#breaker.run(() => this.#ask(url));
  }

  *#ask(url: string): Coroutine<unknown> {
    this.#attempts++;
    this.#running++;
    try {
      return yield* timeout(ATTEMPT, () => getJson(url));
    } catch (error) {
      if (error instanceof TimeoutError) throw new HttpError(504, `No answer from ${this.#name}.\n`);
      throw error;
    } finally {
      this.#running--;
    }
  }

  /** For `/status`. */
  toJSON(): unknown {
    return { name: this.#name, circuit: this.#breaker.state, running: this.#running, attempts: this.#attempts };
  }
}

/** The signal aborts when the coroutine is cancelled, so that the connection ends with it. */
function getJson(url: string): LazyAwaitable<unknown> {
  return fromPromise(async (signal) => {
    const response = await fetch(url, { signal }).catch((cause) => {
      throw signal.aborted ? cause : new HttpError(502, "A service cannot be reached.\n", { cause });
    });
    if (response.ok) return await response.json() as unknown;
    await response.body?.cancel();
    const { status } = response;
    throw new HttpError(status < 500 ? status : 502, `A service has answered ${status}.\n`);
  });
}
