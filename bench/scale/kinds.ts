/**
 * What is parked, and what on.
 *
 * @module
 */
import { createTask, type Event, type Future, sleep } from "../../mod.ts";

/** Parks one; what it returns is held. */
export type Park = (event: Event, future: Future<void>, promise: Promise<void>) => unknown;

/** What is parked, by what it is. */
export const KINDS: Readonly<Record<string, Park>> = {
  "a bare async function, await promise": (_event, _future, promise) => (async () => await promise)(),
  "a coroutine task, yield* future": (_event, future) =>
    createTask(function* () {
      yield* future;
    }),
  "a coroutine task, yield* event.wait()": (event) =>
    createTask(function* () {
      yield* event.wait();
    }),
  "an async task, await promise": (_event, _future, promise) => createTask(async () => await promise),
  "an async task, await future": (_event, future) => createTask(async () => await future),
  "an async task, await event.wait()": (event) => createTask(async () => void await event.wait()),
  "an async task, await sleep()": () => createTask(async () => void await sleep(3_600_000)),
  "an async helper in one task, await event.wait()": (event) => (async () => void await event.wait())(),
};
