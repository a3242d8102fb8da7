/**
 * Programs in many orders.
 *
 * @module
 */
import { RuntimeError } from "../core/errors.ts";
import { describeKind } from "../core/repr.ts";
import { checkFlag, checkOptionNames, checkProgram } from "./checks.ts";
import { ExploreError } from "./explore_error.ts";
import { watchImpurities } from "./impurities.ts";
import { chooseAgain, type OrderedRun, type Program, runOrdered } from "./ordered_run.ts";
import { formatReplay, parseReplay, type Switches, switchesOf } from "./replay.ts";
import { shrinkSwitches } from "./shrink.ts";
import { exhaustiveStrategy, pctStrategy, randomStrategy, type Strategy } from "./strategy.ts";
import type { SimulatedNetwork } from "./network/simulated_network.ts";
import { checkVirtualOptions, VIRTUAL_OPTIONS, type VirtualOptions } from "./virtual_run.ts";

const WHERE = "explore()";
/** How many orders are tried if nothing else is said. */
const SEEDS = 1_000;

/**
 * The options of {@linkcode explore}.
 *
 * @category Orders
 */
export interface ExploreOptions extends Omit<VirtualOptions, "seed" | "allowHost" | "network"> {
  /** Makes the network of each run from its seed: main runs on its host `"main"`. None by default. */
  readonly network?: ((seed: number) => SimulatedNetwork) | undefined;
  /** How many orders are tried, with the seeds from 0 on, or the seeds themselves; 1,000 by default. */
  readonly seeds?: number | readonly number[] | undefined;
  /**
   * Who chooses: `"random"`, the default; `"pct"` for {@linkcode pctStrategy}; `"exhaustive"` for {@linkcode exhaustiveStrategy}; or a strategy of
   * one's own.
   */
  readonly strategy?: "random" | "pct" | "exhaustive" | Strategy | undefined;
  /** Called before each step and at the end of main: a failure if it throws or returns false. It looks, and changes nothing. */
  readonly invariant?: (() => unknown) | undefined;
  /** Whether a failure is run again with fewer switches; true by default. */
  readonly shrink?: boolean | undefined;
  /** What a failed exploration has printed: runs that order alone. */
  readonly replay?: string | undefined;
}

/**
 * What an exploration came to that has found nothing.
 *
 * @category Orders
 */
export interface ExploreResult {
  /** How many orders were tried. */
  readonly runs: number;
  /** Whether there is no other order: only the exhaustive strategy knows. */
  readonly exhausted: boolean;
}

/**
 * Runs a program in many orders, and fails with the first in which it fails, shrunk to the fewest switches.
 *
 * The task steps that are ready in the same iteration of the loop may come in any order. Callbacks of `callSoon()`, of one future, and timers keep
 * CPython's order, and what an async function does after an `await` is no choice of its own. The program runs on virtual time as in
 * {@linkcode runVirtual}, so that a deadlock is a failure as well; so is an error that reaches nobody.
 *
 * The program is called once for each order and makes all of its state anew. One that does not fail again in the same order reads the wall
 * clock or random numbers, or keeps something between its runs: then the error says which. `fakeGlobals: true` gives it clocks and random
 * numbers that follow from the seed.
 *
 * @param program a generator or async function
 * @returns how many orders were tried
 * @throws {ExploreError} if it fails in one of them; its `cause` is what it failed with
 * @throws {RuntimeError} if it does not fail again in the same order; inside of a running loop
 * @throws {TypeError} if the program is not a function, or an option is unknown or of the wrong type
 * @throws {RangeError} if a number is out of range, or a strategy chooses what is not there
 *
 * @example Check, then act
 * ```ts
 * import { gather, sleep } from "@loop/asyncio";
 * import { explore, ExploreError } from "@loop/asyncio/testing";
 * import { assertRejects } from "@std/assert";
 *
 * async function program() {
 *   let balance = 100;
 *   const withdraw = async (amount: number) => {
 *     if (balance < amount) return;
 *     await sleep(0);
 *     balance -= amount;
 *   };
 *   await gather([() => withdraw(60), () => withdraw(60)]);
 *   if (balance < 0) throw new Error(`the balance is ${balance}`);
 * }
 *
 * await assertRejects(() => explore(program, { seeds: 10 }), ExploreError, "the balance is -20");
 * ```
 *
 * @category Orders
 */
export async function explore(program: Program, options: ExploreOptions = {}): Promise<ExploreResult> {
  check(program, options);
  if (options.replay !== undefined) return await replayOne(program, options, options.replay);
  const strategy = toStrategy(options.strategy);
  let runs = 0;
  for (const seed of toSeeds(options.seeds)) {
    strategy.begin?.(seed);
    const run = await runOnce(program, options, seed, (count, ready) => strategy.choose(count, ready));
    runs++;
    if (run.failure !== null) throw await explain(program, options, run, seed, runs);
    if (strategy.end?.() === false) return { runs, exhausted: true };
  }
  return { runs, exhausted: false };
}

type Choose = Parameters<typeof runOrdered>[1]["choose"];

