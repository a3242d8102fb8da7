/**
 * Measures what something costs while many tasks live: `growing.ts WHAT LIVE OPERATIONS` does it about so often and prints nanoseconds. All
 * but those that are measured sleep, each until a time of its own, so that the heap of timers holds them all.
 */
import { argv, exit } from "node:process";
import * as asyncio from "../../mod.ts";
import { quantile, type Timer } from "../harness/samples.ts";
import { nothing, type Row } from "../programs/row.ts";
import { rows } from "../programs/rows.ts";
import { switching } from "../programs/switches.ts";

const { createTask, getRunningLoop, run, sleep } = asyncio;
const [what, liveText, enoughText] = argv.slice(2) as [string, string, string];
const live = Number(liveText);
const TURNS = 5;

/** What is done again and again, in the main task. */
const kinds: Record<string, () => Pick<Row, "own" | "operations">> = {
  switch: () => switching(100, 50_000),
  timer: () => ({
    operations: 20_000,
    own: () =>
      // deno-lint-ignore require-yield
      function* () {
        const loop = getRunningLoop();
        for (let i = 0; i < 20_000; i++) loop.callLater(30_000, nothing).cancel();
      },
  }),
  queue: () => rows.find(({ id }) => id === "queue")!,
  // Every live task in turn, so that none of them is in the processor's caches; with what it costs to make and to end it.
  "turns of all": () => switching(live, live * TURNS),
};

const { operations, own } = kinds[what]!();
const body = own(asyncio) as (timer: Timer) => asyncio.Coroutine<unknown>;

await run(function* () {
  if (what !== "turns of all") {
    const sleeper = function* (until: number) {
      yield* sleep(until);
    };
    for (let i = 0; i < live; i++) createTask(sleeper(3_600_000 + i));
    yield* sleep(0);
    yield* sleep(0);
  }
  const samples: number[] = [];
  const rounds = Math.max(4, Math.min(60, Math.ceil(Number(enoughText) / operations)));
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    yield* body({ start: nothing, end: nothing });
    if (round >= rounds / 2) samples.push(((performance.now() - start) * 1e6) / operations);
  }
  console.log(quantile(samples, 0.5));
  // Nobody waits for the sleepers to be cancelled.
  exit(0);
});
