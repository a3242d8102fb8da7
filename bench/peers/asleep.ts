/**
 * Makes many sleeping tasks of a peer and prints what they cost: `asleep.ts PEER COUNT`.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import process, { argv, exit, memoryUsage } from "node:process";
import type { Peer } from "./shapes.ts";

/** What sleeping tasks cost. */
export interface Asleep {
  /** Milliseconds in which they were made. */
  readonly made: number;
  /** Bytes of resident memory that one of them costs. */
  readonly bytes: number;
  /** Bytes of the collected heap that one of them costs; missing where it cannot be told. */
  readonly heap?: number;
  /** Resident bytes of the whole process when all sleep. */
  readonly rss: number;
  /** The same after a collection; missing where none can be asked for. */
  readonly collected?: number;
  /** How many were left once they were cancelled. */
  readonly left: number;
  /** Bytes of the heap that are left for each once they were cancelled. */
  readonly heapLeft?: number;
}

const [name, countText] = argv.slice(2) as [string, string];
const count = Number(countText);
const { peer }: { peer: Peer } = await import(`./${name}.ts`);

function resident(): number {
  try {
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync("/proc/self/status", "utf8"))![1]) * 1024;
  } catch {
    return memoryUsage().rss;
  }
}

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

// Once with a few, so that code is not counted as memory of tasks.
await (await peer.asleep!(1_000))();
const heapBefore = await heap();
const before = resident();
const start = performance.now();
let end: (() => Promise<number>) | null = await peer.asleep!(count);
const made = performance.now() - start;
const rss = resident();
const heapNow = await heap();
const collected = resident();
const left = await end();
end = null;
const heapAfter = await heap();
const result: Asleep = {
  made,
  bytes: (rss - before) / count,
  heap: (heapNow - heapBefore) / count,
  rss,
  collected,
  left,
  heapLeft: (heapAfter - heapBefore) / count,
};
console.log(JSON.stringify(result));
exit(0);
