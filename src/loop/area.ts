/**
 * The areas of the module that methods of the loop load when they are needed: sockets, processes, threads. What makes threads is loaded with the
 * first call in an executor; the future of that call is there at once all the same.
 *
 * @module
 */
import { clearTimeout, now, setTimeout, unrefTimer } from "../adapters/shared/timers.ts";
import { noted } from "../core/current.ts";
import { coroutine } from "../core/coroutine.ts";
import { fromPromise } from "../core/from_promise.ts";
import type { Coroutine, LazyAwaitable } from "../core/suspend.ts";
import { copyContext } from "../core/context.ts";
import type { Vars } from "../core/contract.ts";
import { framesOfCall, placeAtCall } from "../core/error_frames.ts";
import { isCancelled, RuntimeError } from "../core/errors.ts";
import type { Future } from "../core/future.ts";
import { checkClosed, failWith, onPark, parkedIn } from "../core/internal.ts";
import { checkTimeOrNull } from "../core/misuse.ts";
import { describeKind } from "../core/repr.ts";
import type { Executor, RemoteFunction } from "../io/executor.ts";
import type { HostLoop } from "./host_loop.ts";

/** A function of an area that does the work of a method of the loop. */
type Method = (...args: never[]) => Coroutine<unknown>;

/** The functions of an area, by their names. */
type Methods<M> = { [N in keyof M as M[N] extends Method ? N : never]: M[N] };

/** How many parts of the module are being loaded, and when the last of them was. */
let loading = 0;
let loadedAt = -Infinity;

/** How many parts are being loaded just now: who waits for one of them waits for the module, and for nobody else. */
export function areasLoading(): number {
  return loading;
}

/** Whether one was loaded, or is being, at any time of the last so many milliseconds. Some runtimes do nothing else meanwhile. */
export function hasLoadedWithin(milliseconds: number): boolean {
  return loading > 0 || now() - loadedAt <= milliseconds;
}

/** Counts a part that is being loaded. */
export function loadPart<M>(load: () => Promise<M>): Promise<M> {
  loading++;
  return load().finally(() => {
    loading--;
    loadedAt = now();
  });
}

/** An area: loaded once, by whoever needs it first. Whoever comes later goes on without waiting. */
export class Area<M> {
  /** What was loaded; null before. */
  loaded: M | null = null;
  readonly #import: () => Promise<M>;
  #loading: Promise<M> | null = null;
  readonly #calls = new Map<PropertyKey, (...args: unknown[]) => LazyAwaitable<unknown>>();

  /** @param load a literal `import()` of the area's entry file, so that bundlers see it */
  constructor(load: () => Promise<M>) {
    this.#import = load;
  }

  /** Loads it. */
  *load(): Coroutine<M> {
    return this.loaded ?? (yield* fromPromise(this.loading()));
  }

  /** Loads it, for code that is not a coroutine. Who asks first is told first. */
  loading(): Promise<M> {
    return this.#loading ??= loadPart(() =>
      this.#import().then((area) => this.loaded = area, (error) => {
        this.#loading = null;
        throw error;
      })
    );
  }

  /**
   * A call of one of its functions, as a lazy awaitable of the same name: the area is loaded, and the arguments are checked, when it is first
   * stepped.
   */
  call<N extends keyof Methods<M> & string>(
    name: N,
    ...args: Methods<M>[N] extends (...args: infer A) => unknown ? A : never
  ): LazyAwaitable<Methods<M>[N] extends (...args: never[]) => Coroutine<infer T> ? T : never> {
    let made = this.#calls.get(name);
    if (made === undefined) {
      const load = () => this.load();
      // Its name is that of the method, by which people know the coroutine.
      const named: Record<string, (...args: unknown[]) => Coroutine<unknown>> = {
        *[name](call: unknown, ...args: unknown[]): Coroutine<unknown> {
          try {
            const methods = yield* load();
            return yield* (methods[name] as (...args: unknown[]) => Coroutine<unknown>)(...args);
          } catch (error) {
            if (!isCancelled(error)) placeAtCall(error, call as Error | null, named[name] as Method);
            throw error;
          }
        },
      };
      this.#calls.set(name, made = coroutine(named[name] as (...args: unknown[]) => Coroutine<unknown>));
    }
    return noted(made(framesOfCall(), ...args as unknown[])) as never;
  }
}

