/**
 * Processes with streams, made. What does the work is loaded when one is first awaited.
 *
 * @module
 */
import type { LazyAwaitable } from "../core/suspend.ts";
import type { CreateSubprocessOptions, Process, ProcessOf } from "../io/process.ts";
import { StreamReader } from "../io/stream_reader.ts";
import { Area } from "../loop/area.ts";

const processes = /* @__PURE__ */ new Area(() => import("./methods.ts"));

/**
 * Starts a program with these arguments, which reach it as they are: no shell reads them. By default it has stdin, stdout and stderr of this
 * program.
 *
 * Cancelled, the process that was just started is killed.
 *
 * @param program a name that is looked for in `PATH`, a path (from `cwd` on), or the URL of a file
 * @param args its arguments
 * @throws {TypeError} when awaited, if an argument has the wrong type
 * @throws {RangeError} when awaited, if a text contains a NUL byte, an option has an impossible value, or there is no such option
 * @throws {OSError} when awaited, if it cannot be started: with code `"ENOENT"` if the program or `cwd` does not exist, `"EACCES"` if it may
 * not be executed
 * @throws {NotSupportedError} when awaited, if the runtime cannot do that
 *
 * @example Run a program to its end
 * ```ts
 * import { createSubprocessExec, PIPE, run } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * await run(function* () {
 *   const process = yield* createSubprocessExec("printf", ["%s-%s", "a b", "$HOME"], { stdout: PIPE });
 *   const [output] = yield* process.communicate();
 *   assertEquals(new TextDecoder().decode(output), "a b-$HOME");
 * });
 * ```
 *
 * @category Processes
 */
export function createSubprocessExec<const O extends CreateSubprocessOptions = Record<never, never>>(
  program: string | URL,
  args: readonly string[] = [],
  options: O = {} as O,
): LazyAwaitable<ProcessOf<O>> {
  return processes.call("createSubprocessExec", StreamReader, program, args, options) as LazyAwaitable<
    Process
  > as LazyAwaitable<ProcessOf<O>>;
}

/**
 * The same for a command line, which a shell reads: `/bin/sh`, on Windows `cmd.exe`. Never put into it what somebody else has written: give
 * that to {@linkcode createSubprocessExec} as an argument.
 *
 * @param command the command line
 * @throws {TypeError} when awaited, if an argument has the wrong type
 * @throws {RangeError} when awaited, if a text contains a NUL byte, an option has an impossible value, or there is no such option
 * @throws {OSError} when awaited, if the shell cannot be started. A command that does not exist ends with exit code 127 instead
 * @throws {NotSupportedError} when awaited, if the runtime cannot do that
 *
 * @example A pipeline of the shell
 * ```ts
 * import { createSubprocessShell, PIPE, run } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * await run(function* () {
 *   const process = yield* createSubprocessShell("printf 'b\\na\\n' | sort", { stdout: PIPE });
 *   const [output] = yield* process.communicate();
 *   assertEquals(new TextDecoder().decode(output), "a\nb\n");
 * });
 * ```
 *
 * @category Processes
 */
export function createSubprocessShell<const O extends CreateSubprocessOptions = Record<never, never>>(
  command: string,
  options: O = {} as O,
): LazyAwaitable<ProcessOf<O>> {
  return processes.call("createSubprocessShell", StreamReader, command, options) as LazyAwaitable<
    Process
  > as LazyAwaitable<ProcessOf<O>>;
}
