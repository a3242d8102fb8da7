/**
 * What processes use, as the system tells it. Programs that are measured load this file: it must cost next to nothing.
 */
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";

/** The processor time that a process has taken with all its threads, in seconds; null where the system does not tell. */
export function cpuSeconds(pid: number): number | null {
  try {
    let nanoseconds = 0;
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      nanoseconds += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]);
    }
    return nanoseconds / 1e9;
  } catch {
    return null;
  }
}

/** The resident memory of a process, in bytes; null where the system does not tell. */
export function residentBytes(pid: number | "self"): number | null {
  try {
    const found = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
    return found === null ? null : Number(found[1]) * 1024;
  } catch {
    return null;
  }
}

/** The resident memory of this process, in bytes. */
export function residentHere(): number {
  return residentBytes("self") ?? process.memoryUsage().rss;
}

/** The bytes of this process's heap after a collection, which it must be able to ask for: see `COLLECTING`. */
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
