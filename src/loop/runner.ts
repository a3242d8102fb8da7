/**
 * Running a program: a loop made, used, cleaned up and closed.
 *
 * @module
 */
import type { Adapter } from "../adapters/adapter.ts";
import { defaultAdapter } from "../adapters/default_adapter.ts";
import { type Context, copyContext } from "../core/context.ts";
import type { TaskSource } from "../core/coroutine.ts";
import { noteMade, noteRunning } from "../core/current.ts";
import { DeadlockError, isCancelled, KeyboardInterrupt, RuntimeError } from "../core/errors.ts";
import type { Future } from "../core/future.ts";
import { checkStartable, expectMicrotasks, looseTasks, needsAll, unfinishedTasks } from "../core/internal.ts";
import { checkOptions, type OptionNames } from "../core/misuse.ts";
import { describeKind, describeValue } from "../core/repr.ts";
import { Leftover } from "../core/strand.ts";
import { runningLoop } from "../core/running.ts";
import { checkAbortSignal } from "../core/task_options.ts";
import type { Task } from "../core/task.ts";
import { EventLoop } from "./event_loop.ts";
import { inspection } from "./host_loop.ts";
import { checkSignals, type EndSignal, exitCodeOf, Interrupt, program } from "./signals.ts";

/** Milliseconds that calls in the default executor get to end when the program has. */
const EXECUTOR_TIME = 300_000;

/**
 * How a {@linkcode Runner} is made.
 *
 * @category Running
 */
export interface RunnerOptions {
  /** Whether the loop's debug mode is on, as by `EventLoop.setDebug()`; by default as the loop was made. */
  readonly debug?: boolean | "stacks" | undefined;
  /** Makes the loop; by default an {@linkcode EventLoop} for the runtime that the program runs on. */
  readonly loopFactory?: (() => EventLoop) | undefined;
  /** The adapter of the loop, if there is no `loopFactory`; by default that of the runtime. `selectorAdapter()` of `./selector` is another one. */
  readonly adapter?: Adapter | undefined;
  /**
   * The signals of which the first cancels main, and a later one ends the process at once; the exit code is 128 and the signal's number then.
   * `["SIGINT"]` by default and for true, which is Ctrl-C; `["SIGINT", "SIGTERM"]` for a service; `[]` or false for none.
   * A worker gets none of them: they come to the main thread, which may tell it.
   */
  readonly signals?: boolean | readonly EndSignal[] | undefined;
  /**
   * The signal at which the tasks are written to stderr as a tree, with what each waits for: `"SIGUSR2"`, or `"SIGINFO"` on systems that have it,
   * which is Ctrl-T there; on Windows `"SIGBREAK"`, which is Ctrl-Break. None by default. SIGUSR1 is refused on Node and Deno, for it opens their
   * inspector.
   */
  readonly dumpOn?: string | undefined;
  /**
   * Whether the tree of the tasks, with what each waits for, is written to the console when main does not end by such a signal: at a second one,
   * and when it has not ended `slowCancelDuration` after the first; in debug mode at the first as well. True by default.
   */
  readonly interruptTree?: boolean | undefined;
}

/**
 * The options of {@linkcode Runner.run}.
 *
 * @category Running
 */
export interface RunnerRunOptions {
  /** The context of the main task; by default the runner's own, which all its runs share. */
  readonly context?: Context | undefined;
  /** Cancels the main task when it aborts, with the reason as message, and as the `cause` of the {@linkcode CancelledError}. */
  readonly signal?: AbortSignal | undefined;
}

const RUNNER: OptionNames<RunnerOptions> = {
  debug: true,
  loopFactory: "function",
  adapter: true,
  signals: true,
  dumpOn: true,
  interruptTree: "boolean",
};
const RUNNER_RUN: OptionNames<RunnerRunOptions> = { context: true, signal: true };

/**
 * Refuses options that {@linkcode run} does not have, and a signal that is not one.
 *
 * @param where who was called with the options
 */
function checkRunOptions(options: RunOptions, where: string): void {
  const names: OptionNames<RunOptions> = { ...RUNNER, signal: true };
  checkOptions(options, where, names);
  if (options.signal !== undefined) checkAbortSignal(options.signal, where);
}

/**
 * Runs several main tasks one after another on one loop and in one context, and cleans up at the end. The loop is made at the first use.
 *
 * @example Two mains, one loop
 * ```ts
 * import { Runner, sleep } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * await using runner = new Runner();
 * await runner.run(sleep(1));
 * assertEquals(await runner.run(async () => "second"), "second");
 * ```
 *
 * @category Running
 */
