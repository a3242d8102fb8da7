/**
 * This module.
 *
 * @module
 */
import { allTasks, type Coroutine, createTask, type Future, getRunningLoop, Lock, Queue } from "../../mod.ts";
import { run, Semaphore, sleep, type Task } from "../../mod.ts";
import { AT_ONCE, CANCELLED, CREATED, HANDED, JOBS, LOCKED, type Peer, SWITCHING, TURNS } from "./shapes.ts";

// deno-lint-ignore require-yield
function* one() {
  return 1;
}

function* sleeper() {
  yield* sleep(3_600_000);
}

/** What it does. */
export const peer: Peer = {
  programs: {
    switch: () =>
      run(function* () {
        const turns = function* (): Coroutine<void> {
          for (let i = 0; i < TURNS; i++) yield* sleep(0);
        };
        const all = Array.from({ length: SWITCHING }, () => createTask(turns()));
        for (const task of all) yield* task;
      }),

    "hand-off": () =>
      run(function* () {
        const loop = getRunningLoop();
        let there: Future<void> = loop.createFuture();
        let back: Future<void> = loop.createFuture();
        const other = createTask(function* () {
          for (let i = 0; i < HANDED / 2; i++) {
            yield* there;
            there = loop.createFuture();
            back.setResult();
          }
        });
        for (let i = 0; i < HANDED / 2; i++) {
          there.setResult();
          yield* back;
          back = loop.createFuture();
        }
        yield* other;
      }),

    create: () =>
      run(function* () {
        for (let i = 0; i < CREATED; i++) yield* createTask(one());
      }),

    queue: () =>
      run(function* () {
        const there = new Queue<number>();
        const back = new Queue<number>();
        const other = createTask(function* () {
          for (let i = 0; i < HANDED / 2; i++) yield* back.put(yield* there.get());
        });
        for (let i = 0; i < HANDED / 2; i++) {
          yield* there.put(i);
          yield* back.get();
        }
        yield* other;
      }),

    lock: () =>
      run(function* () {
        const lock = new Lock();
        for (let i = 0; i < LOCKED; i++) {
          yield* lock.acquire();
          lock.release();
        }
      }),

    cancel: (timer) =>
      run(function* () {
        let ended = 0;
        const loop = getRunningLoop();
        const park = function* (): Coroutine<void> {
          try {
            yield* loop.createFuture<void>();
          } finally {
            ended++;
          }
        };
        const all = Array.from({ length: CANCELLED }, () => createTask(park()));
        yield* sleep(0);
        timer.start();
        for (const task of all) task.cancel();
        while (ended < CANCELLED) yield* sleep(0);
        timer.end();
      }),

    jobs: () =>
      run(function* () {
        const places = new Semaphore(AT_ONCE);
        const job = function* (): Coroutine<void> {
          yield* places.acquire();
          yield* sleep(0);
          places.release();
        };
        const all = Array.from({ length: JOBS }, () => createTask(job()));
        for (const task of all) yield* task;
      }),
  },

  asleep: (count) => {
    const { promise, resolve } = Promise.withResolvers<() => Promise<number>>();
    const over = run(function* () {
      const stop = getRunningLoop().createFuture<void>();
      const all: Task<void>[] = [];
      for (let i = 0; i < count; i++) all.push(createTask(sleeper()));
      yield* sleep(0);
      yield* sleep(0);
      resolve(() => {
        stop.setResult();
        return over;
      });
      yield* stop;
      for (const task of all) task.cancel();
      all.length = 0;
      while (allTasks().size > 1) yield* sleep(0);
      return allTasks().size - 1;
    });
    return promise;
  },
};
