/**
 * The process: the modules that the runtime brings along, and the marks that AsyncLocalStorage makes; signals and the exit code where the host has
 * a global `process`, and rejections that must not end it.
 *
 * No module imports those of the runtime by `node:`, statically or not: a bundler for a browser or an edge worker has nothing to put in their place,
 * and gives up, although the tasks of such a program never come here.
 *
 * @module
 */
import { NotSupportedError } from "../../core/errors.ts";
import type { HttpListener, HttpListenOptions } from "../adapter.ts";
import { setImmediate } from "./timers.ts";
import type { AsyncFrame, AsyncMarks, AsyncSnapshot } from "../async_marks.ts";

interface Scope {
  readonly process?: { getBuiltinModule?(name: string): unknown };
}

/** A module of the runtime, with what is used of it as its type; undefined if the runtime does not have it. */
export function findBuiltin<T>(name: `${"node" | "bun"}:${string}`): T | undefined {
  return (globalThis as unknown as Scope).process?.getBuiltinModule?.(name) as T | undefined;
}

/**
 * The same for code that cannot do without it.
 *
 * @throws {NotSupportedError} if the runtime has no such module
 */
export function builtin<T>(name: `node:${string}`): T {
  const module = findBuiltin<T>(name);
  if (module !== undefined) return module;
  throw new NotSupportedError(
    `Cannot load ${name}: this runtime has no such module. Sockets, processes, files and threads need Deno, Bun or Node.`,
  );
}

interface HostOutput {
  write(text: string, written: () => void): void;
  end(written: () => void): void;
}

interface HostProcess {
  readonly stdout: HostOutput;
  readonly stderr: HostOutput;
  readonly env: Readonly<Record<string, string | undefined>>;
  exitCode?: unknown;
  exit(code?: number): void;
  on(event: string, listener: (value: unknown) => void): void;
  removeListener(event: string, listener: (value: unknown) => void): void;
  listenerCount(event: string): number;
}

// Read at each use: importing the adapter must not make a host set its process up.
function hostProcess(): HostProcess {
  return (globalThis as unknown as { readonly process: HostProcess }).process;
}

/** Who hears of one signal. */
interface Heard {
  readonly listeners: Set<() => void>;
  /** What the host calls. */
  readonly tell: () => void;
}

/** One listener of the host for each signal: it warns of a leak when there are more than ten, as of that many loops side by side. */
const heard = new Map<string, Heard>();

/** The names of the signals that the system has. */
export function systemSignals(): string[] {
  return Object.keys(builtin<{ readonly constants: { readonly signals: object } }>("node:os").constants.signals);
}

/** Calls back whenever the process gets the signal. Hosts listen in silence for those that the system does not have. */
export function addSignalListener(signal: string, listener: () => void): void {
  const known = heard.get(signal);
  if (known !== undefined) {
    known.listeners.add(listener);
    return;
  }
  if (signal !== "SIGINT" && !systemSignals().includes(signal)) throw new RangeError(signal);
  const listeners = new Set([listener]);
  const tell = (): void => {
    // A copy, as the host's own: one that is added meanwhile hears of the next.
    for (const listener of [...listeners]) listener();
  };
  hostProcess().on(signal, tell);
  heard.set(signal, { listeners, tell });
}

/** Removes what {@linkcode addSignalListener} added. */
export function removeSignalListener(signal: string, listener: () => void): void {
  const known = heard.get(signal);
  if (!known?.listeners.delete(listener) || known.listeners.size > 0) return;
  heard.delete(signal);
  hostProcess().removeListener(signal, known.tell);
}

/** Calls back when the process is about to end. Returns what takes that back. */
export function atExit(callback: () => void): () => void {
  const process = hostProcess();
  process.on("exit", callback);
  return () => process.removeListener("exit", callback);
}

/** A permission of Deno's. */
type Descriptor =
  | { readonly name: "read" | "write"; readonly path?: string }
  | { readonly name: "net"; readonly host: string }
  | { readonly name: "env"; readonly variable?: string }
  | { readonly name: "sys" };

interface DenoGlobal {
  readonly permissions: { querySync(descriptor: Descriptor): { readonly state: string } };
}

/**
 * Whether what is only a look may be had without a question, since on a terminal Deno would stop and ask the user for it; always where there is no
 * Deno.
 */
export function mayLook(descriptor: Descriptor): boolean {
  const { Deno } = globalThis as unknown as { readonly Deno?: DenoGlobal };
  return Deno === undefined || Deno.permissions.querySync(descriptor).state === "granted";
}

/** Returns a variable of the environment, unless a Deno would ask somebody whether it may be read. */
export function readVariable(name: string): string | undefined {
  return mayLook({ name: "env", variable: name }) ? hostProcess().env[name] : undefined;
}

