/**
 * One run of a program in which somebody decides on the order of steps.
 *
 * @module
 */
import type { TaskSource } from "../core/coroutine.ts";
import type { Runnable } from "../core/contract.ts";
import type { ExceptionContext } from "../core/exception_reports.ts";
import { taskOfEntry } from "../core/internal.ts";
import { awaitedByEntry, futureOfEntry } from "../core/lazy_internal.ts";
import { describeKind, describeValue } from "../core/repr.ts";
import type { Ring } from "../core/lists.ts";
import type { Task } from "../core/task.ts";
import type { EventLoop } from "../loop/event_loop.ts";
import { Recorder, TaskNames } from "./recorder.ts";
import type { Switches } from "./replay.ts";
import type { ReadyTasks } from "./strategy.ts";
import { runOnVirtualTime, type VirtualOptions } from "./virtual_run.ts";

/**
 * A program that is run more than once.
 *
 * @category Orders
 */
export type Program = () => ReturnType<Extract<TaskSource<unknown>, (...args: never) => unknown>>;

/**
 * Something is not as it must always be.
 *
 * @example A balance that may not be negative
 * ```ts
 * import { sleep } from "@loop/asyncio";
 * import { explore, ExploreError, InvariantError } from "@loop/asyncio/testing";
 * import { assertInstanceOf, assertRejects } from "@std/assert";
 *
 * let balance = 0;
 * function* program() {
 *   balance = 0;
 *   yield* sleep(1);
 *   balance -= 1;
 *   yield* sleep(1);
 * }
 *
 * const { cause } = await assertRejects(() => explore(program, { invariant: () => balance >= 0 }), ExploreError);
 * assertInstanceOf(cause, InvariantError);
 * ```
 *
 * @category Orders
 */
export class InvariantError extends Error {
  /** Always `"InvariantError"`. */
  override readonly name: string = "InvariantError";
}

/** How a run is ordered and watched. */
export interface OrderedRunOptions {
  readonly where: string;
  readonly options: VirtualOptions;
  /** Chooses one of the tasks. */
  readonly choose: (count: number, ready: ReadyTasks) => number;
  readonly invariant?: (() => unknown) | undefined;
  /** Whether the events are noted. */
  readonly traced?: boolean;
}

/** What a run came to. */
export interface OrderedRun {
  /** What it failed with; null if it did not. */
  readonly failure: { readonly error: unknown } | null;
  /** What was chosen at each place. */
  readonly choices: readonly number[];
  /** Of how many. */
  readonly counts: readonly number[];
  /** The events as text, if they were noted. */
  readonly trace: string;
  /** What has happened on the network as text, if the events were noted and there is one. */
  readonly networkLog: string;
}

/** The tasks that are ready in an iteration, and what has been chosen so far. */
class Order implements ReadyTasks {
  readonly choices: number[] = [];
  readonly counts: number[] = [];
  readonly names = new TaskNames();
  readonly #choose: (count: number, ready: ReadyTasks) => number;
  readonly #indices: number[] = [];
  readonly #tasks: Task<unknown>[] = [];
  /** What the strategy did wrong. */
  misuse: Error | null = null;
  iteration = -1;
  #batchIsOver = true;

  constructor(choose: (count: number, ready: ReadyTasks) => number) {
    this.#choose = choose;
  }

  get count(): number {
    return this.#tasks.length;
  }

