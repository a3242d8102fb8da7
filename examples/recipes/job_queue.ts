/**
 * A job queue with priorities: the most urgent job first, those of the same urgency as they came. Who adds a job gets a future of its result; a
 * job whose future was cancelled is not begun.
 *
 * @module
 */
import { CancelledError, type Coroutine, type Future, getRunningLoop } from "@loop/asyncio";
import { PriorityQueue, run, sleep, taskGroup } from "@loop/asyncio";

type Job = readonly [urgency: number, place: number, run: () => Coroutine<void>];

export class JobQueue {
  readonly #jobs = new PriorityQueue<Job>(0, { compare: (a, b) => b[0] - a[0] || a[1] - b[1] });
  #count = 0;

  add<T>(urgency: number, work: () => Coroutine<T>): Future<T> {
    const result = getRunningLoop().createFuture<T>();
    this.#jobs.putNowait([urgency, this.#count++, () => complete(work, result)]);
    return result;
  }

  /** Does jobs until it is cancelled. Several workers may share the queue. */
  *work(): Coroutine<never> {
    for (;;) yield* (yield* this.#jobs.get())[2]();
  }
}

function* complete<T>(work: () => Coroutine<T>, result: Future<T>): Coroutine<void> {
  if (result.done()) return;
  try {
    const value = yield* work();
    if (!result.done()) result.setResult(value);
  } catch (error) {
    if (error instanceof CancelledError) throw error;
    if (!result.done()) result.setException(error);
  } finally {
    // It has neither if the worker was cancelled.
    result.cancel();
  }
}

export function* demo(): Coroutine<void> {
  const queue = new JobQueue();
  const jobs = [[1, "tea"], [1, "cake"], [9, "fire"], [5, "letter"]] as const;
  const results = jobs.map(([urgency, name]) =>
    queue.add(urgency, function* () {
      yield* sleep(10);
      console.log(`${name} is done`);
    })
  );
  results[3]!.cancel();
  yield* taskGroup(function* (group) {
    const worker = group.createTask(queue.work());
    for (const result of results) if (!result.cancelled()) yield* result;
    worker.cancel();
  });
}

if (import.meta.main) await run(demo);
