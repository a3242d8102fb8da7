/**
 * What both sides of a thread use: memory that is transferred, and calls from a worker to whoever made its pool.
 *
 * @module
 */
import type { TransferableObject } from "../adapters/workers.ts";
import { describeKind } from "../core/repr.ts";
import { coroutine } from "../core/coroutine.ts";
import { RuntimeError } from "../core/errors.ts";
import type { Coroutine, LazyAwaitable } from "../core/suspend.ts";
import type { CallResult } from "../io/executor.ts";
import { ConcurrentFuture } from "../tasks/threadsafe.ts";

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
