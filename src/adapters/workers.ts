/**
 * The part of the contract with a runtime that is about threads.
 *
 * A host worker only carries messages and tells how it ended. Who runs what in it is decided above, in `src/executors`.
 *
 * @module
 */

/** What a host worker tells, each event in a task of the host. */
export interface WorkerEvents {
  /** A message has come from the worker. */
  message(data: unknown): void;
  /** A message has come that cannot be made out. */
  messageError(): void;
  /**
   * The worker is gone, and nothing follows: by {@linkcode HostWorker.terminate}, by its own will with the code that it gave, or by an error,
   * where the runtime tells which.
   */
  ended(code: number | null, error: unknown): void;
}

/** A thread with a scope of its own. It keeps the process from ending from {@linkcode HostWorker.ref} on. */
export interface HostWorker {
  /**
   * Sends a message; one sent before the worker has loaded waits for it.
   *
   * @throws whatever the runtime throws for what cannot be cloned
   */
  post(message: unknown, transfer: readonly Transferable[]): void;
  /** Keeps the process from ending. */
  ref(): void;
  /** Lets the process end, as at the beginning. */
  unref(): void;
  /** Ends it in the middle of whatever it does. `ended` follows. */
  terminate(): void;
}

/**
 * How a module in a worker talks to who made it: as a Web Worker does, by its own scope; by `node:worker_threads`; or by a port, which
 * comes as `{ port }` in the first message of the latter.
 */
export type WorkerKind = "web" | "threads" | "port";

/** What a runtime does with threads. */
export interface WorkersAdapter {
  /** Which of these its workers are. */
  readonly kind: WorkerKind;
  /**
   * Starts a worker on a module.
   *
   * @param url the module's URL
   * @param name a name for people
   * @throws {OSError} with code `EACCES` if the runtime's permissions forbid it
   */
  start(url: URL, name: string, events: WorkerEvents): HostWorker;
}
