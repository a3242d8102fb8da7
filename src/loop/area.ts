/**
 * The areas of the module that methods of the loop load when they are needed: sockets, processes, threads.
 *
 * @module
 */
import { coroutine } from "../core/coroutine.ts";
import { fromPromise } from "../core/from_promise.ts";
import type { Coroutine, LazyAwaitable } from "../core/suspend.ts";

/** A function of an area that does the work of a method of the loop. */
type Method = (...args: never[]) => Coroutine<unknown>;

/** The functions of an area, by their names. */
type Methods<M> = { [N in keyof M as M[N] extends Method ? N : never]: M[N] };

/** How many areas are being loaded. */
let loading = 0;

/** How many areas are being loaded just now: who waits for one of them waits for the module, and for nobody else. */
export function areasLoading(): number {
  return loading;
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
    if (this.#loading !== null) return this.#loading;
    loading++;
    return this.#loading = this.#import().then((area) => {
      loading--;
      return this.loaded = area;
    }, (error) => {
      loading--;
      this.#loading = null;
      throw error;
    });
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
        *[name](...args: unknown[]): Coroutine<unknown> {
          const methods = yield* load();
          return yield* (methods[name] as (...args: unknown[]) => Coroutine<unknown>)(...args);
        },
      };
      this.#calls.set(name, made = coroutine(named[name] as (...args: unknown[]) => Coroutine<unknown>));
    }
    return made(...args as unknown[]) as never;
  }
}
