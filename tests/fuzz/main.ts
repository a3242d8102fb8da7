/**
 * Fuzzes the servers by hand.
 *
 * ```sh
 * deno task fuzz --seconds 60                       # each runtime for a minute, with a seed of its own
 * deno task fuzz --runtime node --seed 1 --count 2000
 * deno task fuzz --runtime node --seed 1 --only 17  # what one input does, with all its bytes
 * deno task fuzz --runtime node --all               # goes on after a failure, on a target of its own
 * ```
 *
 * Without options each runtime gets the inputs that CI tries.
 *
 * @module
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { inputOf } from "./corpus.ts";
import { failureAlone, fuzz, FuzzError, type Outcome } from "./fuzz.ts";
import { describeInput } from "./input.ts";
import type { RuntimeName } from "./subject.ts";

const { values } = parseArgs({
  options: {
    runtime: { type: "string", multiple: true },
    seed: { type: "string" },
    seconds: { type: "string" },
    count: { type: "string" },
    from: { type: "string", default: "0" },
    only: { type: "string" },
    all: { type: "boolean", default: false },
  },
});
const runtimes = (values.runtime ?? ["deno", "bun", "node"]) as RuntimeName[];
const seconds = values.seconds === undefined ? null : Number(values.seconds);
const seed = Number(values.seed ?? (seconds === null ? 1 : Date.now() % 1_000_000));

function describe(runtime: string, { inputs, before, after, peak, reports }: Outcome): string {
  const megabytes = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(0)} MB`;
  const told = [...reports].map(([report, times]) => `${times} times: ${report.split("\n", 1)[0]}`);
  return [
    `${runtime}: ${inputs} inputs of seed ${seed}, all borne.`,
    `descriptors ${before.descriptors} → ${after.descriptors}, tasks ${before.tasks.length} → ${after.tasks.length}, ` +
    `pending ${before.pending} → ${after.pending}, memory ${megabytes(before.rss)} → ${megabytes(after.rss)} ` +
    `(most ${megabytes(peak)}), heap ${megabytes(before.heap)} → ${megabytes(after.heap)}`,
    ...told,
  ].join("\n  ");
}

/** Tries one input. */
async function tryOne(runtime: RuntimeName, number: number): Promise<void> {
  console.log(describeInput(inputOf(seed, number)));
  const failure = await failureAlone(runtime, seed, number);
  if (failure !== null) throw failure;
  console.log(`${runtime} bears it.`);
}

/** Tries many, up to the first failure or, with `--all`, to the end. */
async function tryMany(runtime: RuntimeName): Promise<void> {
  const end = performance.now() + (seconds ?? 0) * 1_000;
  const first = Number(values.from);
  const last = first + Number(values.count ?? 2_000);
  for (let from = first;;) {
    const goOn = (inputs: number) => seconds === null ? from + inputs < last : performance.now() < end;
    try {
      console.log(describe(runtime, await fuzz({ runtime, seed, from, goOn })));
      return;
    } catch (error) {
      if (!values.all || !(error instanceof FuzzError) || error.next === 0) throw error;
      from = error.next;
      console.error(`${runtime}: ${error.message}\n`);
      process.exitCode = 1;
    }
  }
}

for (const runtime of runtimes) {
  try {
    await (values.only === undefined ? tryMany(runtime) : tryOne(runtime, Number(values.only)));
  } catch (error) {
    console.error(`${runtime}: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
process.exit();
