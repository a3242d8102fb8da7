/**
 * The hot path, each part beside what promises and the host do in the same shape.
 *
 * `deno bench` runs it with no permission; `bun bench/hot_path_bench.ts` and Node run it as well.
 *
 * @module
 */
import { createTask, type Future, gather, getRunningLoop, run, sleep } from "../mod.ts";
import { bench, runBenches } from "./harness.ts";

const nothing = () => {};

bench({
  group: "callSoon and run",
  name: "queueMicrotask",
  baseline: true,
  operations: 100_000,
  fn: () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    for (let i = 1; i < 100_000; i++) queueMicrotask(nothing);
    queueMicrotask(resolve);
    return promise;
  },
});
bench({
  group: "callSoon and run",
  name: "loop.callSoon",
  operations: 100_000,
  fn: () =>
    run(function* () {
      const loop = getRunningLoop();
      for (let i = 0; i < 100_000; i++) loop.callSoon(nothing);
      yield* sleep(0);
    }),
});

for (const tasks of [1, 1_000]) {
  const steps = 100_000 / tasks;
  const group = `task switch, ${tasks} task${tasks > 1 ? "s" : ""}`;
  bench({
    group,
    name: "await null",
    baseline: true,
    operations: 100_000,
    fn: () =>
      Promise.all(Array.from({ length: tasks }, async () => {
        for (let i = 0; i < steps; i++) await null;
      })),
  });
  bench({
    group,
    name: "yield* sleep(0)",
    operations: 100_000,
    fn: () =>
      run(function* () {
        const all = Array.from({ length: tasks }, () =>
          createTask(function* () {
            for (let i = 0; i < steps; i++) yield* sleep(0);
          }));
        for (const task of all) yield* task;
      }),
  });
}

bench({
  group: "hand-off by a future",
  name: "two async functions and promises",
  baseline: true,
  operations: 100_000,
  fn: async () => {
    let there = Promise.withResolvers<void>();
    let back = Promise.withResolvers<void>();
    const other = async () => {
      for (let i = 0; i < 50_000; i++) {
        await there.promise;
        there = Promise.withResolvers<void>();
        back.resolve();
      }
    };
    const done = other();
    for (let i = 0; i < 50_000; i++) {
      there.resolve();
      await back.promise;
      back = Promise.withResolvers<void>();
    }
    await done;
  },
});
bench({
  group: "hand-off by a future",
  name: "two tasks and futures",
  operations: 100_000,
  fn: () =>
    run(function* () {
      const loop = getRunningLoop();
      let there: Future<void> = loop.createFuture<void>();
      let back: Future<void> = loop.createFuture<void>();
      const other = createTask(function* () {
        for (let i = 0; i < 50_000; i++) {
          yield* there;
          there = loop.createFuture<void>();
          back.setResult();
        }
      });
      for (let i = 0; i < 50_000; i++) {
        there.setResult();
        yield* back;
        back = loop.createFuture<void>();
      }
      yield* other;
    }),
});

const one = () => Promise.resolve(1);
// deno-lint-ignore require-yield
function* coroutineOne() {
  return 1;
}
// deno-lint-ignore require-await
const asyncOne = async () => 1;

bench({
  group: "create and await",
  name: "async function, no task",
  baseline: true,
  operations: 20_000,
  fn: async () => {
    for (let i = 0; i < 20_000; i++) await asyncOne();
  },
});
bench({
  group: "create and await",
  name: "task of a coroutine",
  operations: 20_000,
  fn: () =>
    run(function* () {
      for (let i = 0; i < 20_000; i++) yield* createTask(coroutineOne());
    }),
});
bench({
  group: "create and await",
  name: "task of an async function",
  operations: 20_000,
  fn: () =>
    run(function* () {
      for (let i = 0; i < 20_000; i++) yield* createTask(asyncOne);
    }),
});
bench({
  group: "beside a spinning coroutine",
  name: "create and await a task of an async function",
  operations: 200,
  fn: () =>
    run(function* () {
      const spinning = createTask(function* () {
        for (;;) yield* sleep(0);
      });
      for (let i = 0; i < 200; i++) yield* createTask(asyncOne);
      spinning.cancel();
    }),
});

bench({
  group: "async and coroutine tasks side by side",
  name: "1,000 promises and 1,000 async functions",
  baseline: true,
  operations: 2_000,
  fn: async () => {
    const all: Promise<number>[] = [];
    for (let i = 0; i < 1_000; i++) all.push(one(), asyncOne());
    await Promise.all(all);
  },
});
bench({
  group: "async and coroutine tasks side by side",
  name: "1,000 tasks of each kind",
  operations: 2_000,
  fn: () =>
    run(function* () {
      const all: Future<number>[] = [];
      for (let i = 0; i < 1_000; i++) all.push(createTask(coroutineOne()), createTask(asyncOne));
      for (const task of all) yield* task;
    }),
});

bench({
  group: "callLater and cancel, 1,000 pending",
  name: "setTimeout and clearTimeout",
  baseline: true,
  operations: 20_000,
  fn: () => {
    const pending = Array.from({ length: 1_000 }, (_, i) => setTimeout(nothing, 60_000 + i));
    for (let i = 0; i < 20_000; i++) clearTimeout(setTimeout(nothing, 30_000));
    for (const timer of pending) clearTimeout(timer);
  },
});
bench({
  group: "callLater and cancel, 1,000 pending",
  name: "loop.callLater and cancel",
  operations: 20_000,
  fn: () =>
    // deno-lint-ignore require-yield
    run(function* () {
      const loop = getRunningLoop();
      for (let i = 0; i < 1_000; i++) loop.callLater(60_000 + i, nothing);
      for (let i = 0; i < 20_000; i++) loop.callLater(30_000, nothing).cancel();
    }),
});

bench({
  group: "gather of 100",
  name: "Promise.all",
  baseline: true,
  operations: 100,
  fn: async () => {
    for (let i = 0; i < 100; i++) await Promise.all(Array.from({ length: 100 }, asyncOne));
  },
});
bench({
  group: "gather of 100",
  name: "gather",
  operations: 100,
  fn: () =>
    run(function* () {
      for (let i = 0; i < 100; i++) yield* gather(Array.from({ length: 100 }, coroutineOne));
    }),
});

await runBenches();
