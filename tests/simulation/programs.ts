/**
 * Programs for every order and every cancel: the module's own locks, queues, groups and deadlines. Each checks by itself what must hold.
 *
 * @module
 */
import {
  Barrier,
  BoundedSemaphore,
  CancelledError,
  Condition,
  createTask,
  Event,
  forEach,
  gather,
  getRunningLoop,
  Lock,
  PriorityQueue,
  Queue,
  QueueShutDown,
  type Semaphore,
  shield,
  sleep,
  type Task,
  taskGroup,
  timeout,
  TimeoutError,
  wait,
  waitFor,
} from "../../mod.ts";
import type { Program } from "../../src/testing/mod.ts";

/** A program, and what must hold after it has ended in whatever way. */
export interface Simulated {
  readonly program: Program;
  readonly holds: () => boolean;
  /** Whether it may return though it was cancelled. */
  readonly mayReturn?: boolean;
}

function fail(message: string): never {
  throw new Error(message);
}

/** All programs, by what they are about. */
export const programs: Record<string, () => Simulated> = {
  "a lock lets one in, and is free in the end": () => {
    let lock = new Lock();
    let inside = 0;
    return {
      program: async () => {
        lock = new Lock();
        inside = 0;
        const work = async () => {
          for (let i = 0; i < 2; i++) {
            await lock.acquire();
            try {
              if (++inside > 1) fail("two are inside");
              await sleep(i);
            } finally {
              inside--;
              lock.release();
            }
          }
        };
        await taskGroup(async (group) => {
          const tasks = [1, 2, 3, 4].map(() => group.createTask(work));
          await sleep(0);
          tasks[1]!.cancel();
          await sleep(0);
          tasks[2]!.cancel();
        });
      },
      holds: () => !lock.locked() && inside === 0,
    };
  },

  "a semaphore lets so many in, and has all back in the end": () => {
    let semaphore: Semaphore = new BoundedSemaphore(2);
    let inside = 0;
    return {
      program: function* () {
        semaphore = new BoundedSemaphore(2);
        inside = 0;
        function* work() {
          yield* semaphore.acquire();
          try {
            if (++inside > 2) fail("three are inside");
            yield* sleep(0);
            yield* sleep(1);
          } finally {
            inside--;
            semaphore.release();
          }
        }
        yield* taskGroup(function* (group) {
          const tasks = Array.from({ length: 5 }, () => group.createTask(work()));
          for (const task of [tasks[2]!, tasks[4]!]) {
            yield* sleep(0);
            task.cancel();
          }
        });
        // Both can be had again.
        yield* timeout(10, function* () {
          yield* semaphore.acquire();
          yield* semaphore.acquire();
        });
        semaphore.release();
        semaphore.release();
      },
      holds: () => inside === 0,
    };
  },

  "a condition wakes whoever waits, and loses no wake-up": () => {
    let condition = new Condition();
    return {
      program: async () => {
        condition = new Condition();
        let items = 0;
        let taken = 0;
        const take = async () => {
          await condition.acquire();
          try {
            while (items === 0) await condition.wait();
            items--;
            taken++;
          } finally {
            condition.release();
          }
        };
        await taskGroup(async (group) => {
          const takers = [1, 2, 3].map(() => group.createTask(take));
          await sleep(0);
          const wasTaken = takers[0]!.cancel();
          for (let i = 0; i < 3; i++) {
            await condition.acquire();
            items++;
            condition.notify();
            condition.release();
          }
          await wait(takers);
          if (taken < 2 || taken + items !== 3) fail(`${taken} taken, ${items} left, ${wasTaken}`);
        });
      },
      holds: () => !condition.locked(),
    };
  },

  "an event wakes all that wait": () => ({
    program: function* () {
      const event = new Event();
      let woken = 0;
      function* waiting() {
        yield* event.wait();
        woken++;
      }
      yield* taskGroup(function* (group) {
        for (let i = 0; i < 4; i++) group.createTask(waiting());
        yield* sleep(0);
        event.set();
        yield* sleep(0);
        event.clear();
        event.set();
      });
      if (woken !== 4) fail(`${woken} were woken`);
    },
    holds: () => true,
  }),

  "a barrier lets all pass at once": () => ({
    program: async () => {
      const barrier = new Barrier(3);
      const places: number[] = [];
      await taskGroup(async (group) => {
        for (let i = 0; i < 3; i++) {
          group.createTask(async () => {
            for (let round = 0; round < 2; round++) places.push(await barrier.wait());
          });
        }
        await sleep(0);
      });
      if (places.sort().join("") !== "001122") fail(places.join());
    },
    holds: () => true,
  }),

  "a queue loses nothing, and gives nothing twice": () => {
    let queue = new Queue<number>(2);
    return {
      program: async () => {
        queue = new Queue(2);
        const taken: number[] = [];
        const put: number[] = [];
        await taskGroup(async (group) => {
          const producers = [0, 10, 20].map((from) =>
            group.createTask(async () => {
              for (let i = from; i < from + 3; i++) {
                await queue.put(i);
                put.push(i);
              }
            })
          );
          const consumers = [1, 2].map(() =>
            group.createTask(async () => {
              try {
                for (;;) taken.push(await queue.get());
              } catch (error) {
                if (!(error instanceof QueueShutDown)) throw error;
              }
            })
          );
          await sleep(0);
          producers[1]!.cancel();
          consumers[1]!.cancel();
          await wait(producers);
          queue.shutdown();
        });
        if (taken.toSorted().join() !== put.toSorted().join()) fail(`put ${put}, taken ${taken}`);
      },
      holds: () => true,
    };
  },

  "join() waits for all work of a queue": () => ({
    program: function* () {
      const queue = new PriorityQueue<number>();
      let done = 0;
      function* work() {
        for (;;) {
          yield* queue.get();
          try {
            yield* sleep(1);
            done++;
          } finally {
            queue.taskDone();
          }
        }
      }
      yield* taskGroup(function* (group) {
        const workers = [group.createTask(work()), group.createTask(work())];
        for (const item of [3, 1, 2, 5, 4]) queue.putNowait(item);
        yield* queue.join();
        if (done !== 5) fail(`${done} were done`);
        for (const worker of workers) worker.cancel();
      });
    },
    holds: () => true,
  }),

  "a group ends with all of its tasks": () => {
    let running = 0;
    return {
      program: async () => {
        running = 0;
        const work = async (steps: number) => {
          running++;
          try {
            for (let i = 0; i < steps; i++) await sleep(0);
          } finally {
            running--;
            await sleep(0);
          }
        };
        try {
          await taskGroup(async (group) => {
            for (const steps of [1, 5, 9]) group.createTask(() => work(steps));
            await taskGroup(async (inner) => {
              inner.createTask(() => work(2));
              await sleep(0);
              inner.createTask(async () => {
                await sleep(1);
                throw new RangeError("of a task");
              });
            });
          });
          fail("no error came out");
        } catch (error) {
          if (error instanceof CancelledError || !hasRangeError(error)) throw error;
        }
        if (running > 0) fail(`${running} are left`);
      },
      holds: () => running === 0,
    };
  },

  "deadlines in deadlines end what they should": () => {
    let running = 0;
    return {
      program: function* () {
        running = 0;
        function* work(time: number) {
          running++;
          try {
            yield* sleep(time);
          } finally {
            running--;
          }
          return time;
        }
        let timedOut = 0;
        for (const [outer, inner, time] of [[5, 10, 20], [10, 5, 20], [20, 20, 20], [30, 20, 10]] as const) {
          try {
            yield* timeout(outer, () => waitFor(work(time), inner));
          } catch (error) {
            if (!(error instanceof TimeoutError)) throw error;
            timedOut++;
          }
        }
        if (timedOut < 2 || timedOut > 3) fail(`${timedOut} times`);
      },
      holds: () => running === 0,
    };
  },

  "gather and forEach give all results in their order": () => ({
    program: async () => {
      const results = await gather([3, 1, 2].map((steps) => async () => {
        for (let i = 0; i < steps; i++) await sleep(0);
        return steps;
      }));
      if (results.join() !== "3,1,2") fail(results.join());
      const seen: number[] = [];
      await forEach([1, 2, 3, 4, 5], async (item) => {
        await sleep(item % 2);
        seen.push(item);
      });
      if (seen.length !== 5) fail(seen.join());
    },
    holds: () => true,
  }),

  "what is shielded goes on": () => {
    let inner: Task<void> | null = null;
    let ended = true;
    return {
      program: function* () {
        ended = false;
        const shielded = inner = createTask(function* () {
          try {
            yield* sleep(3);
          } finally {
            ended = true;
          }
        });
        try {
          yield* timeout(1, function* () {
            yield* shield(shielded);
          });
          fail("no deadline");
        } catch (error) {
          if (!(error instanceof TimeoutError)) throw error;
        } finally {
          if (getRunningLoop().time() >= 1 && shielded.cancelling() > 0) fail("the deadline came through");
          shielded.cancel();
        }
        yield* wait([shielded]);
      },
      holds: () => ended || inner?.cancelling() === 1,
    };
  },
};

function hasRangeError(error: unknown): boolean {
  const { errors } = error as { errors?: unknown[] };
  return error instanceof RangeError || (errors?.some(hasRangeError) ?? false);
}
