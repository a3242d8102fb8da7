/**
 * Effection: structured concurrency on generators. It has no lock, and nothing that gives way for one turn: its `sleep(0)` is a
 * timer of the host.
 */
import type { Program, Timer } from "../harness/samples.ts";
import { CREATED, ITEMS, PARKED, SWITCHES } from "../programs/counts.ts";
import { load } from "./packages.ts";
import type { Peer } from "./peer.ts";

interface Operation<T> {
  [Symbol.iterator](): Iterator<unknown, T, unknown>;
}
interface EffectionTask<T> extends Operation<T>, Promise<T> {
  halt(): Operation<void> & Promise<void>;
}
interface Effection {
  run<T>(operation: () => Operation<T>): EffectionTask<T>;
  spawn<T>(operation: () => Operation<T>): Operation<EffectionTask<T>>;
  scoped<T>(operation: () => Operation<T>): Operation<T>;
  sleep(duration: number): Operation<void>;
  suspend(): Operation<void>;
  withResolvers<T>(): { operation: Operation<T>; resolve(value: T): void };
  createQueue<T, TClose>(): { add(item: T): void; next(): Operation<IteratorResult<T, TClose>> };
}

const { createQueue, run, scoped, sleep, spawn, suspend, withResolvers } = await load<Effection>("effection");

// deno-lint-ignore require-yield
function* one() {
  return 1;
}

/** A program that runs a generator as the main task. */
const program = (body: (timer: Timer) => Operation<void>): Program => (timer) => run(() => body(timer));

/** What it does. */
export const peer: Peer = {
  programs: {
    "hand-off": program(function* () {
      let there = withResolvers<void>();
      let back = withResolvers<void>();
      const other = yield* spawn(function* () {
        for (let i = 0; i < SWITCHES / 2; i++) {
          yield* there.operation;
          there = withResolvers<void>();
          back.resolve();
        }
      });
      for (let i = 0; i < SWITCHES / 2; i++) {
        there.resolve();
        yield* back.operation;
        back = withResolvers<void>();
      }
      yield* other;
    }),

    create: program(function* () {
      for (let i = 0; i < CREATED; i++) yield* yield* spawn(one);
    }),

    queue: program(function* () {
      const there = createQueue<number, void>();
      const back = createQueue<number, void>();
      const other = yield* spawn(function* () {
        for (let i = 0; i < ITEMS / 2; i++) back.add((yield* there.next()).value as number);
      });
      for (let i = 0; i < ITEMS / 2; i++) {
        there.add(i);
        yield* back.next();
      }
      yield* other;
    }),

    // All at once, by the end of their scope: one after the other, and by `all`, it takes longer.
    cancel: program(function* (timer) {
      let ended = 0;
      yield* scoped(function* () {
        for (let i = 0; i < PARKED; i++) {
          yield* spawn(function* () {
            try {
              yield* suspend();
            } finally {
              ended++;
            }
          });
        }
        yield* sleep(0);
        timer.start();
      });
      timer.end();
      if (ended !== PARKED) throw new Error(`${PARKED - ended} tasks were not halted.`);
    }),
  },

  asleep: async (count) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const root = run(function* () {
      for (let i = 0; i < count; i++) {
        yield* spawn(function* () {
          yield* sleep(3_600_000);
        });
      }
      yield* sleep(0);
      resolve();
      yield* suspend();
    });
    root.catch(() => {});
    await promise;
    return async () => {
      await root.halt();
      return 0;
    };
  },
};
