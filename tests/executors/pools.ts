/**
 * What the tests of executors share.
 *
 * @module
 */
import {
  type Coroutine,
  type ExceptionContext,
  getRunningLoop,
  type RemoteModule,
  remoteModule,
  run,
  WorkerPool,
  type WorkerPoolOptions,
} from "../../mod.ts";
import { eventually, within } from "../within.ts";

/** Functions that need no loop. */
export type Plain = RemoteModule<typeof import("./fixtures/plain.ts")>;

/** Functions that run on a loop. */
export type Work = RemoteModule<typeof import("./fixtures/work.ts")>;

/** Where the former are. */
export const plainUrl: URL = new URL("./fixtures/plain.ts", import.meta.url);

/** Where the latter are. */
export const workUrl: URL = new URL("./fixtures/work.ts", import.meta.url);

/** The former, for whatever executor is the default. */
export const plain: Plain = remoteModule<typeof import("./fixtures/plain.ts")>(plainUrl);

/** The latter, for whatever executor is the default. */
export const work: Work = remoteModule<typeof import("./fixtures/work.ts")>(workUrl);

/** What a test has of a pool. */
export interface Given {
  readonly pool: WorkerPool;
  readonly plain: Plain;
  readonly work: Work;
}

/** A pool with its functions. */
export function given(pool: WorkerPool): Given {
  return {
    pool,
    plain: pool.remoteModule<typeof import("./fixtures/plain.ts")>(plainUrl),
    work: pool.remoteModule<typeof import("./fixtures/work.ts")>(workUrl),
  };
}

/** Runs a coroutine or async function with a pool of its own. */
export async function withPool<T>(
  main: (given: Given) => Coroutine<T> | Promise<T>,
  options: WorkerPoolOptions = { maxWorkers: 1 },
): Promise<T> {
  await using pool = new WorkerPool(options);
  const running = run<T>(() => main(given(pool)) as Promise<T>);
  try {
    return await within(running, "the end of a test with a pool", () => String(pool));
  } catch (error) {
    // A worker that hangs would keep the error from being seen.
    pool.shutdown({ terminate: true });
    throw error;
  }
}

/** Collects what the running loop's exception handler is told. */
export function listen(): ExceptionContext[] {
  const reports: ExceptionContext[] = [];
  getRunningLoop().setExceptionHandler((_loop, context) => void reports.push(context));
  return reports;
}

/** A flag that a worker and its test share: it says by [0] that it has begun, and is let go, or says more, by [1]. */
export function sharedFlag(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(8));
}

/** Resolves when a worker has set the flag. */
export async function untilSet(flag: Int32Array, index: number): Promise<number> {
  await eventually(() => Atomics.load(flag, index) !== 0, `the flag ${index} of a worker`);
  return Atomics.load(flag, index);
}

/** Lets a worker go at the end of the block, however that is left: Deno cannot stop one that spins, and it would for all tests to come. */
export function letGoAtEnd(flag: Int32Array): Disposable {
  return { [Symbol.dispose]: () => letGo(flag) };
}

/** Lets a worker go that holds its thread. */
export function letGo(flag: Int32Array): void {
  Atomics.store(flag, 1, 1);
  Atomics.notify(flag, 1);
}
