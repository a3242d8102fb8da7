/**
 * Parks so many and prints the bytes of the collected heap that one costs: `parked.ts KIND COUNT`. Without a kind it prints the kinds as JSON.
 */
import { argv, exit } from "node:process";
import { createTask, Event, type Future, getRunningLoop, run, sleep } from "../../mod.ts";
import { collectedHeap } from "../harness/usage.ts";

/** Parks one; what it returns is held. */
type Park = (event: Event, future: Future<void>, promise: Promise<void>) => unknown;

/** What is parked, by what it is. */
const KINDS: Readonly<Record<string, Park>> = {
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

const [kind, count] = [argv[2], Number(argv[3])];
if (kind === undefined) {
  console.log(JSON.stringify(Object.keys(KINDS)));
  exit(0);
}
const park = KINDS[kind]!;

await run(async () => {
  const event = new Event();
  const future = getRunningLoop().createFuture<void>();
  const { promise, resolve } = Promise.withResolvers<void>();
  const held: unknown[] = [];
  // A few first, so that code is not counted as memory of tasks.
  for (let i = 0; i < 1_000; i++) held.push(park(event, future, promise));
  await sleep(5);
  const room = new Array(count).fill(null);
  const before = await collectedHeap();
  for (let i = 0; i < count; i++) room[i] = park(event, future, promise);
  await sleep(5);
  const after = await collectedHeap();
  console.log(Math.round((after - before) / count));
  // All that they hang on is still in use, so that none was collected.
  event.set();
  future.setResult();
  resolve();
  // Nobody waits for them to go on.
  exit(held.length + room.length > count ? 0 : 1);
});
