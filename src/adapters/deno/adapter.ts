/**
 * The adapter for Deno, and what it makes marks of that follow an async function through its `await`s.
 *
 * @module
 */
import type { AsyncFrame, AsyncMarks, AsyncSnapshot } from "../async_marks.ts";
import { serveHttpOn, StorageMarks, takeUpRejections } from "../shared/process.ts";
import type { Adapter, HostTimer, HttpListener, HttpListenOptions } from "../adapter.ts";
import { clearTimeout, denoHop, keepAlive, now, setTimeout, wholeDelay } from "../shared/timers.ts";

/**
 * Returns the cheapest marks that Deno has; `globals` is where they are looked for.
 *
 * AsyncLocalStorage costs many times as much there (quirk `dear-storage`), nearly all of it for a weak map and for the hooks of Node
 * that nobody listens to, and a mark alone would make a third of a whole HTTP request. So the two functions that it is made of are called directly. Nothing promises
 * that they stay: they are tried before they are used, and if they do not do what is expected of them, AsyncLocalStorage is taken there, too.
 */
export function denoMarks<M extends object>(globals: object = globalThis): AsyncMarks<M> {
  const host = findAsyncContext(globals as Globals);
  return host === null ? new StorageMarks<M>() : new ContextMarks<M>(host);
}

/** What a continuation remembers: the value of each AsyncLocalStorage, by its number. Never changed once made. */
type HostFrame = Record<string, unknown>;

/** The functions of Deno that its AsyncLocalStorage is made of. */
interface AsyncContext {
  getAsyncContext(): HostFrame | undefined;
  setAsyncContext(frame: HostFrame | undefined): void;
  AsyncVariable: new () => { enter(value: unknown): unknown; get(): unknown };
}

/** The name of the mark in a frame: another copy of this module has another one. */
const MARK = `mark of ${import.meta.url}`;

/** A frame with nothing but a mark. A class, so that all have one shape. */
class MarkFrame {
  constructor(mark: unknown) {
    (this as HostFrame)[MARK] = mark;
  }
}
Object.setPrototypeOf(MarkFrame.prototype, null);

/** A frame with another mark in it and all else as it was. */
function withMark(frame: HostFrame | undefined, mark: unknown): HostFrame | undefined {
  if (frame === undefined || frame instanceof MarkFrame) {
    return mark === undefined ? undefined : new MarkFrame(mark) as HostFrame;
  }
  return { __proto__: null, ...frame, [MARK]: mark } as HostFrame;
}

/** By what Deno makes AsyncLocalStorage of. */
class ContextMarks<M> implements AsyncMarks<M> {
  readonly #host: AsyncContext;

  constructor(host: AsyncContext) {
    this.#host = host;
  }

  run<R>(mark: M | undefined, callback: () => R): R {
    const host = this.#host;
    const before = host.getAsyncContext();
    host.setAsyncContext(withMark(before, mark));
    try {
      return callback();
    } finally {
      host.setAsyncContext(before);
    }
  }

  capture(): AsyncFrame {
    return this.#host.getAsyncContext() as AsyncFrame;
  }

  runIn<R>(frame: AsyncFrame, mark: M | undefined, callback: () => R): R {
    const host = this.#host;
    const before = host.getAsyncContext();
    host.setAsyncContext(withMark(frame as HostFrame | undefined, mark));
    try {
      return callback();
    } finally {
      host.setAsyncContext(before);
    }
  }

  get(): M | undefined {
    return this.#host.getAsyncContext()?.[MARK] as M | undefined;
  }

  snapshot(): AsyncSnapshot {
    const host = this.#host;
    const frame = host.getAsyncContext();
    return (callback) => {
      const before = host.getAsyncContext();
      host.setAsyncContext(frame);
      try {
        return callback();
      } finally {
        host.setAsyncContext(before);
      }
    };
  }
}

/** Where Deno has them. */
interface Globals {
  Deno?: { internal?: symbol } & Record<symbol, { core?: Partial<AsyncContext> }>;
}

/** Deno's functions, if they are there and do what is expected of them. */
function findAsyncContext({ Deno }: Globals): AsyncContext | null {
  const core = Deno?.internal === undefined ? undefined : Deno[Deno.internal]?.core;
  const { getAsyncContext, setAsyncContext, AsyncVariable } = core ?? {};
  for (const part of [getAsyncContext, setAsyncContext, AsyncVariable]) if (typeof part !== "function") return null;
  const found = { getAsyncContext, setAsyncContext, AsyncVariable } as AsyncContext;
  try {
    return keepsMarks(found) ? found : null;
  } catch {
    // Whatever they are, they are not what was expected.
    return null;
  }
}

/** Whether a mark and the values of an AsyncLocalStorage live beside each other in a frame, whichever comes first. */
function keepsMarks({ getAsyncContext, setAsyncContext, AsyncVariable }: AsyncContext): boolean {
  const before = getAsyncContext();
  try {
    const variable = new AsyncVariable();
    const seen: unknown[] = [];
    const look = () => seen.push(getAsyncContext()?.[MARK], variable.get());
    setAsyncContext(withMark(before, 1));
    look();
    variable.enter(2);
    look();
    setAsyncContext(withMark(getAsyncContext(), 3));
    look();
    setAsyncContext(withMark(getAsyncContext(), undefined));
    look();
    return seen.join() === "1,,1,2,3,2,,2";
  } finally {
    setAsyncContext(before);
  }
}

/** Deno: `Deno.serve`, its own signals, no permission needed before something listens or connects. */
export const denoAdapter: Adapter = {
  name: "deno",
  now,
  hop: denoHop,
  setTimer(delay: number, callback: () => void): HostTimer {
    // Quirk `late-timers`.
    const whole = wholeDelay(delay);
    return setTimeout(callback, whole > 1 ? whole - 1 : whole);
  },
  clearTimer: (timer: HostTimer) => clearTimeout(timer),
  keepAlive,
  takeUpRejections,
  marks: denoMarks,
  addSignalListener(signal: string, listener: () => void): void {
    Deno.addSignalListener(signal as Deno.Signal, listener);
  },
  removeSignalListener(signal: string, listener: () => void): void {
    Deno.removeSignalListener(signal as Deno.Signal, listener);
  },
  setExitCode(code: number): void {
    Deno.exitCode = code;
  },
  exit(code: number): void {
    Deno.exit(code);
  },
  // What the console and `process.stdout` write has left the process when they return.
  exitWhenWritten(code: number | undefined): void {
    Deno.exit(code);
  },
  atExit(callback: () => void): () => void {
    addEventListener("unload", callback);
    return () => removeEventListener("unload", callback);
  },
  readVariable(name: string): string | undefined {
    // Where it is not permitted yet, reading it would stop the program and ask.
    const { state } = Deno.permissions.querySync({ name: "env", variable: name });
    return state === "granted" ? Deno.env.get(name) : undefined;
  },
  serveHttp: (options: HttpListenOptions): Promise<HttpListener> => serveHttpOn("deno", options),
  idle: async () => (await import("./idle.ts")).denoIdle,
  net: async () => (await import("./net.ts")).denoNet,
  processes: async () => (await import("./process.ts")).denoProcesses,
  workers: async () => (await import("./workers.ts")).denoWorkers,
};
