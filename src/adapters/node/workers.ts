/**
 * Threads by `node:worker_threads`, on Node and on whatever offers it.
 *
 * @module
 */
import "../../loop/one_part.ts";
import { builtin } from "../shared/process.ts";
import { type WorkerData, workerWithPort } from "../shared/thread_port.ts";
import type { HostWorker, WorkerEvents, WorkersAdapter } from "../workers.ts";

/** The part of a worker of `node:worker_threads` that is used. */
interface NodeWorker {
  on(event: "error" | "exit", listener: (value: unknown) => void): unknown;
  terminate(): Promise<number>;
  ref(): void;
  unref(): void;
}

/** How one is made. */
interface NodeWorkerOptions extends WorkerData {
  readonly name: string;
  readonly env?: symbol;
}

/** What is used of `node:worker_threads`. */
interface NodeThreads {
  readonly SHARE_ENV: symbol;
  readonly Worker: new (url: URL, options: NodeWorkerOptions) => NodeWorker;
}

/** Starts a worker by `node:worker_threads`, with a copy of this thread's environment variables or these themselves. */
export function startThread(url: URL, name: string, events: WorkerEvents, shareEnv: boolean = false): HostWorker {
  const { SHARE_ENV, Worker } = builtin<NodeThreads>("node:worker_threads");
  const options = shareEnv ? { name, env: SHARE_ENV } : { name };
  const [worker, port] = workerWithPort(events, (data) => new Worker(url, { ...options, ...data }));
  let error: unknown = undefined;
  // The end follows in an event of its own, on every runtime.
  worker.on("error", (thrown) => error = thrown);
  worker.on("exit", (code) => {
    port.drain(events.message);
    events.ended(typeof code === "number" ? code : null, error);
  });
  worker.unref();
  return {
    post: (message, transfer) => port.post(message, transfer),
    // Not the port's: that is closed before the worker reports how it ended.
    ref: () => worker.ref(),
    unref: () => worker.unref(),
    terminate: () => void worker.terminate(),
  };
}

/** The threads of Node. */
export const nodeWorkers: WorkersAdapter = { start: startThread };
