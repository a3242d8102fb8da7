/**
 * The memory of the process that asks.
 */
import process from "node:process";
import { residentBytes } from "./processes.ts";

/** The bytes of the heap after a collection, which the process must be able to ask for: see `COLLECTING`. */
export async function collectedHeap(): Promise<number> {
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

/** The resident bytes of this process. */
export function residentHere(): number {
  return residentBytes("self") ?? process.memoryUsage().rss;
}
