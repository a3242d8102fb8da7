/**
 * Marks that follow an async function through its `await`s, and snapshots of all that follows it.
 *
 * AsyncLocalStorage does that on every host. On Deno it costs 340 ns a call, nearly all of it for a weak map and for the hooks
 * of Node that nobody listens to, and a mark alone makes a third of a whole HTTP request. So there the two functions that it is made of are
 * called directly, which costs 7 ns. Nothing promises that they stay: they are tried before they are used, and if they do not do
 * what is expected of them, AsyncLocalStorage is taken there, too.
 *
 * @module
 */
import { NotSupportedError } from "./errors.ts";

/** Runs a function with every AsyncLocalStorage, and the marks, as they were when the snapshot was taken. */
export type Snapshot = <R>(callback: () => R) => R;

/** The values of every AsyncLocalStorage at one place: what the host has for that. */
export type Frame = { readonly "~frame": never } | undefined;

/** A way to mark what a function does, and all that follows from it, with a value of type `M`. */
export interface Marks<M> {
  /** Calls a function under a mark, or under none. */
  run<R>(mark: M | undefined, callback: () => R): R;
  /** The values of every AsyncLocalStorage as they are here, and the mark. */
  capture(): Frame;
  /** Calls a function with the values of a frame, under another mark or none. Afterwards all values are what they were before. */
  runIn<R>(frame: Frame, mark: M | undefined, callback: () => R): R;
  /** The mark of this code. */
  get(): M | undefined;
  /** Remembers the mark and every AsyncLocalStorage as they are here. */
  snapshot(): Snapshot;
}

/** Returns the cheapest way that the host has; it is told by its globals. */
export function createMarks<M extends object>(globals: object = globalThis): Marks<M> {
  const host = findAsyncContext(globals as Globals);
  return host === null ? new StorageMarks<M>() : new ContextMarks<M>(host);
}

/** The part of AsyncLocalStorage that is used here. */
interface Storage<S> {
  run<R>(store: S, callback: () => R): R;
  getStore(): S | undefined;
}

interface AsyncHooks {
  AsyncLocalStorage: {
    new <S>(): Storage<S>;
    snapshot(): Snapshot;
  };
  AsyncResource: new (type: string, options: { requireManualDestroy: boolean }) => {
    runInAsyncScope<R>(callback: () => R): R;
  };
}

/** By `process.getBuiltinModule`: the one synchronous way that does not load it with the module. */
function loadHooks(): AsyncHooks {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } };
  const hooks = process?.getBuiltinModule?.("node:async_hooks") as AsyncHooks | undefined;
  if (hooks !== undefined) return hooks;
  throw new NotSupportedError("Cannot follow an async function: this runtime has no AsyncLocalStorage.");
}

const SNAPSHOTS_ARE_CHEAP = "Bun" in globalThis;

/** Nobody waits for the end of a resource. */
const UNWATCHED = { requireManualDestroy: true };

/** By AsyncLocalStorage, as every host has it. */
export class StorageMarks<M> implements Marks<M> {
  readonly #hooks: AsyncHooks = loadHooks();
  readonly #storage: Storage<M | undefined> = new this.#hooks.AsyncLocalStorage<M | undefined>();

  run<R>(mark: M | undefined, callback: () => R): R {
    return this.#storage.run(mark, callback);
  }

  // On Node a snapshot costs as much as a task, and a resource, which keeps the same, next to nothing; on Bun it is the other way round.
  capture(): Frame {
    if (SNAPSHOTS_ARE_CHEAP) return this.#hooks.AsyncLocalStorage.snapshot() as unknown as Frame;
    const resource = new this.#hooks.AsyncResource("loop-asyncio", UNWATCHED);
    return (<R>(callback: () => R) => resource.runInAsyncScope(callback)) as unknown as Frame;
  }

  // The frame around it: `run()` alone puts back nothing but its own value, and what the callback has entered would stay.
  runIn<R>(frame: Frame, mark: M | undefined, callback: () => R): R {
    const storage = this.#storage;
    return (frame as unknown as Snapshot)(() => storage.run(mark, callback));
  }

  get(): M | undefined {
    return this.#storage.getStore();
  }

  snapshot(): Snapshot {
    return this.capture() as unknown as Snapshot;
  }
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
class ContextMarks<M> implements Marks<M> {
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

  capture(): Frame {
    return this.#host.getAsyncContext() as Frame;
  }

  runIn<R>(frame: Frame, mark: M | undefined, callback: () => R): R {
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

  snapshot(): Snapshot {
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
