/**
 * Threads on Bun: its own `Worker`, which starts in a third of the time that `node:worker_threads` takes there.
 *
 * @module
 */
import type { HostWorker, WorkerEvents, WorkersAdapter } from "../workers.ts";

/** Bun's worker, with what it has more than others. */
interface BunWorker {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onmessageerror: (() => void) | null;
  onerror: ((event: { readonly message?: string; preventDefault?(): void }) => void) | null;
  addEventListener(type: "close", listener: (event: { readonly code?: number }) => void): void;
  postMessage(message: unknown, transfer?: readonly unknown[]): void;
  ref(): void;
  unref(): void;
  terminate(): void;
}

type BunWorkerConstructor = new (
  url: string,
  options: { readonly type: "module"; readonly name: string; readonly ref: boolean },
) => BunWorker;

/** The threads of Bun. */
export const bunWorkers: WorkersAdapter = {
  kind: "web",
  start(url: URL, name: string, events: WorkerEvents): HostWorker {
    const { Worker } = globalThis as unknown as { readonly Worker: BunWorkerConstructor };
    const worker = new Worker(url.href, { type: "module", name, ref: false });
    let error: unknown = undefined;
    worker.onmessage = (event) => events.message(event.data);
    worker.onmessageerror = () => events.messageError();
    worker.onerror = (event) => {
      event.preventDefault?.();
      error = new Error(event.message ?? "The worker failed.");
    };
    worker.addEventListener("close", (event) => events.ended(event.code ?? null, error));
    return {
      post(message, transfer): void {
        if (transfer.length === 0) worker.postMessage(message);
        else worker.postMessage(message, transfer);
      },
      ref: () => worker.ref(),
      unref: () => worker.unref(),
      terminate: () => worker.terminate(),
    };
  },
};
