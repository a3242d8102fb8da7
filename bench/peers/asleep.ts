/**
 * Makes many sleeping tasks of a peer and prints what they cost: `asleep.ts PEER COUNT`, where PEER is a file here.
 */
import { argv, exit } from "node:process";
import { collectedHeap, residentHere } from "../harness/usage.ts";
import type { Peer } from "./peer.ts";

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

// Once with a few, so that code is not counted as memory of tasks.
await (await peer.asleep!(1_000))();
const heapBefore = await collectedHeap();
const before = residentHere();
const start = performance.now();
let end: (() => Promise<number>) | null = await peer.asleep!(count);
const made = performance.now() - start;
const rss = residentHere();
const heapNow = await collectedHeap();
const collected = residentHere();
const left = await end();
end = null;
const heapAfter = await collectedHeap();
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
