/**
 * A cache with refresh: what is fresh is returned at once; what is stale is returned at once as well, and fetched anew meanwhile; what is too
 * old, or was never there, is waited for. Nothing is fetched twice at a time.
 *
 * @module
 */
import { type Coroutine, createTask, getRunningLoop, run, shield, sleep, type Task } from "@loop/asyncio";

/** What a fetch returns is fresh for so many milliseconds, and can be used for so many. */
export function cached<K, V>(fetch: (key: K) => Coroutine<V>, fresh: number, usable: number): (key: K) => Coroutine<V> {
  const values = new Map<K, { readonly value: V; readonly since: number }>();
  const fetching = new Map<K, Task<V>>();

  function refresh(key: K): Task<V> {
    const since = getRunningLoop().time();
    const task = createTask(fetch(key), { name: `refresh ${key}` });
    fetching.set(key, task);
    // A refresh that fails leaves the old value. The loop reports its error if nobody waits for it.
    task.addDoneCallback(() => {
      fetching.delete(key);
      if (!task.cancelled() && task.exception() === null) values.set(key, { value: task.result(), since });
    });
    return task;
  }

  return function* (key) {
    const known = values.get(key);
    const age = known === undefined ? Infinity : getRunningLoop().time() - known.since;
    if (age < fresh) return known!.value;
    const task = fetching.get(key) ?? refresh(key);
    // One who is cancelled leaves the others what they wait for.
    return age < usable ? known!.value : yield* shield(task);
  };
}

export function* demo(): Coroutine<void> {
  let version = 0;
  const news = cached(
    function* (topic: string): Coroutine<string> {
      yield* sleep(10);
      return `${topic} ${++version}`;
    },
    100,
    1_000,
  );
  for (const pause of [0, 50, 200, 20, 2_000]) {
    yield* sleep(pause);
    console.log(yield* news("weather"));
  }
}

if (import.meta.main) await run(demo);
