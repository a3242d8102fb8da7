/**
 * What the tests of async functions share: moments at which something happens, and ways in which something is awaited.
 *
 * @module
 */
import { setImmediate } from "node:timers";
import {
  call,
  type Coroutine,
  coroutine,
  getRunningLoop,
  type LazyAwaitable,
  sleep,
  taskGroup,
  timeout,
  use,
  waitFor,
} from "../../mod.ts";

/** Calls after so many callbacks of the loop; none is at once. */
export function afterCallbacks(count: number, callback: () => void): void {
  if (count === 0) callback();
  else getRunningLoop().callSoon(() => afterCallbacks(count - 1, callback));
}

/** Resolves in a later turn of the host: whatever its promises had to do by then is done. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Does one thing and cancels, in one order or the other and so many callbacks apart. */
export interface Moment {
  readonly name: string;
  meet(act: () => void, cancel: () => void): void;
}

/** All moments: those of the loop, from one callback before to eight after. */
export const LOOP_MOMENTS: readonly Moment[] = [
  {
    name: "one callback before",
    meet(act, cancel) {
      cancel();
      getRunningLoop().callSoon(act);
    },
  },
  {
    name: "just before",
    meet(act, cancel) {
      cancel();
      act();
    },
  },
  ...Array.from({ length: 9 }, (_, callbacks): Moment => ({
    name: `${callbacks} callbacks after`,
    meet(act, cancel) {
      act();
      afterCallbacks(callbacks, cancel);
    },
  })),
];

/** Moments of the host, which may be in the midst of a step. */
export const HOST_MOMENTS: readonly Moment[] = [
  ...[1, 2, 3, 5, 8, 13].map((microtasks): Moment => ({
    name: `${microtasks} microtasks after`,
    meet(act, cancel) {
      act();
      void (async () => {
        for (let i = 0; i < microtasks; i++) await null;
        cancel();
      })();
    },
  })),
  {
    name: "a turn of the host after",
    meet(act, cancel) {
      act();
      setImmediate(cancel);
    },
  },
];

/** A way to await something in an async function, and the same in a coroutine where there is one. */
export interface Way {
  readonly name: string;
  asynchronous<T>(wait: () => LazyAwaitable<T>): PromiseLike<T>;
  generator?<T>(wait: () => LazyAwaitable<T>): Coroutine<T>;
}

async function deep<T>(levels: number, wait: () => LazyAwaitable<T>): Promise<T> {
  return levels === 0 ? await wait() : await deep(levels - 1, wait);
}

function* deepCoroutine<T>(levels: number, wait: () => LazyAwaitable<T>): Coroutine<T> {
  return levels === 0 ? yield* wait() : yield* deepCoroutine(levels - 1, wait);
}

async function* oneItem<T>(wait: () => LazyAwaitable<T>): AsyncGenerator<T> {
  yield await wait();
}

const LIMIT = 100_000;

/** The ways. */
export const WAYS: readonly Way[] = [
  {
    name: "as it is",
    asynchronous: async (wait) => await wait(),
    *generator(wait) {
      return yield* wait();
    },
  },
  {
    name: "by waitFor()",
    asynchronous: async (wait) => await waitFor(wait(), LIMIT),
    *generator(wait) {
      return yield* waitFor(wait(), LIMIT);
    },
  },
  {
    name: "by timeout(() => …)",
    asynchronous: async (wait) => await timeout(LIMIT, wait),
    *generator(wait) {
      return yield* timeout(LIMIT, wait);
    },
  },
  {
    name: "by timeout(async () => …)",
    asynchronous: async (wait) => await timeout(LIMIT, async () => await wait()),
    *generator(wait) {
      return yield* timeout(LIMIT, () => deepCoroutine(0, wait));
    },
  },
  {
    name: "by a timeout in a timeout",
    asynchronous: async (wait) => await timeout(LIMIT, async () => await timeout(LIMIT / 2, async () => await wait())),
    *generator(wait) {
      return yield* timeout(LIMIT, () => timeout(LIMIT / 2, () => deepCoroutine(0, wait)));
    },
  },
  {
    name: "by a coroutine of one's own",
    asynchronous: async (wait) => await coroutine(() => deepCoroutine(0, wait))(),
    generator: (wait) => deepCoroutine(0, wait),
  },
  {
    name: "by coroutine(async () => …)",
    asynchronous: async <T>(wait: () => LazyAwaitable<T>) => await coroutine(async () => await wait())() as T,
    generator: (wait) => deepCoroutine(0, wait),
  },
  {
    name: "by call()",
    asynchronous: async (wait) => await call(deepCoroutine(2, wait)),
    *generator(wait) {
      return yield* call(deepCoroutine(2, wait));
    },
  },
  {
    name: "in a task group",
    asynchronous: async (wait) => await taskGroup(async () => await wait()),
    *generator(wait) {
      return yield* taskGroup(() => deepCoroutine(0, wait));
    },
  },
  {
    name: "by use()",
    asynchronous: async (wait) => await use(null, async () => await wait()),
    *generator(wait) {
      return yield* use(null, () => deepCoroutine(0, wait));
    },
  },
  ...[1, 4, 8].map((levels): Way => ({
    name: `by helpers, ${levels} deep`,
    asynchronous: (wait) => deep(levels, wait),
    generator: (wait) => deepCoroutine(levels, wait),
  })),
  {
    name: "by then()",
    asynchronous: async (wait) => await wait().then((value) => value),
    generator: (wait) => deepCoroutine(0, wait),
  },
  {
    name: "by Promise.all()",
    asynchronous: async (wait) =>
      (await Promise.all([wait(), sleep(0)]))[0] as Awaited<ReturnType<typeof wait>> as never,
  },
  {
    name: "by an async generator",
    async asynchronous(wait) {
      for await (const item of oneItem(wait)) return item;
      throw new Error("it gave nothing");
    },
  },
];
