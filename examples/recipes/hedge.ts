/**
 * Hedged requests: when the first one takes long, another server is asked as well. The first answer counts, and the others are cancelled.
 *
 * @module
 */
import { type Coroutine, createTask, FIRST_COMPLETED, gather, run, sleep, type Task, wait } from "@loop/asyncio";

/**
 * Makes the first attempt, and the next one whenever so many milliseconds have passed without an answer. The first that succeeds is
 * the answer, and the others are cancelled; it has failed when none is left that runs.
 */
export function* hedge<T>(after: number, attempts: readonly (() => Coroutine<T>)[]): Coroutine<T> {
  const left = [...attempts];
  const running = new Set<Task<T>>();
  try {
    for (;;) {
      const attempt = left.shift();
      if (attempt !== undefined) running.add(createTask(attempt()));
      const timeout = left.length > 0 ? after : null;
      const [done] = yield* wait(running, { timeout, returnWhen: FIRST_COMPLETED });
      for (const task of done) {
        running.delete(task);
        const error = task.exception();
        if (error === null) return task.result();
        if (running.size === 0) throw error;
      }
    }
  } finally {
    // Nobody leaves before those who were asked in vain have heard of it.
    for (const task of running) task.cancel("another answer is there");
    // It reads their errors as well, which nobody wants to know any more.
    yield* gather([...running], { returnExceptions: true });
  }
}

function* ask(server: string, time: number): Coroutine<string> {
  console.log(`asks ${server}`);
  try {
    yield* sleep(time);
    return `the answer of ${server}`;
  } finally {
    console.log(`${server} is done`);
  }
}

export function* demo(): Coroutine<void> {
  console.log(yield* hedge(50, [() => ask("one", 500), () => ask("two", 30), () => ask("three", 10)]));
}

if (import.meta.main) await run(demo);
