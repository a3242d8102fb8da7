/**
 * Functions that run elsewhere. A function cannot travel to another thread or machine, but its name can: the module that exports it,
 * and the name that it is exported by. What both sides of a thread use is here as well: memory that is transferred, and calls from a worker to
 * whoever made its pool.
 *
 * @module
 */
import { noted } from "../core/current.ts";
import { snapshotVars } from "../core/context.ts";
import { coroutine } from "../core/coroutine.ts";
import { checkOptions, type OptionNames } from "../core/misuse.ts";
import { describeKind } from "../core/repr.ts";
import { requireLoop } from "../core/running.ts";
import type { Coroutine, LazyAwaitable } from "../core/suspend.ts";
import type { CallOptions, CallResult, RemoteCall, RemoteFunction, RemoteModule } from "../io/executor.ts";
import { callInExecutor } from "../loop/area.ts";
import { requireHostLoop } from "../loop/host_loop.ts";
import type { TransferableObject } from "../adapters/workers.ts";
import { RuntimeError } from "../core/errors.ts";
import { ConcurrentFuture } from "../tasks/ensure_future.ts";

const inThread = /* @__PURE__ */ coroutine(
  function* toThread(fn: RemoteFunction, args: readonly unknown[]): Coroutine<unknown> {
    checkRemote(fn, "toThread()");
    const loop = requireHostLoop(requireLoop(`call ${fn.name}() in a thread`), "call a function in a thread");
    return yield* callInExecutor(loop, null, fn, args, snapshotVars());
  },
);

/**
 * Calls a function in a thread of the loop's default executor, and returns its result. Cancelling the wait does not stop a plain function that
 * runs; a coroutine or async function is cancelled there, and with `fn.with({ onCancel: "terminate" })` the thread is ended.
 *
 * Context variables belong to their thread: the function does not see this one's. What it calls back by {@linkcode exposed} runs in a copy of
 * the context that `toThread` is awaited in.
 *
 * @param fn what {@linkcode remoteModule} or {@linkcode WorkerPool.remoteModule} returned: a function itself cannot travel
 * @param args what it is called with, copied, or handed over by {@linkcode transfer}
 * @returns its result, or what it threw, when awaited
 * @throws {TypeError} when awaited, if it is another function, an argument or the result cannot be cloned, or there is no such function
 * @throws {RuntimeError} when awaited, if no event loop is running, the default executor was shut down, or the module cannot be loaded
 * @throws {BrokenWorkerError} when awaited, if the thread ended in the middle of the call
 *
 * @example Something heavy, elsewhere
 * ```ts
 * import { run, remoteModule, toThread } from "@loop/asyncio";
 * import { assert } from "@std/assert";
 *
 * const { deflateSync } = remoteModule<{ deflateSync(text: string): Uint8Array }>("node:zlib");
 *
 * await run(function* () {
 *   const bytes = yield* toThread(deflateSync, "a".repeat(10_000));
 *   assert(bytes.length < 100);
 * });
 * ```
 *
 * @category Threads
 */
export function toThread<A extends unknown[], T>(fn: RemoteFunction<A, T>, ...args: A): LazyAwaitable<T> {
  return noted(inThread(fn as RemoteFunction, args), "toThread()") as LazyAwaitable<T>;
}

/**
 * The functions of a module, typed as they are there, to be called elsewhere: by default in threads of the default executor of whatever loop
 * runs, which {@linkcode toThread} does as well. {@linkcode WorkerPool.remoteModule} returns those that a pool calls.
 *
 * The module is not loaded here, so a function that it does not export is found when it is called. It is loaded in each thread, in a scope of
 * its own. A module that names itself is loaded there once more, so what it does at its top level happens there as well.
 *
 * @param url the module's URL, such as `new URL("./hash.ts", import.meta.url)`
 * @param call makes the calls, for those who implement an {@linkcode Executor}
 * @throws {TypeError} if it is not a URL, or `call` is not a function
 *
 * @example A module's functions
 * ```ts
 * import { gather, remoteModule, run } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * // Of your own module: remoteModule<typeof import("./hash.ts")>(new URL("./hash.ts", import.meta.url))
 * const { basename } = remoteModule<{ basename(path: string): string }>("node:path");
 *
 * await run(function* () {
 *   assertEquals(yield* gather(basename("/a/b"), basename("/c/d")), ["b", "d"]);
 * });
 * ```
 *
 * @example Calls that only say what they would do
 * ```ts
 * import { coroutine, remoteModule, run } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * const say = coroutine(async (name: string, args: readonly unknown[]) => `${name}(${args})`);
 * const { add } = remoteModule<{ add(a: number, b: number): string }>(
 *   "https://example.com/sums.ts",
 *   (fn, args) => say(fn.name, args),
 * );
 * assertEquals(await run(() => add(1, 2)), "add(1,2)");
 * ```
 *
 * @category Threads
 */
