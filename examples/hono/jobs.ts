/** A queue of jobs, fed by POST, and the workers that empty it. */
import type { Hono } from "hono";
import { type Coroutine, Queue, QueueShutDown, sleep } from "@loop/asyncio";
import { routes } from "@loop/asyncio/hono";

export class JobQueue {
  readonly #queue = new Queue<number>(100);
  readonly #working = new Map<string, number>();
  readonly #done: string[] = [];
  #last = 0;

  /** Waits while the queue is full, so a flood of POSTs does not fill the memory. */
  *add(): Coroutine<number> {
    const job = ++this.#last;
    yield* this.#queue.put(job);
    return job;
  }

  *work(worker: string): Coroutine<void> {
    for (;;) {
      let job: number;
      try {
        job = yield* this.#queue.get();
      } catch (error) {
        if (error instanceof QueueShutDown) return;
        throw error;
      }
      this.#working.set(worker, job);
      yield* sleep(500);
      this.#working.delete(worker);
      this.#done.push(`job ${job} by ${worker}`);
      if (this.#done.length > 10) this.#done.shift();
      this.#queue.taskDone();
    }
  }

  /** Takes no more jobs; the workers end once those that are queued are done. */
  close(): void {
    this.#queue.shutdown();
  }

  toJSON(): unknown {
    const working = [...this.#working].map(([worker, job]) => `job ${job} by ${worker}`);
    return { waiting: this.#queue.qsize(), working, done: this.#done };
  }
}

export function addJobs(app: Hono, jobs: JobQueue): void {
  routes(app)
    .get("/jobs", (c) => c.json(jobs))
    .post("/jobs", function* (c) {
      return c.json({ accepted: yield* jobs.add() }, 202);
    });
}
