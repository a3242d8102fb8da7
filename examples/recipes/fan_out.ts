/**
 * Bounded fan-out with progress: the same work for many things, so many at a time, the results in the order of the things. The first failure
 * cancels what still runs.
 *
 * @module
 */
import { type Coroutine, run, sleep, taskGroup } from "@loop/asyncio";

export function* fanOut<T, R>(
  items: Iterable<T>,
  limit: number,
  work: (item: T) => Coroutine<R>,
  progress: (done: number) => void = () => {},
): Coroutine<R[]> {
  const results: R[] = [];
  // All workers take from the same iterator: who is done takes the next one.
  const numbered = [...items].entries();
  let done = 0;
  yield* taskGroup(function* (group) {
    for (let i = 0; i < limit; i++) group.createTask(worker, { name: `worker ${i + 1}` });
  });
  return results;

  function* worker(): Coroutine<void> {
    for (const [place, item] of numbered) {
      results[place] = yield* work(item);
      progress(++done);
    }
  }
}

export function* demo(): Coroutine<void> {
  const sizes = [30, 10, 40, 20, 25];
  function* load(size: number): Coroutine<string> {
    yield* sleep(size);
    return `${size} kB`;
  }
  const loaded = yield* fanOut(sizes, 2, load, (done) => console.log(`${done} of ${sizes.length}`));
  console.log(loaded.join(", "));
}

if (import.meta.main) await run(demo);