export function remoteModule<M>(url: URL | string, call: RemoteCall = inThread): RemoteModule<M> {
  const module = moduleUrl(url, "name a module by");
  if (typeof call !== "function") {
    throw new TypeError(`Cannot call the functions of ${module} by ${describeKind(call)}: give a function.`);
  }
  const made = new Map<string, RemoteFunction>();
  return new Proxy({}, {
    get(_target, name) {
      // Whoever awaits the module, or writes it out, asks for these.
      if (name === Symbol.toPrimitive) return () => `<RemoteModule ${module}>`;
      if (typeof name === "symbol" || name === "then" || name === "toJSON") return undefined;
      let fn = made.get(name);
      if (fn === undefined) made.set(name, fn = remoteFunction(module, name, call, {}, ++functions));
      return fn;
    },
  }) as RemoteModule<M>;
}

/** How many functions there are. */
let functions = 0;

function remoteFunction(
  module: string,
  name: string,
  call: RemoteCall,
  options: CallOptions,
  number: number,
): RemoteFunction {
  const fn = ((...args: unknown[]) => call(fn, args)) as unknown as RemoteFunction;
  Object.defineProperties(fn, {
    name: { value: name },
    module: { value: module },
    options: { value: options },
    with: {
      value: (changed: CallOptions) => {
        checkCallOptions(changed);
        return remoteFunction(module, name, call, { ...options, ...changed }, number);
      },
    },
    "~remote": { value: number },
  });
  return fn;
}

const NAMES: OptionNames<CallOptions> = { onCancel: true };

function checkCallOptions(options: CallOptions): void {
  checkOptions(options ?? null, "RemoteFunction.with", NAMES);
  const { onCancel } = options;
  if (onCancel === undefined || onCancel === "finish" || onCancel === "terminate") return;
  throw new RangeError(`Cannot use ${describeKind(onCancel)} as onCancel: it is "finish" or "terminate".`);
}

/**
 * The URL of a module, as a text.
 *
 * @throws {TypeError} if it is not a URL
 */
export function moduleUrl(url: URL | string, what: string): string {
  if (url instanceof URL) return url.href;
  if (typeof url === "string" && URL.canParse(url)) return url;
  throw new TypeError(
    `Cannot ${what} ${describeKind(url)}: elsewhere it would be another, or none. Give its URL: ` +
      'new URL("./module.ts", import.meta.url).',
  );
}

/**
 * Refuses a function that cannot travel, with what to write instead.
 *
 * @throws {TypeError} if it is not a {@linkcode RemoteFunction}
 */
export function checkRemote(fn: unknown, where: string): void {
  if (typeof fn === "function" && (fn as Partial<RemoteFunction>)["~remote"] !== undefined) return;
  if (typeof fn !== "function") {
    throw new TypeError(`Cannot call ${describeKind(fn)} in ${where}: give a function of a module.`);
  }
  const name = /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(fn.name) ? fn.name : "work";
  throw new TypeError(
    `Cannot call ${
      fn.name || "an anonymous function"
    } in ${where}: a function cannot travel to another thread, since what it ` +
      `refers to stays here. Export it from a module, and name it by that: ` +
      `const { ${name} } = remoteModule<typeof import("./module.ts")>(new URL("./module.ts", import.meta.url)).`,
  );
}

const transferables = new WeakMap<object, readonly TransferableObject[]>();

/** Nothing to transfer. */
const NONE: readonly TransferableObject[] = [];

/** Whether anything was ever marked; most programs never do, and pay no look-up. */
let used = false;

/**
 * Hands a value over to another thread instead of copying it, as an argument of a call or as its result: costs the same for any size, and
 * leaves nothing behind. Marks the value and returns it.
 *
 * @param value what is handed over, or what holds it
 * @param list what in it is handed over; may be left out for a buffer, for a view of one, of which the whole buffer goes, and for a stream or port
 * @throws {TypeError} if the value is no object, or it must be said what in it is handed over
 *
 * @example A buffer that is not copied
 * ```ts
 * import { run, transfer, WorkerPool } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * await using pool = new WorkerPool({ maxWorkers: 1 });
 * const { crc32 } = pool.remoteModule<{ crc32(bytes: Uint8Array): number }>("node:zlib");
 * const bytes = new Uint8Array(1_000_000);
 * await run(() => crc32(transfer(bytes)));
 * assertEquals(bytes.length, 0);
 * ```
 *
 * @category Threads
 */