  id(index: number): number {
    return this.names.id(this.#tasks[index] as Task<unknown>);
  }

  name(index: number): string {
    return this.names.name(this.#tasks[index] as Task<unknown>);
  }

  /** Where in the batch the entry is that is next. */
  next(ready: Ring<Runnable>, left: number): number {
    if (this.#batchIsOver) this.iteration++;
    this.#batchIsOver = left === 1;
    if (taskOfEntry(ready.at(0)) === null || left === 1) return 0;
    this.#collect(ready, left);
    const { count } = this;
    if (count < 2) return 0;
    const chosen = this.#choose(count, this);
    if (!Number.isInteger(chosen) || chosen < 0 || chosen >= count) {
      throw this.misuse = new RangeError(
        `Cannot go on with the choice of the strategy, ${describeValue(chosen)}: it is a whole number from 0 to ${
          count - 1
        }.`,
      );
    }
    this.choices.push(chosen);
    this.counts.push(count);
    return this.#indices[chosen] as number;
  }

  /** The names of those before which the chosen one goes. */
  passed(index: number): string[] {
    return this.#indices.flatMap((at, i) => at < index ? [this.name(i)] : []);
  }

  /** The tasks of which any may be next: one entry of each, and none before a callback of what it has waited for. */
  #collect(ready: Ring<Runnable>, left: number): void {
    this.#indices.length = this.#tasks.length = 0;
    let futures: object[] | null = null;
    for (let index = 0; index < left; index++) {
      const entry = ready.at(index);
      const task = taskOfEntry(entry);
      if (task === null) {
        const future = futureOfEntry(entry);
        if (future !== null) (futures ??= []).push(future);
        continue;
      }
      if (this.#tasks.includes(task)) continue;
      if (futures !== null && futures.includes(awaitedByEntry(entry) as object)) continue;
      this.#indices.push(index);
      this.#tasks.push(task);
    }
  }
}

/**
 * Runs a program once. Does not reject for what the program does.
 *
 * @throws {RangeError} if the strategy chooses what is not there
 */
export async function runOrdered(program: Program, run: OrderedRunOptions): Promise<OrderedRun> {
  const order = new Order(run.choose);
  const recorder = run.traced === true ? new Recorder(order.names) : null;
  const reported: ExceptionContext[] = [];
  const { invariant } = run;
  let loop: EventLoop | undefined;
  let networkLog = "";
  let failure: OrderedRun["failure"] = null;
  // What the invariant is about is made in the first step.
  let hasBegun = false;
  let isOver = false;
  try {
    await runOnVirtualTime<unknown>(program as TaskSource<unknown>, run.options, {
      where: run.where,
      made(made) {
        loop = made;
        made.setExceptionHandler((_, context) => reported.push(context));
      },
      choose(ready, left) {
        if (invariant !== undefined && hasBegun && !isOver) check(invariant);
        hasBegun = true;
        const index = order.next(ready, left);
        recorder?.note(loop!.time(), ready.at(index), index > 0 ? order.passed(index) : []);
        if (index > 0) ready.bringForward(index);
        return 1;
      },
      networkIsOver(log) {
        if (run.traced === true) networkLog = log.text();
      },
      mainIsOver() {
        if (isOver) return;
        isOver = true;
        if (invariant !== undefined) check(invariant);
      },
    });
  } catch (error) {
    failure = { error };
  }
  if (order.misuse !== null) throw order.misuse;
  const [first] = reported;
  if (failure === null && first !== undefined) {
    failure = {
      error: first.exception ?? new Error(first.message ?? "Something was reported to the exception handler."),
    };
  }
  return { failure, choices: order.choices, counts: order.counts, trace: recorder?.text() ?? "", networkLog };
}

function check(invariant: () => unknown): void {
  const result = invariant();
  if (result === false) throw new InvariantError("The invariant does not hold: it has returned false.");
  if (result instanceof Promise) {
    result.catch(() => {});
    throw new TypeError(
      `Cannot check an invariant that returns ${describeKind(result)}: it is looked at between two steps.`,
    );
  }
}

/** Chooses as in another run. `diverged` is told if there is no such choice. */
export function chooseAgain(switches: Switches, diverged: () => void = () => {}): OrderedRunOptions["choose"] {
  let at = 0;
  return (count) => {
    const chosen = switches.get(at++) ?? 0;
    if (chosen < count) return chosen;
    diverged();
    return count - 1;
  };
}
