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
  /** The events of the network as text, see {@linkcode SimulatedNetwork.log}; empty if the program has no network. */
  readonly networkLog: string;
}

/** No more lines of the trace stand in the message. */
const MOST_LINES = 120;
/** Nor of what has happened on the network. */
const MOST_LINES_OF_NETWORK = 60;

/**
 * A program fails in one of its orders: see {@linkcode explore}. `cause` is what it failed with. The message has the events, those of the network
 * if there is one, and the line that runs it
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
  /** The events of the network as text, see {@linkcode SimulatedNetwork.log}; empty if the program has no network. */
  readonly networkLog: string;

  /** Makes the error of what the program failed with, and what is known of that. */
  constructor(cause: unknown, failure: ExploreFailure) {
    const { runs, seed, switches, trace, replay, networkLog } = failure;
    super(
      `Run ${runs} failed (seed ${seed}): ${describeFailure(cause)}\n\n` +
        (switches === 0
          ? "It fails in CPython's order, with no switch:\n"
          : `${switches} switch${switches === 1 ? "" : "es"} of the order ${
            switches === 1 ? "is" : "are"
          } enough, marked by "before":\n`) +
        `${lastLines(trace, MOST_LINES, "trace")}\n\n${
          describeNetwork(networkLog)
        }Run it again: explore(program, { replay: ${JSON.stringify(replay)} })`,
      { cause },
    );
    this.runs = runs;
    this.seed = seed;
    this.replay = replay;
    this.switches = switches;
    this.trace = trace;
    this.networkLog = networkLog;
  }
}

function describeFailure(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : `a thrown ${describeValue(error)}`;
}

function lastLines(text: string, most: number, property: string): string {
  const lines = text.split("\n");
  if (lines.length <= most) return text;
  return `… ${lines.length - most} events before, see ${property}\n${lines.slice(-most).join("\n")}`;
}

/** The last events of a network in a message; empty if there were none. */
export function describeNetwork(log: string): string {
  return log === "" ? "" : `On the network:\n${lastLines(log, MOST_LINES_OF_NETWORK, "networkLog")}\n\n`;
}
