/**
 * A process with streams, on a process of the host.
 *
 * @module
 */
import { noted } from "../core/current.ts";
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
  readonly transport: ProcessTransport;
  readonly #gracePeriod: number;

  constructor(
    transport: ProcessTransport,
    protocol: SubprocessStreamProtocol,
    gracePeriod: number | null = GRACE_PERIOD,
  ) {
    super();
    this.transport = transport;
    this.#gracePeriod = gracePeriod ?? Infinity;
    this.stdin = protocol.stdin as In;
    this.stdout = (protocol.readers[1] ?? null) as Out;
    this.stderr = (protocol.readers[2] ?? null) as Err;
  }

  get pid(): number {
    return this.transport.getPid();
  }

  get returncode(): number | null {
    return this.transport.getReturncode();
  }

  wait(): LazyAwaitable<number> {
    return noted(wait(this.transport));
  }

  communicate(input: Uint8Array | null = null): LazyAwaitable<[BytesOf<Out>, BytesOf<Err>]> {
    checkInput(this as ChildProcess, input);
    return noted(communicate(this as ChildProcess, input) as LazyAwaitable<Output>) as LazyAwaitable<
      [BytesOf<Out>, BytesOf<Err>]
    >;
  }

  sendSignal(signal: string | number): void {
    this.transport.sendSignal(signal);
  }

  terminate(): void {
    this.transport.terminate();
  }

  kill(): void {
    this.transport.kill();
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    const loop = this.transport.loop;
    // A loop that has closed has killed it.
    if (loop.isClosed()) return Promise.resolve();
    // A coroutine that waits for it does so in its own task, so that a cancel gets through.
    if (runningLoop() === loop) return end(this as ChildProcess);
    return loop.createTask(this.endInOrder(), { name: `end of process ${this.pid}` }).then();
  }

  override toString(): string {
    const state = this.returncode === null ? "running" : `returncode=${this.returncode}`;
    return `<Process ${this.pid} ${state}>`;
  }

  endInOrder(): Coroutine<void> {
    return endProcess(this.transport, this.#gracePeriod);
  }
}

const end = /* @__PURE__ */ coroutine(function* endOfProcess(process: ChildProcess): Coroutine<void> {
  yield* process.endInOrder();
});

const wait = /* @__PURE__ */ coroutine(function* wait(transport: ProcessTransport): Coroutine<number> {
  const exit = transport.untilExit();
  if (exit !== null) yield* exit;
  return transport.getReturncode() as number;
});