export function transfer<T extends object>(value: T, list?: readonly TransferableObject[]): T {
  if (typeof value !== "object" || value === null) {
    throw new TypeError(`Cannot transfer ${describeKind(value)}: it must be an object.`);
  }
  used = true;
  transferables.set(value, list === undefined ? [ownTransferable(value)] : [...list]);
  return value;
}

function ownTransferable(value: object): TransferableObject {
  if (ArrayBuffer.isView(value)) return value.buffer as ArrayBuffer;
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  if (/^(ArrayBuffer|MessagePort|ReadableStream|WritableStream|TransformStream|ImageBitmap)$/.test(tag)) {
    return value as TransferableObject;
  }
  throw new TypeError(
    `Cannot transfer ${
      describeKind(value)
    } by itself: say what in it is handed over, as in transfer(value, [value.buffer]).`,
  );
}

/** What was marked of these values. */
export function transferred(values: readonly unknown[]): readonly TransferableObject[] {
  if (!used) return NONE;
  let list: TransferableObject[] | undefined;
  for (const value of values) {
    if (typeof value !== "object" || value === null) continue;
    const own = transferables.get(value);
    if (own === undefined) continue;
    transferables.delete(value);
    list = list === undefined
      ? [...own]
      : [...list, ...own.filter((one) => !(list as TransferableObject[]).includes(one))];
  }
  return list ?? NONE;
}

/** Who is told what came of a call out of a worker. */
export interface Told {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** The worker that this thread is, for those who call out of it. */
export interface ThisWorker {
  /** Calls what the pool has exposed by a name; returns what revokes the call. */
  invoke(name: string, args: readonly unknown[], told: Told): (message?: string) => void;
}

let worker: ThisWorker | null = null;

/** This thread is a worker from now on. */
export function becomeWorker(self: ThisWorker): void {
  worker = self;
}

/** The worker that this thread is; null if the thread is not a worker. */
export function thisWorker(): ThisWorker | null {
  return worker;
}

/**
 * Exposed functions, as a worker calls them.
 *
 * @category Threads
 */
export type Exposed<F> = {
  readonly [K in keyof F as F[K] extends (...args: never) => unknown ? K : never]: F[K] extends
    (...args: infer A) => infer R ? (...args: A) => LazyAwaitable<CallResult<R>> : never;
};

const invoke = /* @__PURE__ */ coroutine(function* invoke(name: string, args: readonly unknown[]): Coroutine<unknown> {
  const worker = thisWorker();
  if (worker === null) {
    throw new RuntimeError(
      `Cannot call the exposed function ${name}() here: this is no worker of a WorkerPool. Call the function itself.`,
    );
  }
  return yield* new ConcurrentFuture((resolve, reject) => worker.invoke(name, args, { resolve, reject }));
});

/**
 * The functions that the pool has exposed by {@linkcode WorkerPool.expose}, to be called in a worker. They run on the loop that submitted the
 * worker's call, in its context; cancelling the one cancels the other. A plain function that holds its thread cannot await them: make it
 * a generator function or an async one.
 *
 * @throws {TypeError} if it is given anything: functions are exposed by {@linkcode WorkerPool.expose}
 *
 * @example In a worker's module
 * ```ts
 * import { type Coroutine, exposed } from "@loop/asyncio";
 *
 * // In the main thread: pool.expose({ *price(item: string) { … } })
 * const { price } = exposed<{ price(item: string): number }>();
 *
 * export function* total(items: string[]): Coroutine<number> {
 *   let sum = 0;
 *   for (const item of items) sum += yield* price(item);
 *   return sum;
 * }
 * ```
 *
 * @category Threads
 */
export function exposed<F>(): Exposed<F> {
  if (arguments.length > 0) {
    throw new TypeError(
      `Cannot expose ${describeKind(arguments[0])} by exposed(): that is how a worker gets what was exposed. Write ` +
        "pool.expose({ work() { … } }) where the pool is, and const { work } = exposed<…>() in the worker's module.",
    );
  }
  return new Proxy({}, {
    get: (_target, name) =>
      typeof name === "symbol" || name === "then" ? undefined : (...args: unknown[]) => invoke(name, args),
  }) as Exposed<F>;
}