export class Runner {
  readonly #options: RunnerOptions;
  readonly #signals: readonly EndSignal[];
  #loop: EventLoop | null = null;
  #context: Context | null = null;
  /** The signal that ended a run; heard until the runner is closed, for the tasks that are left still have to end. */
  #interrupt: Interrupt | null = null;
  #closed = false;
  /** Whether the last main has: one that fails leaves behind what it would have awaited. */
  #endedWell = false;
  /** Whether the last run has ended with a deadlock. */
  #wasStuck = false;
  /** Ends that the tasks are written at a signal; null if they are not. */
  #endDumps: (() => void) | null = null;

  /**
   * Makes a runner; nothing else is made yet.
   *
   * @throws {TypeError} if there is an unknown option, the signals are neither a boolean nor an array of names, or `loopFactory` is not a function
   * @throws {RangeError} if one of them does not ask for the end, or there is both an adapter and a `loopFactory`
   */
  constructor(options: RunnerOptions = {}) {
    checkOptions(options, "new Runner", RUNNER);
    const { loopFactory } = options;
    const { signals = true } = options;
    if (typeof signals !== "boolean") checkSignals(signals, "run");
    this.#signals = signals === true ? ["SIGINT"] : signals || [];
    if (options.adapter !== undefined && loopFactory !== undefined) {
      throw new RangeError("Cannot run with both adapter and loopFactory: give the adapter to the loop that you make.");
    }
    this.#options = options;
  }

