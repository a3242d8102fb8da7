/**
 * The entry of a program.
 *
 * @module
 */
import { defaultAdapter } from "../adapters/default_adapter.ts";
import type { TaskSource } from "../core/coroutine.ts";
import { KeyboardInterrupt, RuntimeError } from "../core/errors.ts";
import { describeValue } from "../core/repr.ts";
import { checkRunOptions, refuseInsideLoop, run, type RunOptions } from "./runner.ts";
import { type EndSignal, exitCodeOf, program } from "./signals.ts";

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
  if (typeof result !== "number") return exitInATurn(undefined);
  if (Number.isInteger(result) && result >= 0 && result <= 255) return exitInATurn(result);
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

/** The host reports a rejection that nobody handles at the end of its turn, also one of the last turn. */
function exitInATurn(code: number | undefined): void {
  setTimeout(exit, 0, code);
}

function exit(code: number | undefined): void {
  defaultAdapter().exitWhenWritten?.(code);
}
