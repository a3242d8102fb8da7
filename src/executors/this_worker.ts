/**
 * Whether this thread is a worker of a pool.
 *
 * @module
 */
import type { ConcurrentFuture } from "../tasks/threadsafe.ts";

/** The worker that this thread is, for those who call out of it. */
export interface ThisWorker {
  /** Calls what the pool has exposed by a name. */
  invoke(name: string, args: readonly unknown[]): ConcurrentFuture<unknown>;
}

let worker: ThisWorker | null = null;

/** Said once, by what a worker loads first. */
export function setThisWorker(self: ThisWorker): void {
  worker = self;
}

/** The worker that this thread is; null if it is none. */
export function thisWorker(): ThisWorker | null {
  return worker;
}
