/**
 * Who decides in which order tasks take their steps.
 *
 * @module
 */
import { seededRandom } from "./random.ts";

/**
 * The tasks of which one is to take the next step. The first of them would in CPython's order.
 *
 * @category Orders
 */
export interface ReadyTasks {
  /** How many there are: at least two. */
  readonly count: number;
  /** In which iteration of the loop they are ready, counted from 0: all of them take a step in it. */
  readonly iteration: number;
  /** The number of one, which stays its own for the whole run; main is 0. */
  id(index: number): number;
  /** The name of one: what it was named, or `main` or `task-N`. */
  name(index: number): string;
}

/**
 * Decides which of the tasks that are ready takes the next step. One strategy serves all runs of an {@linkcode explore}, one after another. A
 * property-testing library can be one, which then shrinks by itself.
 *
 * @example Always the last
 * ```ts
 * import { createTask, sleep } from "@loop/asyncio";
 * import { explore, type Strategy } from "@loop/asyncio/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const last: Strategy = { choose: (count) => count - 1 };
 * const order: string[] = [];
 * await explore(function* () {
 *   for (const name of ["a", "b", "c"]) createTask(async () => void order.push(await sleep(0, name)));
 *   yield* sleep(1);
 * }, { seeds: 1, strategy: last });
 * assertEquals(order.length, 3);
 * ```
 *
 * @category Orders
 */
export interface Strategy {
  /** A run begins, with the next of the seeds. */
  begin?(seed: number): void;
  /**
   * Chooses one of so many tasks: 0 for the one whose turn it is, up to `count - 1`. Called only where there are two or more.
   */
  choose(count: number, ready: ReadyTasks): number;
  /** A run has ended. False says that there is nothing left to try. */
  end?(): boolean | void;
}

/**
 * Any of the tasks that are ready, with the same chance: what `strategy: "random"` is.
 *
 * @example Explore by chance
 * ```ts
 * import { sleep } from "@loop/asyncio";
 * import { explore, randomStrategy } from "@loop/asyncio/testing";
 *
 * await explore(() => sleep(1), { strategy: randomStrategy(), seeds: 10 });
 * ```
 *
 * @category Orders
 */
export function randomStrategy(): Strategy {
  let random = seededRandom(0);
  return {
    begin(seed) {
      random = seededRandom(seed);
    },
    choose: (count) => Math.floor(random() * count),
  };
}

/**
 * The options of {@linkcode pctStrategy}.
 *
 * @category Orders
 */
export interface PctOptions {
  /** How many switches have to come together for a bug to show: 3 by default, at least 1. */
  readonly depth?: number | undefined;
}

/**
 * Each task has a priority by chance, and the highest goes first; at `depth - 1` places of the run, chosen by chance, the task that is about to
 * go becomes the last of all. It finds bugs that need few switches with a chance that is known (Burckhardt et al., 2010), where choosing each step
 * by chance seldom starves a task for long. What `strategy: "pct"` is.
 *
 * @throws {RangeError} if the depth is not a whole number of at least 1
 *
 * @example Two switches that have to come together
 * ```ts
 * import { sleep } from "@loop/asyncio";
 * import { explore, pctStrategy } from "@loop/asyncio/testing";
 *
 * await explore(() => sleep(1), { strategy: pctStrategy({ depth: 2 }), seeds: 10 });
 * ```
 *
 * @category Orders
 */
export function pctStrategy(options: PctOptions = {}): Strategy {
  const { depth = 3 } = options;
  if (!Number.isInteger(depth) || depth < 1) {
    throw new RangeError(`Cannot make a strategy of depth ${depth}: it is a whole number of at least 1.`);
  }
  let random = seededRandom(0);
  let priorities = new Map<number, number>();
  let changes: number[] = [];
  let steps = 0;
  /** How many choices the longest run so far had. */
  let most = 16;
  const priority = (id: number): number => {
    let found = priorities.get(id);
    if (found === undefined) priorities.set(id, found = depth + random());
    return found;
  };
  return {
    begin(seed) {
      random = seededRandom(seed);
      priorities = new Map();
      steps = 0;
      changes = Array.from({ length: depth - 1 }, () => 1 + Math.floor(random() * most));
    },
    choose(count, ready) {
      const highest = (): number => {
        let best = 0;
        for (let i = 1; i < count; i++) if (priority(ready.id(i)) > priority(ready.id(best))) best = i;
        return best;
      };
      for (let i = 0; i < count; i++) priority(ready.id(i));
      const change = changes.indexOf(++steps);
      // Lower than all that are left alone, which have at least `depth`.
      if (change >= 0) priorities.set(ready.id(highest()), depth - 1 - change);
      return highest();
    },
    end() {
      most = Math.max(most, steps);
    },
  };
}

