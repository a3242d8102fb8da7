/**
 * Publish and subscribe, with subscribers that may be slow. Each has a bounded queue of its own, here of two messages. Who publishes never waits: a subscriber whose
 * queue is full loses its oldest message, and learns how many it has missed.
 *
 * @module
 */
import { type Coroutine, Queue, QueueShutDown, run, sleep, taskGroup } from "@loop/asyncio";

export class Subscription<T> {
  readonly #queue = new Queue<T>(2);
  #missed = 0;

  offer(message: T): void {
    if (this.#queue.full()) {
      this.#queue.getNowait();
      this.#missed++;
    }
    this.#queue.putNowait(message);
  }

  /** The next message, and how many were lost before it. */
  *next(): Coroutine<[message: T, missed: number]> {
    const message = yield* this.#queue.get();
    const missed = this.#missed;
    this.#missed = 0;
    return [message, missed];
  }

  /** Ends it, once what waits is read. */
  close(): void {
    this.#queue.shutdown();
  }
}

function* read(name: string, time: number, subscription: Subscription<number>): Coroutine<void> {
  try {
    for (;;) {
      const [message, missed] = yield* subscription.next();
      console.log(`${name} reads ${message}${missed > 0 ? ` and has missed ${missed}` : ""}`);
      yield* sleep(time);
    }
  } catch (error) {
    if (!(error instanceof QueueShutDown)) throw error;
  }
}

export function* demo(): Coroutine<void> {
  const topic = [new Subscription<number>(), new Subscription<number>()];
  yield* taskGroup(function* (group) {
    topic.forEach((one, i) => group.createTask(read(["fast", "slow"][i]!, [1, 45][i]!, one)));
    for (let i = 1; i <= 6; i++) {
      for (const subscription of topic) subscription.offer(i);
      yield* sleep(10);
    }
    for (const subscription of topic) subscription.close();
  });
}

if (import.meta.main) await run(demo);
