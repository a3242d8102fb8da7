/**
 * Measures what something costs while many tasks live: `growth_child.ts WHAT LIVE OPERATIONS` does it about so
 * often and prints nanoseconds. All but those that are measured
 * sleep, each until a time of its own, so that the heap of timers holds them all.
 *
 * @module
 */
import { argv, exit } from "node:process";
import { type Coroutine, createTask, getRunningLoop, Queue, run, sleep } from "../../mod.ts";
import { quantile } from "../harness.ts";
import { nothing } from "../hot_path/row.ts";

/** What is done again and again, and how often at once. */
interface Measured {
  readonly operations: (live: number) => number;
  readonly body: (live: number) => Coroutine<void>;
  /** Whether it is the live tasks themselves that are measured, so that none of them sleeps. */
  readonly all?: boolean;
}

const TURNS = 5;

function* takeTurns(tasks: number, turns: number): Coroutine<void> {
  const all = Array.from({ length: tasks }, () =>
    createTask(function* () {
      for (let i = 0; i < turns; i++) yield* sleep(0);
    }));
  for (const task of all) yield* task;
}

const kinds: Record<string, Measured> = {
  switch: { operations: () => 50_000, body: () => takeTurns(100, 500) },
  timer: {
    operations: () => 20_000,
    // deno-lint-ignore require-yield
    *body() {
      const loop = getRunningLoop();
      for (let i = 0; i < 20_000; i++) loop.callLater(30_000, nothing).cancel();
    },
  },
  queue: {
    operations: () => 20_000,
    *body() {
      const there = new Queue<number>();
      const back = new Queue<number>();
      const other = createTask(function* () {
        for (let i = 0; i < 10_000; i++) yield* back.put(yield* there.get());
      });
      for (let i = 0; i < 10_000; i++) {
        yield* there.put(i);
        yield* back.get();
      }
      yield* other;
    },
  },
  // Every live task in turn, so that none of them is in the processor's caches; with what it costs to make and to end it.
  "turns of all": { operations: (live) => live * TURNS, body: (live) => takeTurns(live, TURNS), all: true },
};

const what = argv[2] as string;
const [live, enough] = argv.slice(3).map(Number) as [number, number];
const { all = false, body, operations } = kinds[what]!;

await run(function* () {
  if (!all) {
    const sleeper = function* (until: number) {
      yield* sleep(until);
    };
    for (let i = 0; i < live; i++) createTask(sleeper(3_600_000 + i));
    yield* sleep(0);
    yield* sleep(0);
  }
  const samples: number[] = [];
  const rounds = Math.max(4, Math.min(60, Math.ceil(enough / operations(live))));
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    yield* body(live);
    if (round >= rounds / 2) samples.push(((performance.now() - start) * 1e6) / operations(live));
  }
  console.log(quantile(samples, 0.5));
  // Nobody waits for the sleepers to be cancelled.
  exit(0);
});
