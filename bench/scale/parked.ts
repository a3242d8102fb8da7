/**
 * What a parked async function costs in memory, beside a bare one of the host and a coroutine. Run it as
 * `deno run -A bench/scale/parked.ts [COUNT]`; it measures each in processes of its own, on Deno and Bun.
 *
 * @module
 */
import process, { argv, exit } from "node:process";
import { fileURLToPath } from "node:url";
import { createTask, Event, type Future, getRunningLoop, run, sleep } from "../../mod.ts";
import { quantile } from "../harness.ts";
import { findRuntimes, output } from "../runtimes.ts";

/** Parks one; what it returns is held. */
type Park = (event: Event, future: Future<void>, promise: Promise<void>) => unknown;

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

/** How often each is measured. */
const ROUNDS = 3;

async function heap(): Promise<number> {
  const { Bun: bun, gc } = globalThis as { Bun?: { gc(force: boolean): void }; gc?: () => void };
  // What was awaited is let go a turn later.
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (bun) bun.gc(true);
    else gc?.();
  }
  if (!bun) return process.memoryUsage().heapUsed;
  const jsc: { heapStats(): { heapSize: number; extraMemorySize: number } } = await import(`bun:${"jsc"}`);
  return jsc.heapStats().heapSize;
}

/** Parks so many and prints the bytes of the collected heap that one costs. */
async function measure(park: Park, count: number): Promise<void> {
  await run(async () => {
    const event = new Event();
    const future = getRunningLoop().createFuture<void>();
    const { promise, resolve } = Promise.withResolvers<void>();
    const held: unknown[] = [];
    // A few first, so that code is not counted as memory of tasks.
    for (let i = 0; i < 1_000; i++) held.push(park(event, future, promise));
    await sleep(5);
    const room = new Array(count).fill(null);
    const before = await heap();
    for (let i = 0; i < count; i++) room[i] = park(event, future, promise);
    await sleep(5);
    const after = await heap();
    console.log(Math.round((after - before) / count));
    // All that they hang on is still in use, so that none was collected.
    event.set();
    future.setResult();
    resolve();
    // Nobody waits for them to go on.
    exit(held.length + room.length > count ? 0 : 1);
  });
}

/** Prints the table. */
async function compare(count: number): Promise<void> {
  for (const { name, version, command } of findRuntimes()) {
    console.log(`\n${name} ${version}, bytes of the collected heap for each of ${count.toLocaleString("en")}`);
    const [program, ...args] = command as [string, ...string[]];
    const flags = name === "Deno" ? ["--v8-flags=--expose-gc"] : [];
    const file = fileURLToPath(import.meta.url);
    for (const kind of Object.keys(KINDS)) {
      const bytes: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        bytes.push(Number(await output([program, ...args, ...flags, file, "measure", kind, `${count}`])));
      }
      console.log(`  ${kind.padEnd(50)} ${String(quantile(bytes, 0.5)).padStart(6)}`);
    }
  }
}

if (argv[2] === "measure") await measure(KINDS[argv[3]!]!, Number(argv[4]));
else await compare(Number(argv[2] ?? 100_000));