  /**
   * The loop, made now if it was not yet.
   *
   * @throws {RuntimeError} if the runner is closed
   * @throws {TypeError} if `loopFactory` returns no loop
   */
  getLoop(): EventLoop {
    if (this.#closed) throw new RuntimeError("Cannot use a Runner that is closed. Make another.");
    if (this.#loop === null) {
      const { adapter, loopFactory = () => new EventLoop({ adapter }) } = this.#options;
      const loop = loopFactory();
      if (typeof loop?.runUntilComplete !== "function") {
        throw new TypeError(
          `Cannot run on ${describeKind(loop)}, which loopFactory has returned: it returns a new EventLoop.`,
        );
      }
      this.#loop = loop;
      if (this.#options.debug !== undefined) this.#loop.setDebug(this.#options.debug);
      this.#context = copyContext();
    }
    return this.#loop;
  }

  /**
   * Runs a main coroutine to its end and returns its result. The first SIGINT meanwhile cancels it, a second ends the process with 130; so
   * do the other signals that the runner was made with.
   *
   * @throws {RuntimeError} if a loop runs the caller, or the runner is closed
   * @throws {TypeError} if main cannot be run, or returns a Task, there is an unknown option, or `dumpOn` is not the name of a signal
   * @throws {RangeError} if the tasks cannot be written at the signal `dumpOn`
   * @throws {NotSupportedError} if `dumpOn` is given where no signals come, as in a worker
   * @throws {KeyboardInterrupt} if SIGINT, or another of these signals, ended it
   */
  async run<T>(main: TaskSource<T>, options: RunnerRunOptions = {}): Promise<T> {
    refuseInsideLoop("Runner.run()");
    checkOptions(options, "Runner.run", RUNNER_RUN);
    if (options.signal !== undefined) checkAbortSignal(options.signal, "Runner.run");
    const loop = this.getLoop();
    const place = loop.getDebug() ? new Error() : null;
    const { dumpOn, interruptTree = true } = this.#options;
    const signals = this.#signals;
    // The first signal writes the tree, before it cancels anything.
    const needsTree = place !== null && interruptTree && signals.length > 0 && inspection.loaded === null;
    const loading = [loop.debugReady(), needsTree ? inspection.loading() : null].filter((load) => load !== null);
    if (loading.length > 0) {
      // A promise is refused below, and what it fails with must not be told before that.
      if (main instanceof Promise) main.catch(() => {});
      await Promise.all(loading);
    }
    if (dumpOn !== undefined) {
      const { dumpOn: begin } = await inspection.loading();
      this.#endDumps ??= begin(loop, dumpOn);
    }
    checkStartable(loop);
    const context = options.context ?? this.#context ?? undefined;
    const task = loop.createTask(main, { context, signal: options.signal });
    if (place !== null) noteMade(task, place);
    this.#interrupt?.remove();
    const interrupt = this.#interrupt = new Interrupt(
      loop,
      task as Task<unknown>,
      signals,
      interruptTree ? inspection : null,
    );
    const leave = noteRunning(loop);
    try {
      this.#endedWell = this.#wasStuck = false;
      const result = await loop.runUntilComplete(task);
      this.#endedWell = true;
      return result;
    } catch (error) {
      this.#wasStuck = error instanceof DeadlockError;
      const { signal, exitCode } = interrupt;
      if (isCancelled(error) && signal !== null && task.uncancel() === 0) {
        loop.adapter.setExitCode?.(exitCode);
        throw interrupt.errorFor(error);
      }
      if (isCancelled(error) && options.signal?.aborted && !("cause" in error)) {
        Object.defineProperty(error, "cause", { value: options.signal.reason, writable: true, configurable: true });
      }
      throw error;
    } finally {
      // One Ctrl-C may come in several signals. Those after the end of main must not cut short what close() waits for.
      if (interrupt.signal === null) {
        interrupt.remove();
        this.#interrupt = null;
      }
      await functionsPark();
      leave();
    }
  }

  /**
   * Cancels what is left, waits for it, and closes the loop. Harmless if nothing was ever run, or the second time.
   *
   * @throws {RuntimeError} if it is running
   */
  async close(): Promise<void> {
    const loop = this.#loop;
    if (loop === null) return;
    if (loop.isRunning()) {
      throw new RuntimeError("Cannot close a Runner while run() is going on. Await what run() returned first.");
    }
    this.#loop = null;
    this.#closed = true;
    try {
      if (this.#endedWell) loop.mainHasEnded();
      // What waits for itself is told, and may do so for all that a cancel does.
      if (this.#wasStuck) loop.slowCancelDuration = Infinity;
      await cancelAllTasks(loop);
      if (loop.usesDefaultExecutor) await loop.runUntilComplete(loop.shutdownDefaultExecutor(EXECUTOR_TIME));
    } catch (error) {
      if (!(this.#wasStuck && error instanceof DeadlockError)) throw error;
    } finally {
      this.#interrupt?.remove();
      this.#endDumps?.();
      loop.close();
    }
  }

  /** Closes the runner; for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/**
 * The options of {@linkcode run}.
 *
 * @category Running
 */
export interface RunOptions extends RunnerOptions {
  /** Cancels main when it aborts, with the reason as message. `run()` rejects with a {@linkcode CancelledError} that has it as `cause`. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a program: makes a loop, runs `main` on it to its end, cancels what is left, closes the loop, and returns main's
 * result. Several may run side by side.
 *
 * Ctrl-C cancels main, so that its `finally` blocks run; `run` then rejects with {@linkcode KeyboardInterrupt} and sets the exit code to
 * 130, which holds for a program that catches the error: runtimes end a program with 1 for an error that nobody catches. A second Ctrl-C
 * ends the program at once, and kills the processes that it has started. With `signals: ["SIGINT", "SIGTERM"]` SIGTERM does the same,
 * with exit code 143.
 *
 * @param main a coroutine, a lazy awaitable, or a generator or async function
 * @throws {RuntimeError} if a loop runs the caller
 * @throws {TypeError} if main cannot be run, or returns a Task, or an option is unknown or of the wrong type
 *
 * @example Hello
 * ```ts
 * import { run, sleep } from "@loop/asyncio";
 *
 * await run(function* () {
 *   console.log("hello");
 *   yield* sleep(10);
 *   console.log("world");
 * });
 * ```
 *
 * @category Running
 */
export async function run<T>(main: TaskSource<T>, options: RunOptions = {}): Promise<T> {
  refuseInsideLoop("run()");
  checkRunOptions(options, "run");
  const { signal, ...rest } = options;
  const runner = new Runner(rest);
  let leave = () => {};
  try {
    // Between the end of main and that of the rest the loop stands still, and functions that nobody awaits may be on the way to an await.
    leave = noteRunning(runner.getLoop());
    return await runner.run(main, { signal });
  } finally {
    try {
      await runner.close();
    } finally {
      leave();
    }
  }
}

/**
 * The options of {@linkcode main}.
 *
 * @category Running
 */
export interface MainOptions extends RunOptions {
  /**
   * The signals of which the first cancels the program, and a later one ends the process at once. `["SIGINT", "SIGTERM"]` by default and for true;
   * `[]` or false for none.
   */
  readonly signals?: boolean | readonly EndSignal[] | undefined;
}

/**
 * The entry of a program: runs it as {@linkcode run} does, and ends the process with its exit code. That is
 *
 * - the number that it returns, else the one that was set (`process.exitCode`), else 0; so also when a signal has closed its servers
 *   (the `signals` of `serve`) and it has returned
 * - 130 after Ctrl-C and 143 after SIGTERM, which cancel it; nothing is printed
 * - 1 for any other error, which is printed with its stack, a group with all its errors as a tree
 *
 * What was written to stdout and stderr is written out before. Timers and sockets of others do not keep the process alive. It returns at
 * once: call it as the last thing in the file, without `await`. Where there is no process, as in a browser, the program just runs.
 *
 * @param source a coroutine, a lazy awaitable, or a generator or async function
 * @throws {RuntimeError} if a loop runs the caller, or it was called before
 * @throws {TypeError} if there is an unknown option
 *
 * @example A program
 * ```ts
 * import { main, sleep } from "@loop/asyncio";
 *
 * if (import.meta.main) {
 *   main(function* () {
 *     console.log("hello");
 *     yield* sleep(1_000);
 *     return 3;
 *   });
 * }
 * ```
 *
 * @category Running
 */
export function main(source: TaskSource<unknown>, options: MainOptions = {}): void {
  refuseInsideLoop("main()");
  if (program.isMain) {
    throw new RuntimeError(
      "Cannot call main() twice: the process ends with the first. Make one program of both, or await run() for each and return.",
    );
  }
  checkRunOptions(options, "main");
  program.isMain = true;
  const { signals = true } = options;
  run(source, { ...options, signals: signals === true ? ["SIGINT", "SIGTERM"] : signals }).then(endWith, endFor);
}

/** The program has returned. */
function endWith(result: unknown): void {
  if (typeof result !== "number") return exitWhenReported(undefined);
  if (Number.isInteger(result) && result >= 0 && result <= 255) return exitWhenReported(result);
  endFor(
    new RangeError(
      `Cannot end the process with ${
        describeValue(result)
      }: an exit code is a whole number from 0 to 255. Return such a number, or none.`,
    ),
  );
}

/** The program has thrown. */
function endFor(error: unknown): void {
  if (error instanceof KeyboardInterrupt) return exit(exitCodeOf(error.signal));
  if (error instanceof Error) console.error(error);
  else console.error("The program has thrown what is no error:", error);
  exit(1);
}

/** The host reports a rejection that nobody handles at the end of its turn, also one of the last turn; Bun ends for it one turn later. */
function exitWhenReported(code: number | undefined): void {
  setTimeout(() => void setTimeout(exit, 0, code), 0);
}

function exit(code: number | undefined): void {
  defaultAdapter().exitWhenWritten?.(code);
}

/** Two loops may run side by side, but not one inside a step of the other: the step would wait for a loop that waits for it. */
export function refuseInsideLoop(what: string): void {
  if (runningLoop() !== null) {
    throw new RuntimeError(
      `Cannot call ${what} inside a running event loop. Await the coroutine with yield* instead, or createTask(coroutine) with await.`,
    );
  }
}

/** How many microtasks a function that main has called and not awaited has for coming to its first await. */
const LAST_HOPS = 12;

/** Lets functions that nobody awaits come to what they await, so that it is cancelled with all else; nothing of the loop runs meanwhile. */
async function functionsPark(): Promise<void> {
  for (let hop = 0; hop < LAST_HOPS; hop++) await null;
}

/**
 * Cancels all tasks and waits until they have ended. What functions that nobody awaits go on to await meanwhile, in their cleanup, is waited for
 * and not cancelled; what is left behind by functions that end is cancelled as well.
 */
async function cancelAllTasks(loop: EventLoop): Promise<void> {
  const tasks = [...unfinishedTasks(loop)];
  if (tasks.length === 0) return;
  for (const task of tasks) task.cancel();
  await loop.runUntilComplete(whenAllDone(loop, tasks));
  for (const task of tasks) {
    if (task.cancelled()) continue;
    const exception = task.exception();
    if (exception === null) continue;
    loop.callExceptionHandler({ message: "Unhandled exception during shutdown of run()", exception, task });
  }
}

/** How many iterations in a row find no task of what nobody awaits, before none is expected: a function may be on its way to an await. */
const QUIET_ITERATIONS = 3;

/** A future, not a task: the finally blocks of what is left should not see a task of ours among theirs. */
function whenAllDone(loop: EventLoop, tasks: readonly Task<unknown>[]): Future<void> {
  const all = loop.createFuture<void>();
  needsAll(all, tasks);
  let left = tasks.length;
  let quiet = 0;
  const watch = (task: Task<unknown>) =>
    task.addDoneCallback(() => {
      if (--left === 0) look();
    });
  const look = () => {
    for (const task of looseTasks(loop)) {
      if (task.done()) continue;
      left++;
      watch(task);
      if (task.getCoro() instanceof Leftover) task.cancel();
    }
    if (left > 0) {
      quiet = 0;
    } else if (++quiet > QUIET_ITERATIONS) {
      all.setResult();
    } else {
      // Functions go on in microtasks, which the loop waits for if it expects something there.
      expectMicrotasks(loop);
      loop.callSoon(look);
    }
  };
  for (const task of tasks) watch(task);
  return all;
}

/** A loop on another adapter than the runtime's own, for the `loopFactory` of {@linkcode run}. */
export function loopOn(adapter: Adapter): EventLoop {
  return new EventLoop({ adapter });
}