/** Sets the code that the process will exit with, if nothing else decides. */
export function setExitCode(code: number): void {
  hostProcess().exitCode = code;
}

/** Ends the process at once. */
export function exit(code: number): void {
  hostProcess().exit(code);
}

/** Ends the process once what was written to stdout and stderr has left it: a pipe loses what it has not taken at an `exit()`. */
export function exitWhenWritten(code: number | undefined): void {
  const process = hostProcess();
  // Node takes undefined for 0.
  const end = () => code === undefined ? process.exit() : process.exit(code);
  whenWritten(process.stdout, () => whenWritten(process.stderr, end));
}

/** Calls back when all that was written before is gone, or nobody can read it any more. */
function whenWritten(output: HostOutput, written: () => void): void {
  // Nothing is ended there, for others may still write.
  if (!("Bun" in globalThis)) return output.write("", written);
  // Bun calls back at once for an empty text. What is written after the end would be an error that nobody catches.
  Object.defineProperty(output, "write", { value: () => true, configurable: true });
  output.end(written);
}

/**
 * How a host reports a rejection that nobody handles. An async function that nobody awaits rejects when what it awaits is cancelled, and its
 * host takes that for a fault of the program.
 */
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

const EVENT = "unhandledRejection";

/** Node and Bun: whoever listens must see to it that what is foreign ends the process. */
const processRejections: RejectionHost = {
  listen(isOurs) {
    const process = hostProcess();
    const listener = (reason: unknown) => {
      if (!isOurs(reason) && process.listenerCount(EVENT) === 1) throw reason;
    };
    process.on(EVENT, listener);
    return () => process.removeListener(EVENT, listener);
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

/** What serves HTTP on a runtime. */
interface HttpHost {
  serveHttp(options: HttpListenOptions): HttpListener | Promise<HttpListener>;
}

/** What serves HTTP on each runtime, handed in by who serves: it is much, and a program that does not serve has none of it among its modules. */
export const httpHosts: Record<string, () => Promise<HttpHost>> = {};

/**
 * The `serveHttp` of a runtime's adapter.
 *
 * @throws {NotSupportedError} if nothing has been handed in
 */
export async function serveHttpOn(runtime: string, options: HttpListenOptions): Promise<HttpListener> {
  const load = httpHosts[runtime];
  if (load === undefined) {
    throw new NotSupportedError("Cannot serve by an adapter alone. Use serve() of @loop/asyncio/http.");
  }
  return await (await load()).serveHttp(options);
}

/** The part of AsyncLocalStorage that is used here. */
interface Storage<S> {
  run<R>(store: S, callback: () => R): R;
  getStore(): S | undefined;
}

interface AsyncHooks {
  AsyncLocalStorage: {
    new <S>(): Storage<S>;
    snapshot(): AsyncSnapshot;
  };
  AsyncResource: new (type: string, options: { requireManualDestroy: boolean }) => {
    runInAsyncScope<R>(callback: () => R): R;
  };
}

/** Nobody waits for the end of a resource. */
const UNWATCHED = { requireManualDestroy: true };

/** Marks that follow an async function through its `await`s, by AsyncLocalStorage, as every host has it. What it remembers is a resource: quirk `dear-snapshots` of Node. */
export class StorageMarks<M> implements AsyncMarks<M> {
  /** What the marks are made of. */
  protected readonly hooks: AsyncHooks = builtin<AsyncHooks>("node:async_hooks");
  readonly #storage: Storage<M | undefined> = new this.hooks.AsyncLocalStorage<M | undefined>();

  run<R>(mark: M | undefined, callback: () => R): R {
    return this.#storage.run(mark, callback);
  }

  capture(): AsyncFrame {
    const resource = new this.hooks.AsyncResource("loop-asyncio", UNWATCHED);
    return (<R>(callback: () => R) => resource.runInAsyncScope(callback)) as unknown as AsyncFrame;
  }

  // The frame around it: `run()` alone puts back nothing but its own value, and what the callback has entered would stay.
  runIn<R>(frame: AsyncFrame, mark: M | undefined, callback: () => R): R {
    const storage = this.#storage;
    return (frame as unknown as AsyncSnapshot)(() => storage.run(mark, callback));
  }

  get(): M | undefined {
    return this.#storage.getStore();
  }

  snapshot(): AsyncSnapshot {
    return this.capture() as unknown as AsyncSnapshot;
  }
}

/** The same for hosts on which a snapshot costs next to nothing, and a resource as much as a task. */
export class SnapshotMarks<M> extends StorageMarks<M> {
  override capture(): AsyncFrame {
    return this.hooks.AsyncLocalStorage.snapshot() as unknown as AsyncFrame;
  }
}
