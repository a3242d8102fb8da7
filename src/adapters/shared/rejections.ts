/**
 * Rejections that nobody handles, and that must not end the process.
 *
 * An async function that nobody awaits rejects when what it awaits is cancelled. Its host takes that for a fault of the program.
 *
 * @module
 */
import { setImmediate } from "./timers.ts";

/** How a host tells of a rejection that nobody handles. */
interface RejectionHost {
  /** Begins to take up those that `isOurs` knows; all others end the process as before. Returns what ends that. */
  listen(isOurs: (reason: unknown) => boolean): () => void;
}

/** How many macrotasks the host gets, after the last loop has stopped, to find a rejection. */
const MACROTASKS = 2;

/** Makes the `takeUpRejections` of adapters: all loops share one listener. */
function makeTakeUpRejections(host: RejectionHost): (isOurs: (reason: unknown) => boolean) => () => void {
  let loops = 0;
  let stop: (() => void) | null = null;
  const leave = (macrotasks: number): void => {
    if (macrotasks > 0) {
      setImmediate(() => leave(macrotasks - 1));
    } else if (--loops === 0) {
      stop?.();
      stop = null;
    }
  };
  return (isOurs) => {
    loops++;
    stop ??= host.listen(isOurs);
    return () => leave(MACROTASKS);
  };
}

/** The part of the global `process` that is used here. */
interface Process {
  on(event: string, listener: (reason: unknown) => void): void;
  off(event: string, listener: (reason: unknown) => void): void;
  listenerCount(event: string): number;
}

const EVENT = "unhandledRejection";

/** Node and Bun: whoever listens must see to it that what is foreign ends the process. */
const processRejections: RejectionHost = {
  listen(isOurs) {
    const { process } = globalThis as unknown as { process: Process };
    const listener = (reason: unknown) => {
      if (!isOurs(reason) && process.listenerCount(EVENT) === 1) throw reason;
    };
    process.on(EVENT, listener);
    return () => process.off(EVENT, listener);
  },
};

/** Deno: an event of the global scope. */
const eventRejections: RejectionHost = {
  listen(isOurs) {
    const listener = (event: Event) => {
      if (isOurs((event as PromiseRejectionEvent).reason)) event.preventDefault();
    };
    addEventListener("unhandledrejection", listener);
    return () => removeEventListener("unhandledrejection", listener);
  },
};

/** The `takeUpRejections` of this runtime's adapters. */
export const takeUpRejections: (isOurs: (reason: unknown) => boolean) => () => void = makeTakeUpRejections(
  "Deno" in globalThis ? eventRejections : processRejections,
);
