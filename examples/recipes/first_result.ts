/**
 * The first result wins: several ways to the same answer at once. The losers are cancelled and waited for, so that nothing of them is left.
 *
 * @module
 */
import { type Coroutine, createTask, ExceptionGroup, FIRST_COMPLETED, gather, run, sleep, wait } from "@loop/asyncio";

/** Returns what the first that succeeds returns; throws all errors if none does. */
export function* firstResult<T>(...ways: (() => Coroutine<T>)[]): Coroutine<T> {
  const errors: unknown[] = [];
  const running = new Set(ways.map((way) => createTask(way)));
  try {
    while (running.size > 0) {
      const [done] = yield* wait(running, { returnWhen: FIRST_COMPLETED });
      for (const task of done) {
        running.delete(task);
        if (!task.cancelled() && task.exception() === null) return task.result();
        errors.push(task.cancelled() ? new Error("a way was cancelled") : task.exception());
      }
    }
    throw new ExceptionGroup("no way led to a result", errors);
  } finally {
    for (const task of running) task.cancel("another was faster");
    // It reads their errors as well, which nobody wants to know any more.
    yield* gather([...running], { returnExceptions: true });
  }
}

function* ask(server: string, time: number): Coroutine<string> {
  try {
    yield* sleep(time);
    if (server === "broken") throw new Error("it is broken");
    return `the answer of ${server}`;
  } finally {
    console.log(`${server} is done`);
  }
}

export function* demo(): Coroutine<void> {
  console.log(yield* firstResult(() => ask("slow", 300), () => ask("broken", 10), () => ask("fast", 20)));
}

if (import.meta.main) await run(demo);
