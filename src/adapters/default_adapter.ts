/**
 * Which runtime this is, whether it is new enough, and the adapter for browsers and for workers at the edge.
 *
 * @module
 */
import { NotSupportedError } from "../core/errors.ts";
import type { Adapter, HostTimer } from "./adapter.ts";
import { bunAdapter } from "./bun/adapter.ts";
import { denoAdapter } from "./deno/adapter.ts";
import { nodeAdapter } from "./node/adapter.ts";
import { findBuiltin, StorageMarks } from "./shared/process.ts";
import { clearTimeout, now, setTimeout, wholeDelay } from "./shared/timers.ts";

/** What tells runtimes apart. A bundler may put a `process` of its own into a browser's scope, which is of no version of Node. */
interface Scope {
  readonly Bun?: { readonly isMainThread?: boolean };
  readonly process?: { readonly versions?: { readonly node?: string } };
  readonly setTimeout?: unknown;
  readonly performance?: unknown;
}

/**
 * The adapter of the runtime that the program runs on: Deno, Bun, Node, or what a browser has. In a worker it has no signals: they come to the main
 * thread, as in CPython. The hosts take listeners in workers as well; Bun and Node never call them, and Deno's main thread would not end at a Ctrl-C.
 *
 * @throws {NotSupportedError} on a runtime without timers
 */
export function defaultAdapter(): Adapter {
  const { Bun, process, setTimeout, performance } = globalThis as unknown as Scope;
  if (Bun !== undefined) return Bun.isMainThread === false ? inWorker(bunAdapter) : bunAdapter;
  if ("Deno" in globalThis) return "DedicatedWorkerGlobalScope" in globalThis ? inWorker(denoAdapter) : denoAdapter;
  if (process?.versions?.node !== undefined) {
    const isMain = findBuiltin<{ readonly isMainThread: boolean }>("node:worker_threads")?.isMainThread !== false;
    return isMain ? nodeAdapter : inWorker(nodeAdapter);
  }
  if (setTimeout !== undefined && performance !== undefined) return webAdapter;
  throw new NotSupportedError(
    "Cannot choose an adapter: this runtime is neither Deno nor Bun nor Node, and has not the timers of a browser. " +
      "Pass one that fits: new EventLoop({ adapter }).",
  );
}

/** The one of this thread, if it is a worker. */
let own: Adapter | undefined;

function inWorker(adapter: Adapter): Adapter {
  if (own === undefined) {
    const { addSignalListener: _add, removeSignalListener: _remove, ...rest } = adapter;
    own = rest;
  }
  return own;
}

/** What of the language the module needs that runtimes lack which are still about: `Promise.withResolvers` came with Node 22, the rest with 24. */
interface Language {
  readonly SuppressedError?: unknown;
  readonly Promise: { readonly withResolvers?: unknown };
  readonly Symbol: { readonly asyncDispose?: unknown; readonly dispose?: unknown };
  readonly process?: { readonly versions?: Readonly<Record<string, string | undefined>> };
}

/**
 * Refuses a runtime in which something would be missing later, in the middle of a program.
 *
 * @throws {NotSupportedError} if it is too old
 */
export function checkRuntime(what: string, scope: object = globalThis): void {
  const { SuppressedError, Promise, Symbol } = scope as Language;
  const needed = {
    "Promise.withResolvers": Promise.withResolvers,
    "Symbol.dispose": Symbol.dispose,
    "Symbol.asyncDispose": Symbol.asyncDispose,
    SuppressedError,
  };
  const missing = Object.entries(needed).filter(([, value]) => value === undefined).map(([name]) => name);
  if (missing.length === 0) return;
  // Looked at no earlier: where it is made when somebody asks, that takes longer than all else here.
  const versions = (scope as Language).process?.versions ?? {};
  const name = ["deno", "bun", "node"].find((name) => versions[name] !== undefined);
  const runtime = name === undefined ? "this runtime" : `${name[0]!.toUpperCase()}${name.slice(1)} ${versions[name]}`;
  throw new NotSupportedError(
    `Cannot ${what} on ${runtime}, which has no ${missing.join(" and no ")}. ` +
      "Run the program on Node 24, Deno 2.9 or Bun 1.4, or newer, or give the runtime what it lacks by a polyfill.",
  );
}

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

/**
 * Whatever has the timers and the clock of the web: tasks and what is built on them alone. There are no sockets, processes, threads and signals,
 * and mostly no AsyncLocalStorage, so that only coroutines are tasks.
 */
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
