/**
 * What an exploration fails with.
 *
 * @module
 */
import { describeValue } from "../core/repr.ts";

/**
 * What is known of a failed exploration.
 *
 * @category Orders
 */
export interface ExploreFailure {
  /** How many runs there were, with that which failed. */
  readonly runs: number;
  /** The seed of that. */
  readonly seed: number;
  /** What `explore(program, { replay })` takes to run it again. */
  readonly replay: string;
  /** In how many places it differs from CPython's order. */
  readonly switches: number;
  /** Its events as text, see {@linkcode trace}. */
  readonly trace: string;
}

/** No more lines of the trace stand in the message. */
const MOST_LINES = 120;

/**
 * A program fails in one of its orders: see {@linkcode explore}. `cause` is what it failed with. The message has the events, and the line that runs it
 * again.
 *
 * @example Run what has failed once more
 * ```ts
 * import { gather, sleep } from "@loop/asyncio";
 * import { explore, ExploreError } from "@loop/asyncio/testing";
 * import { assertRejects } from "@std/assert";
 *
 * async function program() {
 *   const order: number[] = [];
 *   await gather([1, 2].map((n) => () => sleep(1).then(() => order.push(n))));
 *   if (order[0] !== 1) throw new Error("the second was first");
 * }
 *
 * const { replay } = await assertRejects(() => explore(program, { seeds: 20 }), ExploreError);
 * await assertRejects(() => explore(program, { replay }), ExploreError, "the second was first");
 * ```
 *
 * @category Orders
 */
export class ExploreError extends Error implements ExploreFailure {
  /** Always `"ExploreError"`. */
  override readonly name: string = "ExploreError";
  /** How many runs there were, with that which failed. */
  readonly runs: number;
  /** The seed of the run that failed. */
  readonly seed: number;
  /** What `explore(program, { replay })` takes to run it again. */
  readonly replay: string;
  /** In how many places it differs from CPython's order. */
  readonly switches: number;
  /** Its events as text, see {@linkcode trace}. */
  readonly trace: string;

  /** Makes the error of what the program failed with, and what is known of that. */
  constructor(cause: unknown, failure: ExploreFailure) {
    const { runs, seed, switches, trace, replay } = failure;
    super(
      `Run ${runs} failed (seed ${seed}): ${describeFailure(cause)}\n\n` +
        (switches === 0
          ? "It fails in CPython's order, with no switch:\n"
          : `${switches} switch${switches === 1 ? "" : "es"} of the order ${
            switches === 1 ? "is" : "are"
          } enough, marked by "before":\n`) +
        `${lastLines(trace)}\n\nRun it again: explore(program, { replay: ${JSON.stringify(replay)} })`,
      { cause },
    );
    this.runs = runs;
    this.seed = seed;
    this.replay = replay;
    this.switches = switches;
    this.trace = trace;
  }
}

function describeFailure(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : `a thrown ${describeValue(error)}`;
}

function lastLines(text: string): string {
  const lines = text.split("\n");
  if (lines.length <= MOST_LINES) return text;
  return `… ${lines.length - MOST_LINES} events before, see trace\n${lines.slice(-MOST_LINES).join("\n")}`;
}
