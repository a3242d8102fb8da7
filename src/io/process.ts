/**
 * Processes with streams: what one is started with, and what it is.
 *
 * @module
 */
import type { LazyAwaitable } from "../core/suspend.ts";
import type { StreamLimit } from "./socket_options.ts";
import type { StreamReader } from "./stream_reader.ts";
import type { StreamWriter } from "./stream_writer.ts";
import { madeByHand } from "./transports.ts";
import { printsAsText } from "../core/repr.ts";

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
 *
 * @category Processes
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
 *
 * @category Processes
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
 *
 * @category Processes
 */
export const DEVNULL: -3 = -3;

/**
 * Something that has the number of an open file, such as a file handle of `node:fs/promises`.
 *
 * @category Processes
 */
export interface OpenFile {
  /** The number. */
  readonly fd: number;
}

/**
 * What a process has as stdin, stdout or stderr: {@linkcode PIPE}, {@linkcode DEVNULL}, for stderr also {@linkcode STDOUT}; an open file by
 * its number (as `node:fs` opens them) or as an object that has it; a file by its URL, which is read for stdin, and made or emptied for the
 * others; null for what this program has itself.
 *
 * @category Processes
 */
export type Stdio = typeof PIPE | typeof STDOUT | typeof DEVNULL | number | OpenFile | URL | null;

/**
 * What all processes take.
 *
 * @category Processes
 */
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

/**
 * The options of `loop.subprocessExec()` and `loop.subprocessShell()`.
 *
 * @category Processes
 */
export interface SubprocessOptions extends ProcessOptions {
  /** Where it reads from; {@linkcode PIPE} by default. */
  readonly stdin?: Stdio | undefined;
  /** Where it writes to; {@linkcode PIPE} by default. */
  readonly stdout?: Stdio | undefined;
  /** Where it complains to; {@linkcode PIPE} by default. */
  readonly stderr?: Stdio | undefined;
}

/**
 * The options of {@linkcode createSubprocessExec} and {@linkcode createSubprocessShell}.
 *
 * @category Processes
 */
export interface CreateSubprocessOptions extends ProcessOptions, StreamLimit {
  /** Where it reads from; by default what this program reads from. */
  readonly stdin?: Stdio | undefined;
  /** Where it writes to; by default what this program writes to. */
  readonly stdout?: Stdio | undefined;
  /** Where it complains to; by default what this program complains to. */
  readonly stderr?: Stdio | undefined;
  /**
   * Milliseconds that the process has between SIGTERM and SIGKILL when `communicate()` is cancelled or its scope is left; 5,000 by default,
   * 0 for SIGKILL at once, null for as long as it takes.
   */
  readonly gracePeriod?: number | null | undefined;
}

/**
 * What `communicate()` returns for a stream.
 *
 * @category Processes
 */
export type BytesOf<S> = S extends null ? null : Uint8Array;

/**
 * The stream that belongs to an option: one for {@linkcode PIPE}, null for everything else, either if the type does not tell.
 *
 * @category Processes
 */
export type PipeOf<O, Stream> = O extends typeof PIPE ? Stream
  : O extends number ? (typeof PIPE extends O ? Stream | null : null)
  : null;

/**
 * The process that is started with these options.
 *
 * @category Processes
 */
export type ProcessOf<O extends CreateSubprocessOptions> = Process<
  PipeOf<O["stdin"], StreamWriter>,
  PipeOf<O["stdout"], StreamReader>,
  PipeOf<O["stderr"], StreamReader>
>;

/**
 * A process that was started by {@linkcode createSubprocessExec} or {@linkcode createSubprocessShell}.
 *
 * It is a resource: at the end of `await using`, or of the body of {@linkcode use}, what still runs is asked to end (SIGTERM), killed if it
 * has not after the grace period (SIGKILL), and waited for; its pipes are closed, even if another process that it has started holds them
 * open. With `processGroup` these processes are ended as well.
 *
 * @example Talk to a program
 * ```ts
 * import { createSubprocessExec, PIPE, run, use } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * const encoder = new TextEncoder();
 * const decoder = new TextDecoder();
 *
 * await run(() =>
 *   use(createSubprocessExec("cat", [], { stdin: PIPE, stdout: PIPE }), function* (cat) {
 *     cat.stdin.write(encoder.encode("hello\n"));
 *     assertEquals(decoder.decode(yield* cat.stdout.readline()), "hello\n");
 *     cat.stdin.close();
 *     assertEquals(yield* cat.wait(), 0);
 *   })
 * );
 * ```
 *
 * @category Processes
 */
