/**
 * Threads on Bun: its own `Worker`, which starts in a third of the time that `node:worker_threads` takes there.
 *
 * @module
 */
import "../../loop/one_part.ts";
import { type WorkerData, workerWithPort } from "../shared/thread_port.ts";
import type { HostWorker, WorkerEvents, WorkersAdapter } from "../workers.ts";

/** Bun's worker, with what it has more than others. */
interface BunWorker {
  onerror: ((event: { readonly message?: string; preventDefault?(): void }) => void) | null;
  addEventListener(type: "close", listener: (event: { readonly code?: number }) => void): void;
  ref(): void;
  unref(): void;
  terminate(): void;
}

/** How one is made. */
interface BunWorkerOptions extends WorkerData {
  readonly type: "module";
  readonly name: string;
  readonly ref: boolean;
}

type BunWorkerConstructor = new (url: string, options: BunWorkerOptions) => BunWorker;

/** The threads of Bun. */
export const bunWorkers: WorkersAdapter = {
  start(url: URL, name: string, events: WorkerEvents): HostWorker {
    const { Worker } = globalThis as unknown as { readonly Worker: BunWorkerConstructor };
    const [worker, port] = workerWithPort(
      events,
      (data) => new Worker(url.href, { type: "module", name, ref: false, ...data }),
    );
    let error: unknown = undefined;
    worker.onerror = (event) => {
      event.preventDefault?.();
      error = new Error(event.message ?? "The worker failed.");
    };
    worker.addEventListener("close", (event) => {
      port.drain(events.message);
      events.ended(event.code ?? null, error);
    });
    return {
      post: (message, transfer) => port.post(message, transfer),
      ref: () => worker.ref(),
      unref: () => worker.unref(),
      terminate: () => worker.terminate(),
    };
  },
};