/**
 * The options of {@linkcode exhaustiveStrategy}.
 *
 * @category Orders
 */
export interface ExhaustiveOptions {
  /**
   * Whether the next steps of two tasks, by their names, touch nothing in common, so that it does not matter which comes first: of such orders
   * one is tried. By default no two steps are.
   */
  readonly independent?: ((one: string, other: string) => boolean) | undefined;
}

/** A place where there was a choice. */
interface Fork {
  readonly ids: readonly number[];
  readonly names: readonly string[];
  /** The tasks that need not be tried here, as the same orders were tried elsewhere. */
  readonly asleep: ReadonlySet<number>;
  /** What is tried now; what is before it was. */
  index: number;
}

/**
 * Every order, one after another, for programs with few choices: what `strategy: "exhaustive"` is. Where it is told which steps are
 * independent it leaves out the orders that differ in nothing else (sleep sets, a partial-order reduction).
 *
 * `explore` then resolves with `exhausted: true`, unless there are more orders than seeds.
 *
 * @throws {TypeError} if `independent` is not a function
 *
 * @example All six orders of three tasks
 * ```ts
 * import { createTask, sleep } from "@loop/asyncio";
 * import { exhaustiveStrategy, explore } from "@loop/asyncio/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const orders = new Set<string>();
 * const program = async () => {
 *   let order = "";
 *   for (const name of "abc") {
 *     createTask(async () => {
 *       order += name;
 *     });
 *   }
 *   await sleep(1);
 *   orders.add(order);
 * };
 * const { exhausted } = await explore(program, { strategy: exhaustiveStrategy() });
 * assertEquals([exhausted, orders.size], [true, 6]);
 * ```
 *
 * @category Orders
 */
export function exhaustiveStrategy(options: ExhaustiveOptions = {}): Strategy {
  const { independent } = options;
  if (independent !== undefined && typeof independent !== "function") {
    throw new TypeError("Cannot make an exhaustive strategy: independent is not a function of two names.");
  }
  const path: Fork[] = [];
  let depth = 0;
  let asleep: ReadonlySet<number> = new Set();
  let iteration = -1;
  const nextAwake = (fork: Fork, from: number): number => {
    let index = from;
    while (index < fork.ids.length && fork.asleep.has(fork.ids[index]!)) index++;
    return index;
  };
  return {
    begin() {
      depth = 0;
      iteration = -1;
    },
    choose(count, ready) {
      if (ready.iteration !== iteration) asleep = new Set();
      iteration = ready.iteration;
      let fork = path[depth];
      if (fork === undefined) {
        const all = Array.from({ length: count }, (_, i) => i);
        fork = { ids: all.map((i) => ready.id(i)), names: all.map((i) => ready.name(i)), asleep, index: 0 };
        fork.index = nextAwake(fork, 0);
        path.push(fork);
      }
      depth++;
      const { ids, names, index } = fork;
      // All of them sleep: this order was tried, and is run to its end with no further fork of its own here.
      if (index >= ids.length) return 0;
      asleep = new Set();
      if (independent !== undefined) {
        asleep = new Set(
          ids.filter((id, i) => (i < index || fork.asleep.has(id)) && independent(names[i]!, names[index]!)),
        );
      }
      return Math.min(index, count - 1);
    },
    end() {
      path.length = Math.min(path.length, depth);
      for (let fork = path.at(-1); fork !== undefined; fork = path.at(-1)) {
        fork.index = nextAwake(fork, fork.index + 1);
        if (fork.index < fork.ids.length) return true;
        path.pop();
      }
      return false;
    },
  };
}
