/**
 * What a process is started with.
 *
 * @module
 */
import type { StreamLimit } from "../net/streams.ts";

/**
 * As stdin, stdout or stderr of a process: a pipe to this program.
 *
 * @example Read what a program prints
 * ```ts
 * import { createSubprocessExec, PIPE, run } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * await run(function* () {
 *   const process = yield* createSubprocessExec("echo", ["hello"], { stdout: PIPE });
 *   const [output] = yield* process.communicate();
 *   assertEquals(new TextDecoder().decode(output), "hello\n");
 * });
 * ```
 */
export const PIPE: -1 = -1;

/**
 * As stderr of a process: the same as its stdout, so that the two stay in order.
 *
 * @example Everything that a program prints
 * ```ts
 * import { createSubprocessShell, PIPE, run, STDOUT } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * await run(function* () {
 *   const process = yield* createSubprocessShell("echo out; echo err >&2", { stdout: PIPE, stderr: STDOUT });
 *   const [output] = yield* process.communicate();
 *   assertEquals(new TextDecoder().decode(output), "out\nerr\n");
 * });
 * ```
 */
export const STDOUT: -2 = -2;

/**
 * As stdin, stdout or stderr of a process: nothing at all. It reads an end, and what it writes is dropped.
 *
 * @example Do not let a program speak
 * ```ts
 * import { createSubprocessShell, DEVNULL, run } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * await run(function* () {
 *   const process = yield* createSubprocessShell("echo unheard; exit 3", { stdout: DEVNULL });
 *   assertEquals(yield* process.wait(), 3);
 * });
 * ```
 */
export const DEVNULL: -3 = -3;

/** Something that has the number of an open file, such as a file handle of `node:fs/promises`. */
export interface OpenFile {
  /** The number. */
  readonly fd: number;
}

/**
 * What a process has as stdin, stdout or stderr: {@linkcode PIPE}, {@linkcode DEVNULL}, for stderr also {@linkcode STDOUT}; an open file by
 * its number (as `node:fs` opens them) or as an object that has it; a file by its URL, which is read for stdin, and made or emptied for the
 * others; null for what this program has itself.
 */
export type Stdio = typeof PIPE | typeof STDOUT | typeof DEVNULL | number | OpenFile | URL | null;

/** What all processes take. */
export interface ProcessOptions {
  /** The directory that it starts in; by default that of this program. */
  readonly cwd?: string | URL | undefined;
  /** All its environment variables; by default those of this program. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /**
   * Makes it the first of a process group, to which everything belongs that it starts itself. Signals then go to the whole group, and what is
   * left of it ends when the scope of the process is left. A process that runs in a group of its own does not get the Ctrl-C of the terminal. False by
   * default. Not on Windows; on Deno it needs `--allow-run` without a list.
   */
  readonly processGroup?: boolean | undefined;
}

/** The options of `loop.subprocessExec()` and `loop.subprocessShell()`. */
export interface SubprocessOptions extends ProcessOptions {
  /** Where it reads from; {@linkcode PIPE} by default. */
  readonly stdin?: Stdio | undefined;
  /** Where it writes to; {@linkcode PIPE} by default. */
  readonly stdout?: Stdio | undefined;
  /** Where it complains to; {@linkcode PIPE} by default. */
  readonly stderr?: Stdio | undefined;
}

/** The options of {@linkcode createSubprocessExec} and {@linkcode createSubprocessShell}. */
export interface CreateSubprocessOptions extends ProcessOptions, StreamLimit {
  /** Where it reads from; by default what this program reads from. */
  readonly stdin?: Stdio | undefined;
  /** Where it writes to; by default what this program writes to. */
  readonly stdout?: Stdio | undefined;
  /** Where it complains to; by default what this program complains to. */
  readonly stderr?: Stdio | undefined;
  /**
   * Milliseconds that the process has between SIGTERM and SIGKILL when `communicate()` is cancelled or its scope is left; 5,000 by default,
   * 0 for SIGKILL at once.
   */
  readonly gracePeriod?: number | undefined;
}
