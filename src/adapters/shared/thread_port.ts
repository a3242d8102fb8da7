/**
 * The port by which a thread and its maker talk, and the errors of a thread that nobody catches.
 *
 * The port is theirs alone. The worker's own `postMessage()` and `onmessage` are left to whatever runs in it, which would otherwise be taken for
 * the result of a call.
 *
 * @module
 */
import type { TransferableObject, WorkerEvents } from "../workers.ts";
import { builtin, findBuiltin } from "./process.ts";

/** The name under which a worker finds its port. */
const KEY = "@loop/asyncio";

/** A port with what runtimes have beside the standard. */
interface HostPort {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onmessageerror: (() => void) | null;
  on(event: "message" | "messageerror", listener: (data: unknown) => void): void;
  postMessage(message: unknown, transfer?: readonly unknown[]): void;
  unref(): void;
  close(): void;
}

/** What is used of `node:worker_threads`. */
interface Threads {
  readonly workerData: unknown;
  receiveMessageOnPort(port: HostPort): { readonly message: unknown } | undefined;
}

/** Whether to listen in Node's way: the standard one costs a worker 20 ms there, and an event for each message. */
const ON_NODE = !("Deno" in globalThis || "Bun" in globalThis);

/** What the constructor of a worker is given, so that the worker finds its port. */
export interface WorkerData {
  readonly workerData: Readonly<Record<string, unknown>>;
  readonly transferList: readonly unknown[];
}

/** One end of what two threads have between them. */
export class ThreadPort {
  readonly #port: HostPort;

  constructor(port: unknown) {
    this.#port = port as HostPort;
  }

  /** Hears what the other end says. Keeps the process, or the thread, from ending. */
  listen(message: (data: unknown) => void, messageError: () => void): void {
    const port = this.#port;
    if (ON_NODE) {
      port.on("message", message);
      port.on("messageerror", messageError);
    } else {
      port.onmessage = (event) => message(event.data);
      port.onmessageerror = messageError;
    }
  }

  /** Sends to the other end. */
  post(message: unknown, transfer: readonly TransferableObject[]): void {
    if (transfer.length === 0) this.#port.postMessage(message);
    else this.#port.postMessage(message, [...transfer]);
  }

  /** Lets the process end. */
  unref(): void {
    this.#port.unref();
  }

  /** Receives what has come and was not received yet, and closes the port. */
  drain(message: (data: unknown) => void): void {
    const { receiveMessageOnPort } = builtin<Threads>("node:worker_threads");
    for (let left = receiveMessageOnPort(this.#port); left !== undefined; left = receiveMessageOnPort(this.#port)) {
      message(left.message);
    }
    this.#port.close();
  }
}

/** Makes a worker with the data by which it finds its port; returns it with the other end of the port. */
export function workerWithPort<W>(events: WorkerEvents, make: (data: WorkerData) => W): [worker: W, port: ThreadPort] {
  // On Deno the ports that were made before this is loaded cannot be left to themselves: unref() does nothing there.
  builtin("node:worker_threads");
  const { port1, port2 } = new MessageChannel();
  const port = new ThreadPort(port1);
  port.listen(events.message, events.messageError);
  port.unref();
  try {
    return [make({ workerData: { [KEY]: port2 }, transferList: [port2] }), port];
  } catch (error) {
    port1.close();
    throw error;
  }
}

/** The port to who made this worker; null if this is no worker of ours. */
export function portOfWorker(): ThreadPort | null {
  const data = findBuiltin<Threads>("node:worker_threads")?.workerData;
  if (typeof data !== "object" || data === null || !Object.hasOwn(data, KEY)) return null;
  return new ThreadPort((data as Readonly<Record<string, unknown>>)[KEY]);
}

interface HostProcess {
  on(event: string, listener: (error: unknown) => void): void;
}

interface ThreadScope {
  readonly Deno?: unknown;
  readonly process: HostProcess;
  addEventListener?(type: string, listener: (event: UncaughtEvent) => void): void;
}

interface UncaughtEvent {
  readonly error?: unknown;
  readonly reason?: unknown;
  preventDefault(): void;
}

/** Takes what nobody has caught in this thread, which would end it, and on Deno the process as well. May report one twice. */
export function catchErrors(caught: (error: unknown) => void): void {
  const scope = globalThis as unknown as ThreadScope;
  if (scope.Deno === undefined) {
    scope.process.on("uncaughtException", caught);
    scope.process.on("unhandledRejection", caught);
  }
  // Bun has both, but in `bun test` only these. A worker of Node has no such events.
  scope.addEventListener?.("error", (event) => {
    event.preventDefault();
    caught(event.error);
  });
  scope.addEventListener?.("unhandledrejection", (event) => {
    event.preventDefault();
    caught(event.reason);
  });
}
