/**
 * A program that is cancelled wherever it can be.
 *
 * @module
 */
import { isCancelled } from "../core/errors.ts";
import type { TaskSource } from "../core/coroutine.ts";
import { taskOfEntry } from "../core/internal.ts";
import { describeKind } from "../core/repr.ts";
import type { Task } from "../core/task.ts";
import { CancelFailure, type CancelPoint } from "./cancel_failure.ts";
import { checkFlag, checkOptionNames, checkProgram } from "./checks.ts";
import type { Program } from "./ordered_run.ts";
import { Recorder, TaskNames } from "./recorder.ts";
import type { SimulatedNetwork } from "./network/simulated_network.ts";
import { checkVirtualOptions, runOnVirtualTime, VIRTUAL_OPTIONS, type VirtualOptions } from "./virtual_run.ts";
import { WatchedLoop } from "./watched_loop.ts";

const WHERE = "cancelEverywhere()";

/**
 * The options of {@linkcode cancelEverywhere}.
 *
 * @category Cancels
 */
export interface CancelEverywhereOptions extends Omit<VirtualOptions, "allowHost" | "network"> {
  /** Makes the network of each run from its seed: main runs on its host `"main"`. None by default. */
  readonly network?: ((seed: number) => SimulatedNetwork) | undefined;
  /**
   * Called after each run, with the place of the cancel, or null after the run without one: a failure if it throws or returns false, or a promise
   * of false. It looks whether all that must hold does.
   */
  readonly check?: ((point: CancelPoint | null) => unknown) | undefined;
  /** Whether main may return though it was cancelled; false by default: a cancel that is swallowed is a failure. */
  readonly mayReturn?: boolean | undefined;
}

/**
 * What came of it.
 *
 * @category Cancels
 */
export interface CancelEverywhereResult {
  /** At how many places main suspends. */
  readonly points: number;
  /** How many runs there were. */
  readonly runs: number;
}

/** One run: where main is cancelled, and what came of that. */
class CancelledRun {
  readonly #point: CancelPoint | null;
  readonly #recorder = new Recorder(new TaskNames());
  #loop: WatchedLoop | undefined;
  #main: Task<unknown> | null = null;
  #leaks: string[] = [];
  readonly #leaksOfHosts: string[] = [];
  /** What main waited for when it was cancelled. */
  waitedFor: string | null = null;
  /** The last events of the network, if there is one. */
  networkLog = "";
  /** How many steps main has begun, and how many of its suspensions were looked at. */
  #steps = 0;
  #looked = 0;
  #cancels = 0;

  constructor(point: CancelPoint | null) {
    this.#point = point;
  }

