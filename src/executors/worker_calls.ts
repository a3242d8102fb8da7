/**
 * What runs in a worker: it waits for calls, makes them, and tells what came of them.
 *
 * A plain function is called as it is. Coroutines and async functions run on a loop of this thread, which is loaded with the first of them.
 *
 * @module
 */
import type { TransferableObject } from "../adapters/workers.ts";
import { errorText } from "../adapters/shared/host_error.ts";
import { CancelledError, RuntimeError } from "../core/errors.ts";
import { isCoroutine, isGeneratorFunction, isThenable } from "../core/suspend.ts";
import { describeKind } from "../core/repr.ts";
import {
  ANSWER,
  type Call,
  CANCEL,
  FUNCTION,
  INVOKE,
  type Order,
  RESULT,
  REVOKE,
  THROWN,
  UNCAUGHT,
} from "./messages.ts";
import { becomeWorker, type ThisWorker, type Told, transferred } from "./remote_module.ts";
import { fromThrown, toThrown } from "./thrown.ts";

/** Sends to the pool: a report, or a result as it is. */
export type Post = (message: unknown, transfer: readonly TransferableObject[]) => void;

/** A function once it is loaded. */
interface Loaded {
  readonly call: (...args: readonly unknown[]) => unknown;
  /** The name that it is exported by. */
  readonly name: string;
  /** Whether it must be called on a loop. */
  readonly onLoop: boolean;
}

/** Nothing to hand over. */
const NONE: readonly TransferableObject[] = [];

/** The end of a worker at which the calls come in. */
export class WorkerCalls implements ThisWorker {
  readonly #post: Post;
  readonly #functions = new Map<number, Loaded | Promise<Loaded>>();
  /** The function that was called last. */
  #latest!: Loaded | Promise<Loaded>;
  /** Whether a call runs, and with it what cancels one that can be. */
  #running = false;
  #controller: AbortController | null = null;
  /** A cancel of the call that runs. */
  #cancelled: CancelledError | null = null;
  readonly #invoked = new Map<number, Told>();
  #invocations = 0;

  /** Makes this thread a worker. */
  constructor(post: Post) {
    this.#post = post;
    becomeWorker(this);
  }

  /** A message has come. */
  readonly receive = (message: unknown): void => {
    if (!Array.isArray(message)) return this.#call(this.#latest, [message]);
    const [number, ...args] = message as unknown as Call;
    if (number < 0) this.#obey(message as unknown as Order);
    else this.#call(this.#latest = this.#functions.get(number) as Loaded | Promise<Loaded>, args);
  };

  #call(fn: Loaded | Promise<Loaded>, args: readonly unknown[]): void {
    this.#running = true;
    this.#cancelled = null;
    if ("call" in fn) this.#make(fn, args);
    else fn.then((fn) => this.#make(this.#latest = fn, args), (error) => this.#threw(error));
  }

  #obey(order: Order): void {
    const kind = order[0];
    if (kind === FUNCTION) this.#load(order[1], order[2], order[3]);
    else if (kind === CANCEL) {
      if (!this.#running) return;
      this.#cancelled = new CancelledError(order[1]);
      this.#controller?.abort(this.#cancelled);
    } else if (kind === ANSWER) this.#answered(order[1])?.resolve(order[2]);
    else this.#answered(order[1])?.reject(fromThrown(order[2]));
  }

  #answered(id: number): Told | undefined {
    const invoked = this.#invoked.get(id);
    this.#invoked.delete(id);
    return invoked;
  }

  /** An error has come that nobody caught. Whoever made this worker ends it. */
  uncaught(error: unknown): void {
    this.#post([UNCAUGHT, toThrown(error)], NONE);
  }

  /** Calls what the pool has exposed by a name; returns what revokes the call. */
  invoke(name: string, args: readonly unknown[], told: Told): (message?: string) => void {
    const id = this.#invocations++;
    try {
      this.#post([INVOKE, id, name, args], transferred(args));
    } catch (error) {
      throw new TypeError(
        `Cannot send the arguments of ${name}() out of the worker: ${errorText(error)}. Send what can be cloned.`,
        { cause: error },
      );
    }
    this.#invoked.set(id, told);
    return (message) => {
      if (this.#invoked.delete(id)) this.#post([REVOKE, id, message], NONE);
    };
  }

  #load(number: number, module: string, name: string): void {
    const loading = load(module, name).then((fn) => {
      this.#functions.set(number, fn);
      return fn;
    });
    // The call gets it again.
    loading.catch(() => {});
    this.#functions.set(number, loading);
  }

  #make(fn: Loaded, args: readonly unknown[]): void {
    // It came while the module was loaded.
    if (this.#cancelled !== null) return this.#threw(this.#cancelled);
    const { call, name, onLoop } = fn;
    let made: unknown;
    try {
      if (onLoop) return void this.#run(() => call(...args), name);
      made = call(...args);
      if (typeof made === "object" && made !== null) {
        if (isCoroutine(made)) return void this.#run(() => made, name);
        if (isThenable(made)) {
          // A promise calls back once; of what is only like one, the second call would be taken for the result of the next call.
          Promise.resolve(made).then((value) => this.#gave(value, name), (error) => this.#threw(error));
          return;
        }
      }
    } catch (error) {
      return this.#threw(error);
    }
    this.#gave(made, name);
  }

  async #run(source: () => unknown, name: string): Promise<void> {
    this.#controller = new AbortController();
    try {
      const { runInWorker } = await import("./worker_loop.ts");
      this.#gave(await runInWorker(source, name, this.#controller.signal), name);
    } catch (error) {
      this.#threw(error);
    }
  }

  #gave(value: unknown, name: string): void {
    try {
      // Deno's quirk `undefined-message`.
      const message = value === undefined || Array.isArray(value) ? [RESULT, value] : value;
      if (typeof value !== "object" || value === null) this.#post(message, NONE);
      else this.#post(message, transferred([value]));
      this.#ended();
    } catch (error) {
      const refused = new TypeError(
        `Cannot send the result of ${name}() out of the worker: ${errorText(error)}. Return what can be cloned.`,
        { cause: error },
      );
      this.#threw(refused);
    }
  }

  #threw(error: unknown): void {
    this.#post([THROWN, toThrown(error)], NONE);
    this.#ended();
  }

  #ended(): void {
    this.#running = false;
    this.#controller = null;
  }
}

async function load(module: string, name: string): Promise<Loaded> {
  let loaded: Readonly<Record<string, unknown>>;
  try {
    // A bundler must not look for it: which module it is, is known when it is called.
    loaded = await import(/* webpackIgnore: true */ /* @vite-ignore */ module);
  } catch (error) {
    throw new RuntimeError(`Cannot load ${module} in a worker: ${errorText(error)}.`, { cause: error });
  }
  const fn = loaded[name];
  if (typeof fn === "function") {
    return { call: fn as Loaded["call"], name, onLoop: isGeneratorFunction(fn) || isAsync(fn) };
  }
  const others = Object.keys(loaded).filter((key) => typeof loaded[key] === "function");
  throw new TypeError(
    `Cannot call ${name}() of ${module}: ` +
      (fn === undefined ? "the module exports nothing of that name" : `what it exports is ${describeKind(fn)}`) +
      `. ${others.length === 0 ? "It exports no function." : `Its functions are ${others.slice(0, 10).join(", ")}.`}`,
  );
}

function isAsync(fn: unknown): boolean {
  return Object.prototype.toString.call(fn) === "[object AsyncFunction]";
}
