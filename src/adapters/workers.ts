/**
 * The part of the contract with a runtime that is about threads.
 *
 * A host worker only carries messages and tells how it ended. Who runs what in it is decided above, in `src/executors`.
 *
 * @module
 */

/**
 * What can be handed over to another thread instead of being copied: an `ArrayBuffer`, a `MessagePort`, a stream, and what else of the kind the
 * runtime has. It is `Transferable`, which only the types of browsers and of Deno have, and which lets through no less.
 *
 * @category Threads
 */
export type TransferableObject = object;

/**
 * The events of a host worker, each in a task of the host.
 *
 * @category Threads
 */
export interface WorkerEvents {
  /** A message has come from the worker. */
  message(data: unknown): void;
  /** A message has come that cannot be deserialized. */
  messageError(): void;
  /**
   * The worker is gone, and nothing follows: by {@linkcode HostWorker.terminate}, by its own will with the code that it gave, or by an error,
   * where the runtime tells which. All that it has sent has come before.
   */
  ended(code: number | null, error: unknown): void;
}

/**
 * A thread with a scope of its own. It keeps the process from ending from {@linkcode HostWorker.ref} on.
 *
 * @category Threads
 */
export interface HostWorker {
  /**
   * Sends a message; one sent before the worker has loaded waits for it.
   *
   * @throws whatever the runtime throws for what cannot be cloned
   */
  post(message: unknown, transfer: readonly TransferableObject[]): void;
  /** Keeps the process from ending. */
  ref(): void;
  /** Lets the process end, as at the beginning. */
  unref(): void;
  /** Ends it in the middle of whatever it does. `ended` follows. */
  terminate(): void;
}

/**
 * What a runtime does with threads. Messages go by a port that nobody else has: what a module says in a worker by the worker's own
 * `postMessage()` is no message. The worker finds the other end as `"@loop/asyncio"` in the `workerData` of its `node:worker_threads`.
 *
 * @category Threads
 */
export interface WorkersAdapter {
  /**
   * Starts a worker on a module.
   *
   * @param url the module's URL
   * @param name a name for people
   * @throws {OSError} with code `EACCES` if the runtime's permissions forbid it
   */
  start(url: URL, name: string, events: WorkerEvents): HostWorker;
}
