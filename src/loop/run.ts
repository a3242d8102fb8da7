/**
 * The front door.
 *
 * @module
 */
import type { TaskSource } from "../core/coroutine.ts";
import { noteRunning } from "../core/current.ts";
import { Runner, type RunnerOptions } from "./runner.ts";
import { refuseInsideLoop } from "./runner.ts";

/** The options of {@linkcode run}. */
export interface RunOptions extends RunnerOptions {
  /** Cancels main when it aborts, with the reason as message. `run()` rejects with a {@linkcode CancelledError} that has it as `cause`. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a program: makes a loop, runs `main` on it to its end, cancels what is left, closes the loop, and gives main's
 * result. Several may run side by side.
 *
 * Ctrl-C cancels main, so that its `finally` blocks run; `run` then rejects with {@linkcode KeyboardInterrupt} and sets the exit code to
 * 130, which holds for a program that catches the error: runtimes end a program with 1 for an error that nobody catches. A second Ctrl-C
 * ends the program at once, and kills the processes that it has started. With `signals: ["SIGINT", "SIGTERM"]` SIGTERM does the same,
 * with exit code 143.
 *
 * @param main a coroutine, a lazy awaitable, or a generator or async function
 * @throws {RuntimeError} if a loop runs the caller
 * @throws {TypeError} if main is nothing to run, or returns a Task
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
 */
export async function run<T>(main: TaskSource<T>, options: RunOptions = {}): Promise<T> {
  refuseInsideLoop("run()");
  const runner = new Runner(options);
  let leave = () => {};
  try {
    // Between the end of main and that of the rest the loop stands still, and functions that nobody awaits may be on the way to an await.
    leave = noteRunning(runner.getLoop());
    return await runner.run(main, { signal: options.signal });
  } finally {
    try {
      await runner.close();
    } finally {
      leave();
    }
  }
}
