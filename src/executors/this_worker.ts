/**
 * The worker that this thread is. What runs in a worker says so here, and whoever calls out of it asks: neither loads the other.
 *
 * @module
 */

/** Who is told what came of a call out of a worker. */
export interface Told {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** The worker that this thread is, for those who call out of it. */
export interface ThisWorker {
  /** Calls what the pool has exposed by a name; returns what revokes the call. */
  invoke(name: string, args: readonly unknown[], told: Told): (message?: string) => void;
}

let worker: ThisWorker | null = null;

/** This thread is a worker from now on. */
export function becomeWorker(self: ThisWorker): void {
  worker = self;
}

/** The worker that this thread is; null if the thread is not a worker. */
export function thisWorker(): ThisWorker | null {
  return worker;
}
