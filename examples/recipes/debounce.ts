/**
 * Debounce: of events that come in bursts only the last one of each burst is handled, once it has been quiet for a while.
 *
 * @module
 */
import { type Coroutine, Queue, QueueShutDown, run, sleep, taskGroup, timeout, TimeoutError } from "@loop/asyncio";

/** Handles what comes out of a queue, until that is shut down. */
export function* debounce<T>(
  events: Queue<T>,
  quiet: number,
  handle: (last: T) => Coroutine<void>,
): Coroutine<void> {
  try {
    for (;;) {
      let last = yield* events.get();
      try {
        // The get of a queue loses nothing when it is cancelled: the item stays.
        for (;;) last = yield* timeout(quiet, () => events.get());
      } catch (error) {
        if (!(error instanceof TimeoutError || error instanceof QueueShutDown)) throw error;
      }
      yield* handle(last);
    }
  } catch (error) {
    if (!(error instanceof QueueShutDown)) throw error;
  }
}

export function* demo(): Coroutine<void> {
  const keys = new Queue<string>();
  yield* taskGroup(function* (group) {
    group.createTask(debounce(keys, 100, function* (text): Coroutine<void> {
      console.log(`search for ${text}`);
      yield* sleep(10);
    }));
    for (const [text, pause] of [["h", 50], ["he", 60], ["hel", 300], ["hello", 20]] as const) {
      keys.putNowait(text);
      yield* sleep(pause);
    }
    keys.shutdown();
  });
}

if (import.meta.main) await run(demo);