export abstract class Process<
  In extends StreamWriter | null = StreamWriter | null,
  Out extends StreamReader | null = StreamReader | null,
  Err extends StreamReader | null = StreamReader | null,
> implements AsyncDisposable {
  static readonly #printed: true = /* @__PURE__ */ printsAsText(this);
  /** To what the process reads; null unless it was started with `stdin: PIPE`. */
  abstract readonly stdin: In;
  /** From what the process writes; null unless it was started with `stdout: PIPE`. */
  abstract readonly stdout: Out;
  /** From what the process complains of; null unless it was started with `stderr: PIPE`. */
  abstract readonly stderr: Err;

  /** For classes that extend this one. */
  constructor() {
    if (new.target === Process) {
      throw madeByHand("Process", "createSubprocessExec() and createSubprocessShell() make them");
    }
  }

  /** The number of the process. */
  abstract readonly pid: number;

  /** Its exit code; null while it runs, −N if signal N ended it. */
  abstract readonly returncode: number | null;

  /**
   * Waits until the process has ended and returns its exit code, −N if signal N ended it. What it has written can still be read afterwards, and
   * its pipes may stay open if another process has them. Cancelled, the process goes on.
   *
   * A process whose full pipes nobody reads never ends: read them, or use {@linkcode Process.communicate}.
   */
  abstract wait(): LazyAwaitable<number>;

  /**
   * Sends the input, closes stdin, reads stdout and stderr to their ends, and waits for the process. All of it is kept in memory.
   *
   * Cancelled, for example by a {@linkcode timeout}, the process is asked to end (SIGTERM), killed after the grace period (SIGKILL) and
   * waited for, before the cancel goes on; a second cancel kills it at once. To let it run on, `shield()` the call.
   *
   * A second call returns empty arrays, and takes no more input: stdin is closed.
   *
   * @param input what the process reads; null or nothing for an empty stdin
   * @returns what it has written to stdout and stderr; null for what is not a pipe
   * @throws {TypeError} if the input is not a Uint8Array; text has to be encoded first
   * @throws {RuntimeError} if there is input and stdin is not a pipe; when awaited, if another task is reading, or there is input and stdin was
   * closed
   *
   * @example Input and output
   * ```ts
   * import { createSubprocessExec, PIPE, run } from "@loop/asyncio";
   * import { assertEquals } from "@std/assert";
   *
   * await run(function* () {
   *   const sort = yield* createSubprocessExec("sort", [], { stdin: PIPE, stdout: PIPE });
   *   const [sorted] = yield* sort.communicate(new TextEncoder().encode("b\na\n"));
   *   assertEquals(new TextDecoder().decode(sorted), "a\nb\n");
   *   assertEquals(sort.returncode, 0);
   * });
   * ```
   */
  abstract communicate(input?: Uint8Array | null): LazyAwaitable<[BytesOf<Out>, BytesOf<Err>]>;

  /**
   * Sends a signal to the process, or to its group if it has one of its own.
   *
   * @param signal a name such as `"SIGUSR1"`, or a number
   * @throws {TypeError} if it is neither
   * @throws {RangeError} if there is no such signal
   * @throws {OSError} with code `"ESRCH"` if the process has ended and its pipes are closed; `"EPERM"` or `"EACCES"` if it is not allowed
   */
  abstract sendSignal(signal: string | number): void;

  /** Asks the process to end, by SIGTERM. Throws as {@linkcode Process.sendSignal}. */
  abstract terminate(): void;

  /** Ends the process, by SIGKILL. Throws as {@linkcode Process.sendSignal}. */
  abstract kill(): void;

  /** Ends the process in order and closes its pipes; for `await using`, and for {@linkcode use} in coroutines. */
  abstract [Symbol.asyncDispose](): PromiseLike<void>;
}
