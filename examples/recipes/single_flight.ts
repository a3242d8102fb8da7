/**
 * Single flight: who asks for what is being fetched already waits for that. One who is cancelled leaves the others alone; when the last one has
 * left, the work is cancelled.
 *
 * @module
 */
import { type Coroutine, createTask, gather, run, shield, sleep, type Task } from "@loop/asyncio";

export class SingleFlight<K, V> {
  readonly #fetch: (key: K) => Coroutine<V>;
  readonly #flights = new Map<K, { readonly task: Task<V>; waiting: number }>();

  constructor(fetch: (key: K) => Coroutine<V>) {
    this.#fetch = fetch;
  }

  *get(key: K): Coroutine<V> {
    let flight = this.#flights.get(key);
    if (flight === undefined) {
      const task = createTask(this.#fetch(key));
      this.#flights.set(key, flight = { task, waiting: 0 });
      task.addDoneCallback(() => this.#land(key, task));
    }
    flight.waiting++;
    try {
      // A cancel ends this wait and not the task, for which others may wait.
      return yield* shield(flight.task);
    } finally {
      if (--flight.waiting === 0 && !flight.task.done()) {
        this.#land(key, flight.task);
        flight.task.cancel();
      }
    }
  }

  #land(key: K, task: Task<V>): void {
    if (this.#flights.get(key)?.task === task) this.#flights.delete(key);
  }
}

export function* demo(): Coroutine<void> {
  const users = new SingleFlight(function* (id: number): Coroutine<string> {
    console.log(`fetching user ${id}`);
    yield* sleep(10);
    return `user ${id}`;
  });
  console.log((yield* gather([7, 7, 8, 7].map((id) => users.get(id)))).join(", "));
  console.log(yield* users.get(7));
}

if (import.meta.main) await run(demo);
