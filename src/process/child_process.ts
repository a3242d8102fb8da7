/**
 * A process with streams, on a process of the host.
 *
 * @module
 */
import { coroutine } from "../core/coroutine.ts";
import { runningLoop } from "../core/running.ts";
import type { Coroutine, LazyAwaitable } from "../core/suspend.ts";
import { type BytesOf, Process } from "../io/process.ts";
import type { StreamReader } from "../io/stream_reader.ts";
import type { StreamWriter } from "../io/stream_writer.ts";
import { checkInput, communicate, type Output } from "./communicate.ts";
import { endProcess } from "./end.ts";
import type { ProcessTransport } from "./process_transport.ts";
import type { SubprocessStreamProtocol } from "./stream_protocol.ts";

/** Milliseconds between SIGTERM and SIGKILL. */
const GRACE_PERIOD = 5_000;

/** A process: its transport, and the streams of its pipes. */
export class ChildProcess<
  In extends StreamWriter | null = StreamWriter | null,
  Out extends StreamReader | null = StreamReader | null,
  Err extends StreamReader | null = StreamReader | null,
> extends Process<In, Out, Err> {
  readonly stdin: In;
  readonly stdout: Out;
  readonly stderr: Err;
  /** @internal */
  readonly _transport: ProcessTransport;
  readonly #gracePeriod: number;

  /** @internal */
  constructor(transport: ProcessTransport, protocol: SubprocessStreamProtocol, gracePeriod: number = GRACE_PERIOD) {
    super();
    this._transport = transport;
    this.#gracePeriod = gracePeriod;
    this.stdin = protocol._stdin as In;
    this.stdout = (protocol._readers[1] ?? null) as Out;
    this.stderr = (protocol._readers[2] ?? null) as Err;
  }

  get pid(): number {
    return this._transport.getPid();
  }

  get returncode(): number | null {
    return this._transport.getReturncode();
  }

  wait(): LazyAwaitable<number> {
    return wait(this._transport);
  }

  communicate(input: Uint8Array | null = null): LazyAwaitable<[BytesOf<Out>, BytesOf<Err>]> {
    checkInput(this as ChildProcess, input);
    return communicate(this as ChildProcess, input) as LazyAwaitable<Output> as LazyAwaitable<
      [BytesOf<Out>, BytesOf<Err>]
    >;
  }

  sendSignal(signal: string | number): void {
    this._transport.sendSignal(signal);
  }

  terminate(): void {
    this._transport.terminate();
  }

  kill(): void {
    this._transport.kill();
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    const loop = this._transport.loop;
    // A loop that has closed has killed it.
    if (loop.isClosed()) return Promise.resolve();
    // A coroutine that waits for it does so in its own task, so that a cancel gets through.
    if (runningLoop() === loop) return end(this as ChildProcess);
    return loop.createTask(this._end(), { name: `end of process ${this.pid}` }).then();
  }

  override toString(): string {
    const state = this.returncode === null ? "running" : `returncode=${this.returncode}`;
    return `<Process ${this.pid} ${state}>`;
  }

  /** @internal */
  _end(): Coroutine<void> {
    return endProcess(this._transport, this.#gracePeriod);
  }
}

const end = /* @__PURE__ */ coroutine(function* endOfProcess(process: ChildProcess): Coroutine<void> {
  yield* process._end();
});

const wait = /* @__PURE__ */ coroutine(function* wait(transport: ProcessTransport): Coroutine<number> {
  const exit = transport._untilExit();
  if (exit !== null) yield* exit;
  return transport.getReturncode() as number;
});
