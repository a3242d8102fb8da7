/**
 * What runs in a worker: it waits for calls, makes them, and tells what came of them.
 *
 * A plain function is called as it is. Coroutines and async functions run on a loop of this thread, which is loaded with the first of them.
 *
 * @module
 */
import { CancelledError, isCancelled } from "../core/cancelled_error.ts";
import { RuntimeError } from "../core/errors.ts";
import { isCoroutine, isGeneratorFunction } from "../core/kinds.ts";
import { describeKind } from "../core/repr.ts";
import {
  ANSWER,
  CALL,
  CANCEL,
  INVOKE,
  RESULT,
  REVOKE,
  THROWN,
  type ToPool,
  type ToWorker,
  UNCAUGHT,
} from "./messages.ts";
import { ConcurrentFuture } from "../tasks/threadsafe.ts";
import { setThisWorker } from "./this_worker.ts";
import { fromThrown, toThrown } from "./thrown.ts";
import { transferred } from "./transfer.ts";

/** Sends to the pool. */
export type Post = (message: ToPool, transfer: readonly Transferable[]) => void;

type AnyFunction = (...args: readonly unknown[]) => unknown;

/** The end of a worker at which the calls come in. */
export class WorkerCalls {
  readonly #post: Post;
  readonly #functions = new Map<number, AnyFunction | Promise<AnyFunction>>();
  /** Cancels the call that runs. */
  #controller: AbortController | null = null;
  /** A cancel that came before the call had begun. */
  #cancelled: CancelledError | null = null;
  #running = -1;
  readonly #invoked = new Map<number, ConcurrentFuture<unknown>>();
  #invocations = 0;

  /** Makes this thread a worker. */
  constructor(post: Post) {
    this.#post = post;
    setThisWorker(this);
  }

  /** A message has come. */
  readonly receive = (message: ToWorker): void => {
    const [kind, id] = message;
    if (kind === CALL) this.#call(id, message[2], message[3], message[4], message[5]);
    else if (kind === CANCEL) {
      if (id !== this.#running) return;
      this.#cancelled = new CancelledError(message[2]);
      this.#controller?.abort(this.#cancelled);
    } else {
      const invoked = this.#invoked.get(id);
      this.#invoked.delete(id);
      if (kind === ANSWER) invoked?._resolve(message[2]);
      else {
        const error = fromThrown(message[2]);
        if (isCancelled(error)) invoked?._cancelled(error.message || undefined);
        else invoked?._reject(error);
      }
    }
  };

  /** An error has come that nobody caught. Whoever made this worker ends it. */
  uncaught(error: unknown): void {
    this.#post([UNCAUGHT, toThrown(error)], []);
  }

  /** Calls what the pool has exposed by a name. */
  invoke(name: string, args: readonly unknown[]): ConcurrentFuture<unknown> {
    const id = this.#invocations++;
    const future = new ConcurrentFuture<unknown>();
    try {
      this.#post([INVOKE, id, name, args], transferred(args));
    } catch (error) {
      throw new TypeError(
        `Cannot send the arguments of ${name}() out of the worker: ${reason(error)}. Send what can be cloned.`,
        { cause: error },
      );
    }
    this.#invoked.set(id, future);
    future._whenCancelled((message) => {
      if (this.#invoked.delete(id)) this.#post([REVOKE, id, message], []);
    });
    return future;
  }

  #call(id: number, number: number, args: readonly unknown[], module?: string, name?: string): void {
    this.#running = id;
    this.#cancelled = null;
    const fn = this.#functions.get(number) ?? this.#load(number, module as string, name as string);
    if (typeof fn === "function") this.#make(id, fn, args);
    else fn.then((fn) => this.#make(id, fn, args), (error) => this.#threw(id, error));
  }

  #load(number: number, module: string, name: string): Promise<AnyFunction> {
    const loading = load(module, name).then((fn) => {
      this.#functions.set(number, fn);
      return fn;
    });
    this.#functions.set(number, loading);
    return loading;
  }

  #make(id: number, fn: AnyFunction, args: readonly unknown[]): void {
    // It came while the module was loaded.
    if (this.#cancelled !== null) return this.#threw(id, this.#cancelled);
    let made: unknown;
    try {
      if (isGeneratorFunction(fn) || isAsyncFunction(fn)) return void this.#run(id, () => fn(...args), fn.name);
      made = fn(...args);
      if (isCoroutine(made)) return void this.#run(id, () => made, fn.name);
      if (isThenable(made)) {
        made.then((value) => this.#gave(id, value, fn.name), (error) => this.#threw(id, error));
        return;
      }
    } catch (error) {
      return this.#threw(id, error);
    }
    this.#gave(id, made, fn.name);
  }

  async #run(id: number, source: () => unknown, name: string): Promise<void> {
    const controller = this.#controller = new AbortController();
    try {
      const { runInWorker } = await import("./worker_loop.ts");
      this.#gave(id, await runInWorker(source, name, controller.signal), name);
    } catch (error) {
      this.#threw(id, error);
    } finally {
      if (this.#controller === controller) this.#controller = null;
    }
  }

  #gave(id: number, value: unknown, name: string): void {
    try {
      this.#post([RESULT, id, value], transferred([value]));
    } catch (error) {
      const refused = new TypeError(
        `Cannot send the result of ${name}() out of the worker: ${reason(error)}. Return what can be cloned.`,
        { cause: error },
      );
      this.#threw(id, refused);
    }
  }

  #threw(id: number, error: unknown): void {
    this.#post([THROWN, id, toThrown(error)], []);
  }
}

async function load(module: string, name: string): Promise<AnyFunction> {
  let loaded: Readonly<Record<string, unknown>>;
  try {
    loaded = await import(module);
  } catch (error) {
    throw new RuntimeError(`Cannot load ${module} in a worker: ${reason(error)}.`, { cause: error });
  }
  const fn = loaded[name];
  if (typeof fn === "function") return fn as AnyFunction;
  const others = Object.keys(loaded).filter((key) => typeof loaded[key] === "function");
  throw new TypeError(
    `Cannot call ${name}() of ${module}: ` +
      (fn === undefined ? "the module exports nothing of that name" : `what it exports is ${describeKind(fn)}`) +
      `. ${others.length === 0 ? "It exports no function." : `Its functions are ${others.slice(0, 10).join(", ")}.`}`,
  );
}

function isAsyncFunction(fn: AnyFunction): boolean {
  return Object.prototype.toString.call(fn) === "[object AsyncFunction]";
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as PromiseLike<unknown>).then === "function";
}

/** What an error says, without the full stop of its sentence. */
export function reason(error: unknown): string {
  return String(error instanceof Error ? error.message : error).replace(/\.$/, "");
}
