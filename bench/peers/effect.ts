/**
 * Effect: programs as values, run on fibers.
 */
import type { Program, Timer } from "../harness/samples.ts";
import { AT_ONCE, CREATED, ITEMS, JOBS, LOCKED, MANY, PARKED, SWITCHES } from "../programs/counts.ts";
import { load } from "./packages.ts";
import type { Peer } from "./peer.ts";

interface Effect<A> {
  [Symbol.iterator](): Iterator<unknown, A, unknown>;
}
interface Semaphore {
  take(permits: number): Effect<number>;
  release(permits: number): Effect<number>;
}
type Fiber<A> = { readonly "~fiber": A };
type Deferred<A> = { readonly "~deferred": A };
type Queue<A> = { readonly "~queue": A };
interface EffectPackage {
  Effect: {
    gen<A>(body: () => Generator<unknown, A, unknown>): Effect<A>;
    runPromise<A>(effect: Effect<A>): Promise<A>;
    succeed<A>(value: A): Effect<A>;
    sync<A>(thunk: () => A): Effect<A>;
    yieldNow: Effect<void>;
    never: Effect<never>;
    sleep(milliseconds: number): Effect<void>;
    ensuring<A>(effect: Effect<A>, last: Effect<void>): Effect<A>;
    forkChild<A>(effect: Effect<A>): Effect<Fiber<A>>;
    forEach<T, A>(
      items: readonly T[],
      body: (item: T) => Effect<A>,
      options: { concurrency: number; discard: true },
    ): Effect<void>;
  };
  Fiber: {
    join<A>(fiber: Fiber<A>): Effect<A>;
    interrupt<A>(fiber: Fiber<A>): Effect<void>;
    interruptAll<A>(fibers: readonly Fiber<A>[]): Effect<void>;
  };
  Deferred: {
    makeUnsafe<A>(): Deferred<A>;
    await<A>(deferred: Deferred<A>): Effect<A>;
    succeed<A>(deferred: Deferred<A>, value: A): Effect<boolean>;
  };
  Queue: {
    unbounded<A>(): Effect<Queue<A>>;
    offer<A>(queue: Queue<A>, item: A): Effect<boolean>;
    take<A>(queue: Queue<A>): Effect<A>;
  };
  Semaphore: { make(permits: number): Effect<Semaphore> };
}

const { Deferred, Effect, Fiber, Queue, Semaphore } = await load<EffectPackage>("effect");
const { forkChild, gen, runPromise, yieldNow } = Effect;

const one = Effect.succeed(1);

/** A program that runs a generator as the main fiber. */
const program = (body: (timer: Timer) => Generator<unknown, void, unknown>): Program => (timer) =>
  runPromise(gen(() => body(timer)));

/** What it does. */
export const peer: Peer = {
  programs: {
    "switch-1000": program(function* () {
      const all: Fiber<void>[] = [];
      const task = gen(function* () {
        for (let i = 0; i < SWITCHES / MANY; i++) yield* yieldNow;
      });
      for (let i = 0; i < MANY; i++) all.push(yield* forkChild(task));
      for (const fiber of all) yield* Fiber.join(fiber);
    }),

    "hand-off": program(function* () {
      let there = Deferred.makeUnsafe<void>();
      let back = Deferred.makeUnsafe<void>();
      const other = yield* forkChild(gen(function* () {
        for (let i = 0; i < SWITCHES / 2; i++) {
          yield* Deferred.await(there);
          there = Deferred.makeUnsafe<void>();
          yield* Deferred.succeed(back, undefined);
        }
      }));
      for (let i = 0; i < SWITCHES / 2; i++) {
        yield* Deferred.succeed(there, undefined);
        yield* Deferred.await(back);
        back = Deferred.makeUnsafe<void>();
      }
      yield* Fiber.join(other);
    }),

    create: program(function* () {
      for (let i = 0; i < CREATED; i++) yield* Fiber.join(yield* forkChild(one));
    }),

    queue: program(function* () {
      const there = yield* Queue.unbounded<number>();
      const back = yield* Queue.unbounded<number>();
      const other = yield* forkChild(gen(function* () {
        for (let i = 0; i < ITEMS / 2; i++) yield* Queue.offer(back, yield* Queue.take(there));
      }));
      for (let i = 0; i < ITEMS / 2; i++) {
        yield* Queue.offer(there, i);
        yield* Queue.take(back);
      }
      yield* Fiber.join(other);
    }),

    lock: program(function* () {
      const lock = yield* Semaphore.make(1);
      for (let i = 0; i < LOCKED; i++) {
        yield* lock.take(1);
        yield* lock.release(1);
      }
    }),

    cancel: program(function* (timer) {
      let ended = 0;
      const all: Fiber<never>[] = [];
      const task = Effect.ensuring(Effect.never, Effect.sync(() => void ended++));
      for (let i = 0; i < PARKED; i++) all.push(yield* forkChild(task));
      yield* yieldNow;
      timer.start();
      yield* Fiber.interruptAll(all);
      timer.end();
      if (ended !== PARKED) throw new Error(`${PARKED - ended} fibers were not interrupted.`);
    }),

    jobs: () =>
      runPromise(
        Effect.forEach(Array.from({ length: JOBS }, (_, i) => i), () => yieldNow, {
          concurrency: AT_ONCE,
          discard: true,
        }),
      ),
  },

  asleep: async (count) => {
    const { promise: ready, resolve } = Promise.withResolvers<void>();
    const { promise: stop, resolve: end } = Promise.withResolvers<void>();
    const over = runPromise(gen(function* () {
      const all: Fiber<void>[] = [];
      for (let i = 0; i < count; i++) all.push(yield* forkChild(Effect.sleep(3_600_000)));
      yield* Effect.sleep(1);
      resolve();
      const told = Deferred.makeUnsafe<void>();
      stop.then(() => runPromise(Deferred.succeed(told, undefined)));
      yield* Deferred.await(told);
      yield* Fiber.interruptAll(all);
    }));
    await ready;
    return async () => {
      end();
      await over;
      return 0;
    };
  },
};
