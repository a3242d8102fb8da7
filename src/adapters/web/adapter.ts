/**
 * The adapter for browsers, and for workers at the edge: tasks and what is built on them alone. There are no sockets, processes, threads
 * and signals, and mostly no AsyncLocalStorage, so that only coroutines are tasks.
 *
 * @module
 */
import type { Adapter, HostTimer } from "../adapter.ts";
import { StorageMarks } from "../shared/storage_marks.ts";
import { clearTimeout, now, setTimeout, wholeDelay } from "../shared/timers.ts";

/** A page or a worker of a browser, which counts a `setTimeout(0)` as four milliseconds after the first few. */
const IN_BROWSER = ("document" in globalThis || "importScripts" in globalThis) && "MessageChannel" in globalThis;

/** What waits for its macrotask, in order. */
const hops: (() => void)[] = [];

let port: MessagePort | null = null;

/** By messages, which a browser puts into line with what is drawn and clicked. */
function hopByMessage(callback: () => void): void {
  if (port === null) {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => hops.shift()?.();
    port = channel.port2;
  }
  hops.push(callback);
  port.postMessage(null);
}

/** Elsewhere a port may belong to the request in which it was made, as on Cloudflare. */
function hopByTimer(callback: () => void): void {
  setTimeout(callback, 0);
}

function nothing(): void {}

/** Whatever has the timers and the clock of the web. */
export const webAdapter: Adapter = {
  name: "web",
  now,
  hop: IN_BROWSER ? hopByMessage : hopByTimer,
  setTimer: (delay: number, callback: () => void): HostTimer => setTimeout(callback, wholeDelay(delay)),
  clearTimer: (timer: HostTimer) => clearTimeout(timer),
  // What keeps a page or a request going is not for its code to say.
  keepAlive: () => nothing,
  // Some workers at the edge have it; where they do not, it says so.
  marks: <M extends object>() => new StorageMarks<M>(),
};