async function runOnce(
  program: Program,
  options: ExploreOptions,
  seed: number,
  choose: Choose,
  traced = false,
): Promise<OrderedRun> {
  const { start, fakeGlobals, maxTime, maxSteps, debug, network, invariant } = options;
  return await runOrdered(program, {
    where: WHERE,
    options: {
      start,
      fakeGlobals,
      maxTime,
      maxSteps: maxSteps === undefined ? 1_000_000 : maxSteps,
      debug,
      network,
      seed,
    },
    choose,
    invariant,
    traced,
  });
}

async function replayOne(program: Program, options: ExploreOptions, word: string): Promise<ExploreResult> {
  const { seed, switches } = parseReplay(word);
  let diverged = false;
  const run = await runOnce(program, options, seed, chooseAgain(switches, () => diverged = true), true);
  if (diverged || Math.max(-1, ...switches.keys()) >= run.choices.length) {
    throw new RuntimeError(
      `Cannot replay "${word}": the program has not as many choices as it had. It has changed, or does not run the same way twice.`,
    );
  }
  if (run.failure === null) return { runs: 1, exhausted: false };
  const { trace, networkLog } = run;
  throw new ExploreError(run.failure.error, {
    runs: 1,
    seed,
    replay: word,
    switches: switches.size,
    trace,
    networkLog,
  });
}

/** The error of a run that has failed. */
async function explain(
  program: Program,
  options: ExploreOptions,
  run: OrderedRun,
  seed: number,
  runs: number,
): Promise<Error> {
  let switches = switchesOf(run.choices);
  const again = (switches: Switches, traced = false) => runOnce(program, options, seed, chooseAgain(switches), traced);
  const [second, read] = await watchImpurities(() => again(switches));
  if (!isSame(run, second)) return notReproduced(run, second, read, seed);
  const kind = kindOf(run);
  if (options.shrink !== false) {
    switches = await shrinkSwitches(switches, run.counts, async (fewer) => kindOf(await again(fewer)) === kind);
  }
  const last = await again(switches, true);
  if (last.failure === null) return notReproduced(run, last, read, seed);
  const replay = formatReplay({ seed, switches });
  const { trace, networkLog } = last;
  return new ExploreError(last.failure.error, { runs, seed, replay, switches: switches.size, trace, networkLog });
}

function kindOf({ failure }: OrderedRun): string {
  if (failure === null) return "none";
  const { error } = failure;
  return error instanceof Error ? `${error.constructor.name} ${error.name}` : typeof error;
}

function isSame(one: OrderedRun, other: OrderedRun): boolean {
  return kindOf(one) === kindOf(other) && one.counts.join() === other.counts.join();
}

function notReproduced(run: OrderedRun, second: OrderedRun, read: readonly string[], seed: number): Error {
  const { failure } = run;
  const why = read.length > 0
    ? `It reads ${
      read.join(", ")
    }, which differ from run to run. Pass fakeGlobals: true, by which they follow from the seed, or give ` +
      "the program what it needs."
    : "It reads neither the clock nor random numbers, so something is left of the run before: make all state inside of the program.";
  return new RuntimeError(
    `Cannot reproduce a failure of the program (seed ${seed}): in the same order it ${
      second.failure === null ? "passes" : "takes another way"
    } the second time. ${why}`,
    { cause: failure?.error },
  );
}

function toStrategy(strategy: ExploreOptions["strategy"]): Strategy {
  switch (strategy ?? "random") {
    case "random":
      return randomStrategy();
    case "pct":
      return pctStrategy();
    case "exhaustive":
      return exhaustiveStrategy();
  }
  if (typeof strategy === "object" && strategy !== null && typeof strategy.choose === "function") return strategy;
  throw new TypeError(
    `Cannot explore by ${
      describeKind(strategy)
    }: the strategy is "random", "pct", "exhaustive", or an object with choose().`,
  );
}

function toSeeds(seeds: number | readonly number[] = SEEDS): Iterable<number> {
  const all = Array.isArray(seeds) ? seeds as readonly number[] : null;
  const isRight = all === null
    ? typeof seeds === "number" && Number.isInteger(seeds) && seeds > 0
    : all.length > 0 && all.every((seed) => Number.isSafeInteger(seed));
  if (!isRight) {
    throw new RangeError(
      "Cannot explore with these seeds: give how many orders are to be tried, at least 1, or an array of whole numbers.",
    );
  }
  return all ?? Array.from({ length: seeds as number }, (_, seed) => seed);
}

function check(program: unknown, options: ExploreOptions): void {
  checkProgram(program, WHERE);
  const names = VIRTUAL_OPTIONS.filter((name) => name !== "seed" && name !== "allowHost");
  checkOptionNames(options, [...names, "seeds", "strategy", "invariant", "shrink", "replay"], WHERE);
  checkVirtualOptions(options, WHERE, "again");
  checkFlag(options.shrink, "shrink", WHERE);
  const { invariant } = options;
  if (invariant !== undefined && typeof invariant !== "function") {
    throw new TypeError(`Cannot explore with ${describeKind(invariant)} as the invariant: give a function.`);
  }
}