const deadlocks = /* @__PURE__ */ new Area(() => import("../inspect/insight.ts"));

/** Milliseconds after which a loop is looked at for the first time, from its first wait on. Short programs load nothing for it. */
const DEADLOCK_CHECK_AFTER = 1_000;

/** Watches a loop for tasks that wait for one another; returns what ends that. */
export function watchForDeadlocks(loop: HostLoop): () => void {
  let isOver = false;
  let stop = () => onPark(loop, null);
  onPark(loop, () => {
    onPark(loop, null);
    const turn = parkedIn(loop)?.turn ?? -1;
    const look = () => {
      stop = () => {};
      deadlocks.loading().then(({ watch }) => {
        if (!isOver) stop = watch(loop, turn);
      }, (exception) => loop.callExceptionHandler({ message: "Cannot look for deadlocks", exception }));
    };
    const timer = setTimeout(look, DEADLOCK_CHECK_AFTER);
    unrefTimer(timer);
    stop = () => clearTimeout(timer);
  });
  return () => {
    isOver = true;
    stop();
  };
}

const threads = /* @__PURE__ */ new Area(() => import("../executors/methods.ts"));

/**
 * Calls a function in an executor; null for the default one. A call that has to wait until the area is loaded keeps its place among the
 * others, and its context.
 *
 * @param vars the context variables that go with the call, if the executor can take any
 * @returns its future, which fails if the function cannot travel or the executor does not take it
 * @throws {RuntimeError} if the loop is closed, or its default executor was shut down
 */
export function callInExecutor(
  loop: HostLoop,
  executor: Executor | null,
  fn: RemoteFunction,
  args: readonly unknown[],
  vars?: Vars,
): Future<unknown> {
  checkClosed(loop);
  if (executor === null) {
    if (loop.defaultExecutorIsShutDown) {
      throw new RuntimeError(
        `Cannot call a function in the default executor of ${loop}: it was shut down. Give an executor of your own.`,
      );
    }
    loop.usesDefaultExecutor = true;
  }
  const { loaded } = threads;
  if (loaded !== null) return loaded.callInExecutor(loop, executor, fn, args, vars);
  // A future and not a task, which the end of `run()` would cancel: a call that was made is waited for.
  const future = loop.createFuture();
  const context = copyContext();
  threads.loading().then(({ callLate }) => callLate(future, context, loop, executor, fn, args, vars))
    .catch((error) => {
      if (!future.done() && !loop.isClosed()) failWith(future, error);
    });
  return future;
}

/** Shuts the default executor of a loop down. If nothing was ever called in it, nothing is loaded for that. */
export function* shutdownDefaultExecutor(loop: HostLoop, timeout: number | null): Coroutine<void> {
  checkTimeOrNull(timeout, "timeout", "shutdownDefaultExecutor");
  loop.defaultExecutorIsShutDown = true;
  if (loop.usesDefaultExecutor) yield* threads.call("shutdownDefaultExecutor", loop, timeout);
}

/**
 * Refuses what is not an executor.
 *
 * @throws {TypeError} if it is not one
 */
export function checkExecutor(executor: unknown, what: string): void {
  const { submit, shutdown } = (executor ?? {}) as Partial<Executor>;
  if (typeof submit === "function" && typeof shutdown === "function") return;
  throw new TypeError(`Cannot ${what} ${describeKind(executor)}: it is not an Executor, such as a WorkerPool.`);
}
