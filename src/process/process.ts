/**
 * A process with streams.
 *
 * @module
 */
import { coroutine } from "../core/coroutine.ts";
import { runningLoop } from "../core/running.ts";
import type { Coroutine, LazyAwaitable } from "../core/suspend.ts";
import type { StreamReader } from "../net/stream_reader.ts";
import type { StreamWriter } from "../net/stream_writer.ts";
import { checkInput, communicate, type Output } from "./communicate.ts";
import { endProcess } from "./end.ts";
import type { SubprocessStreamProtocol } from "./stream_protocol.ts";
import type { SubprocessTransport } from "./transport.ts";

/** Milliseconds between SIGTERM and SIGKILL. */
const GRACE_PERIOD = 5_000;

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
 */
export class Process<
  In extends StreamWriter | null = StreamWriter | null,
  Out extends StreamReader | null = StreamReader | null,
  Err extends StreamReader | null = StreamReader | null,
> implements AsyncDisposable {
  /** To what the process reads; null unless it was started with `stdin: PIPE`. */
  readonly stdin: In;
  /** From what the process writes; null unless it was started with `stdout: PIPE`. */
  readonly stdout: Out;
  /** From what the process complains of; null unless it was started with `stderr: PIPE`. */
  readonly stderr: Err;
  /** @internal */
  readonly _transport: SubprocessTransport;
  readonly #gracePeriod: number;

  /** @internal */
  constructor(transport: SubprocessTransport, protocol: SubprocessStreamProtocol, gracePeriod: number = GRACE_PERIOD) {
    this._transport = transport;
    this.#gracePeriod = gracePeriod;
    this.stdin = protocol._stdin as In;
    this.stdout = (protocol._readers[1] ?? null) as Out;
    this.stderr = (protocol._readers[2] ?? null) as Err;
  }

  /** The number of the process. */
  get pid(): number {
    return this._transport.getPid();
  }

  /** Its exit code; null while it runs, −N if signal N ended it. */
  get returncode(): number | null {
    return this._transport.getReturncode();
  }

  /**
   * Waits until the process has ended and gives its exit code, −N if signal N ended it. What it has written can still be read afterwards, and
   * its pipes may stay open if another process has them. Cancelled, the process goes on.
   *
   * A process whose full pipes nobody reads never ends: read them, or use {@linkcode Process.communicate}.
   */
  wait(): LazyAwaitable<number> {
    return wait(this._transport);
  }

  /**
   * Sends the input, closes stdin, reads stdout and stderr to their ends, and waits for the process. All of it is kept in memory.
   *
   * Cancelled, for example by a {@linkcode timeout}, the process is asked to end (SIGTERM), killed after the grace period (SIGKILL) and
   * waited for, before the cancel goes on; a second cancel kills it at once. To let it run on, `shield()` the call.
   *
   * A second call gives empty arrays, and can give no more input: stdin is closed.
   *
   * @param input what the process reads; null or nothing for an empty stdin
   * @returns what it has written to stdout and stderr; null for what is no pipe
   * @throws {TypeError} if the input is no Uint8Array; text has to be encoded first
   * @throws {RuntimeError} if there is input and stdin is no pipe; when awaited, if another task is reading, or there is input and stdin was
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
  communicate(input: Uint8Array | null = null): LazyAwaitable<[BytesOf<Out>, BytesOf<Err>]> {
    checkInput(this as Process, input);
    return communicate(this as Process, input) as LazyAwaitable<Output> as LazyAwaitable<[BytesOf<Out>, BytesOf<Err>]>;
  }

  /**
   * Sends a signal to the process, or to its group if it has one of its own.
   *
   * @param signal a name such as `"SIGUSR1"`, or a number
   * @throws {TypeError} if it is neither
   * @throws {RangeError} if there is no such signal
   * @throws {OSError} with code `"ESRCH"` if the process has ended and its pipes are closed; `"EPERM"` or `"EACCES"` if it is not allowed
   */
  sendSignal(signal: string | number): void {
    this._transport.sendSignal(signal);
  }

  /** Asks the process to end, by SIGTERM. Throws as {@linkcode Process.sendSignal}. */
  terminate(): void {
    this._transport.terminate();
  }

  /** Ends the process, by SIGKILL. Throws as {@linkcode Process.sendSignal}. */
  kill(): void {
    this._transport.kill();
  }

  /** Ends the process in order and closes its pipes; for `await using`, and for {@linkcode use} in coroutines. */
  [Symbol.asyncDispose](): PromiseLike<void> {
    const loop = this._transport._loop;
    // A loop that has closed has killed it.
    if (loop.isClosed()) return Promise.resolve();
    // A coroutine that waits for it does so in its own task, so that a cancel gets through.
    if (runningLoop() === loop) return end(this as Process);
    return loop.createTask(this._end(), { name: `end of process ${this.pid}` }).then();
  }

  /** Readable form. */
  toString(): string {
    const state = this.returncode === null ? "running" : `returncode=${this.returncode}`;
    return `<Process ${this.pid} ${state}>`;
  }

  /** @internal */
  _end(): Coroutine<void> {
    return endProcess(this._transport, this.#gracePeriod);
  }
}

/** What `communicate()` gives for a stream. */
export type BytesOf<S> = S extends null ? null : Uint8Array;

const end = coroutine(function* endOfProcess(process: Process): Coroutine<void> {
  yield* process._end();
});

const wait = coroutine(function* wait(transport: SubprocessTransport): Coroutine<number> {
  const exit = transport._untilExit();
  if (exit !== null) yield* exit;
  return transport.getReturncode() as number;
});