  /** How often main has suspended. */
  get suspensions(): number {
    return Math.max(0, this.#steps - 1);
  }

  /** The events as text. */
  get trace(): string {
    return this.#recorder.text();
  }

  /** Runs it; what is wrong, in words or as an error, or null. */
  async run(program: Program, options: CancelEverywhereOptions): Promise<unknown> {
    const { start, fakeGlobals, seed, maxTime, maxSteps, debug, network, mayReturn } = options;
    let outcome: { readonly error?: unknown } = {};
    try {
      await runOnVirtualTime<unknown>(
        program as TaskSource<unknown>,
        { start, fakeGlobals, seed, maxTime, maxSteps: maxSteps === undefined ? 1_000_000 : maxSteps, debug, network },
        {
          where: WHERE,
          makeLoop: (adapter) => this.#loop = new WatchedLoop({ adapter, debug }),
          makeHostLoop: (adapter) => new WatchedLoop({ adapter, debug }),
          hostHasReturned: (loop, host) => this.#leaksOfHosts.push(...(loop as WatchedLoop).leaks(host)),
          choose: (ready) => {
            this.#look(taskOfEntry(ready.at(0)));
            this.#recorder.note(this.#loop!.time(), ready.at(0));
            return 1;
          },
          beforeTimePasses: () => this.#look(null),
          networkIsOver: (log) => this.networkLog = log.text(),
          mainIsOver: () => this.#leaks = this.#loop!.leaks(),
        },
      );
    } catch (error) {
      outcome = { error };
    }
    if ("error" in outcome && (this.#cancels === 0 || !isCancelled(outcome.error))) return outcome.error;
    const leaks = [...this.#leaks, ...this.#leaksOfHosts, ...this.#loop!.unheard()]
      .filter((leak) => mayReturn !== true || !/^(On the host "[^"]*": )?A cancel that was swallowed/.test(leak));
    return leaks.length > 0 ? leaks.join("\n\n") : null;
  }

  /** Whether the cancel came to pass. */
  get wasCancelled(): boolean {
    return this.#cancels > 0;
  }

  /** Between two steps: whether main has been cancelled here. `next` is whose step comes. */
  #look(next: Task<unknown> | null): boolean {
    const main = this.#main ??= next;
    if (main === null || main.done()) return false;
    let cancels = false;
    if (this.#looked < this.#steps) {
      this.#looked = this.#steps;
      if (next !== main) cancels = this.#cancelHere(main, false);
    }
    if (next === main) {
      if (this.#steps > 0) cancels = this.#cancelHere(main, true);
      this.#steps++;
    }
    return cancels;
  }

  /** Cancels main if this is the place. */
  #cancelHere(main: Task<unknown>, isWoken: boolean): boolean {
    const point = this.#point;
    if (point === null) return false;
    const isFirst = this.#cancels === 0 && this.#steps === point.suspension && isWoken === point.isWoken;
    const isSecond = this.#cancels === 1 && !isWoken && point.cleanup !== null &&
      this.#steps === point.suspension + point.cleanup;
    if (!isFirst && !isSecond) return false;
    this.#cancels++;
    this.waitedFor = String(main);
    main.cancel();
    return true;
  }
}

/**
 * Runs a program once for each place where its main task suspends, and cancels main there: once while it waits, and once when it has been
 * woken and has not gone on. If its cleanup suspends as well, it runs once more for each of these places, with a second cancel there.
 *
 * After each run nothing may be left behind, as with {@linkcode testLoop}: a task that has not ended has not run its `finally`. Main must end with the
 * cancel, every other error is a failure, so is a deadlock, and `check` looks whether what must hold does.
 *
 * @param program a generator or async function; it is called once for each run, and makes all of its state anew
 * @returns how many places and runs there were
 * @throws {CancelFailure} if something is wrong after one of the runs; it says where the cancel came
 * @throws {RuntimeError} inside of a running loop
 * @throws {TypeError} if the program is not a function, or an option is unknown or of the wrong type
 *
 * @example A lock that is released whatever happens
 * ```ts
 * import { Lock, sleep } from "@loop/asyncio";
 * import { cancelEverywhere } from "@loop/asyncio/testing";
 *
 * let lock = new Lock();
 * await cancelEverywhere(async () => {
 *   lock = new Lock();
 *   await lock.acquire();
 *   try {
 *     await sleep(10);
 *   } finally {
 *     lock.release();
 *   }
 * }, { check: () => !lock.locked() });
 * ```
 *
 * @category Cancels
 */
export async function cancelEverywhere(
  program: Program,
  options: CancelEverywhereOptions = {},
): Promise<CancelEverywhereResult> {
  checkOptions(program, options);
  let runs = 0;
  const runAt = async (point: CancelPoint | null): Promise<CancelledRun> => {
    runs++;
    const run = new CancelledRun(point);
    const wrong = await run.run(program, options) ?? await checkAfter(options, point);
    if (wrong !== null) throw new CancelFailure(wrong, point, run.waitedFor, run.trace, run.networkLog);
    return run;
  };
  const { suspensions } = await runAt(null);
  for (let suspension = 1; suspension <= suspensions; suspension++) {
    for (const isWoken of [false, true]) {
      const run = await runAt({ suspension, isWoken, cleanup: null });
      // What is thrown at the next step is its cleanup.
      const cleanups = run.wasCancelled ? run.suspensions - suspension : 0;
      for (let cleanup = 1; cleanup <= cleanups; cleanup++) await runAt({ suspension, isWoken, cleanup });
    }
  }
  return { points: suspensions, runs };
}

async function checkAfter({ check }: CancelEverywhereOptions, point: CancelPoint | null): Promise<unknown> {
  if (check === undefined) return null;
  try {
    return await check(point) === false ? "check() has returned false." : null;
  } catch (error) {
    return error;
  }
}

function checkOptions(program: unknown, options: CancelEverywhereOptions): void {
  checkProgram(program, WHERE);
  checkOptionNames(options, [...VIRTUAL_OPTIONS.filter((name) => name !== "allowHost"), "check", "mayReturn"], WHERE);
  checkVirtualOptions(options, WHERE, "again");
  checkFlag(options.mayReturn, "mayReturn", WHERE);
  const { check } = options;
  if (check !== undefined && typeof check !== "function") {
    throw new TypeError(`Cannot call ${WHERE} with ${describeKind(check)} as check: give a function.`);
  }
}
