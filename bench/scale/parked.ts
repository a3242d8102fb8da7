/**
 * Parks so many and prints the bytes of the collected heap that one costs: `parked.ts KIND COUNT`.
 *
 * @module
 */
import { argv, exit } from "node:process";
import { Event, getRunningLoop, run, sleep } from "../../mod.ts";
import { collectedHeap } from "../harness/memory.ts";
import { KINDS } from "./kinds.ts";

const park = KINDS[argv[2]!]!;
const count = Number(argv[3]);

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
