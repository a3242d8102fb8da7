/**
 * Threads by `node:worker_threads`, on Node and on whatever offers it.
 *
 * @module
 */
import { builtin } from "../shared/builtin.ts";
import type { HostWorker, WorkerEvents, WorkersAdapter } from "../workers.ts";

/** The part of a worker of `node:worker_threads` that is used. */
interface NodeWorker {
  on(event: "message" | "error" | "exit" | "messageerror", listener: (value: unknown) => void): unknown;
  postMessage(message: unknown, transfer?: readonly unknown[]): void;
  terminate(): Promise<number>;
  ref(): void;
  unref(): void;
}

/** What is used of `node:worker_threads`. */
interface NodeThreads {
  readonly SHARE_ENV: symbol;
  readonly Worker: new (url: URL, options: { readonly name: string; readonly env?: symbol }) => NodeWorker;
}

/** Starts a worker by `node:worker_threads`, with a copy of this thread's environment variables or these themselves. */
export function startThread(url: URL, name: string, events: WorkerEvents, shareEnv: boolean = false): HostWorker {
  const { SHARE_ENV, Worker } = builtin<NodeThreads>("node:worker_threads");
  const worker = new Worker(url, shareEnv ? { name, env: SHARE_ENV } : { name });
  let error: unknown = undefined;
  worker.on("message", (data) => events.message(data));
  worker.on("messageerror", () => events.messageError());
  // The end follows in an event of its own, on every runtime.
  worker.on("error", (thrown) => error = thrown);
  worker.on("exit", (code) => events.ended(typeof code === "number" ? code : null, error));
  worker.unref();
  return {
    post(message, transfer): void {
      if (transfer.length === 0) worker.postMessage(message);
      else worker.postMessage(message, transfer);
    },
    ref: () => worker.ref(),
    unref: () => worker.unref(),
    terminate: () => void worker.terminate(),
  };
}

/** The threads of Node. */
export const nodeWorkers: WorkersAdapter = { kind: "threads", start: startThread };
