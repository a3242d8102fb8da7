/**
 * The writing end of a stream, on the transport of a connection or a pipe.
 *
 * @module
 */
import { coroutine } from "../core/coroutine.ts";
import { current, noted } from "../core/current.ts";
import { isCancelled, RuntimeError } from "../core/errors.ts";
import { runningLoop } from "../core/running.ts";
import type { Coroutine, LazyAwaitable } from "../core/suspend.ts";
import { checkOptions } from "../core/misuse.ts";
import type { TransportInfo } from "../io/socket_infos.ts";
import type { StartTlsOptions, TlsOptions } from "../io/socket_options.ts";
import type { StreamReader } from "../io/stream_reader.ts";
import { type StreamStartTlsOptions, StreamWriter } from "../io/stream_writer.ts";
import type { Transport } from "../io/transports.ts";
import type { HostLoop } from "../loop/host_loop.ts";
import { checkStartTls } from "./check.ts";
import { START_TLS } from "./option_names.ts";
import type { SocketTransport } from "./socket_transport.ts";
import type { StreamReaderProtocol } from "./stream_reader_protocol.ts";
import { Drain, WaitClosed } from "./stream_waits.ts";

const { serverSide: _fixed, ...STREAM_START_TLS } = START_TLS;

/** Writes to a transport, and waits for what its protocol is told. */
export class TransportWriter extends StreamWriter {
  readonly protocol: StreamReaderProtocol;
  readonly loop: HostLoop;
  readonly #reader: StreamReader;
  #transport: SocketTransport;
  #writable: WritableStream<Uint8Array> | null = null;

  constructor(transport: SocketTransport, protocol: StreamReaderProtocol, reader: StreamReader, loop: HostLoop) {
    super();
    this.#transport = transport;
    this.protocol = protocol;
    this.#reader = reader;
    this.loop = loop;
  }

  get transport(): Transport {
    return this.#transport;
  }

  write(data: Uint8Array): void {
    this.#transport.write(data);
  }

  writelines(list: Iterable<Uint8Array>): void {
    this.#transport.writelines(list);
  }

  writeEof(): void {
    this.#transport.writeEof();
  }

  canWriteEof(): boolean {
    return this.#transport.canWriteEof();
  }

  drain(): LazyAwaitable<void> {
    return new Drain(this.protocol, this.#reader);
  }

  close(): void {
    this.#transport.close();
  }

  isClosing(): boolean {
    return this.#transport.isClosing();
  }

  waitClosed(): LazyAwaitable<void> {
    return new WaitClosed(this.protocol);
  }

  getExtraInfo<K extends keyof TransportInfo>(name: K): TransportInfo[K] | null;
  getExtraInfo(name: string, fallback?: unknown): unknown;
  getExtraInfo(name: string, fallback: unknown = null): unknown {
    return this.#transport.getExtraInfo(name, fallback);
  }

  startTls(ssl: TlsOptions | true, options: StreamStartTlsOptions = {}): LazyAwaitable<void> {
    return noted(startTls(this, ssl, options));
  }

  get writable(): WritableStream<Uint8Array> {
    return this.#writable ??= new WritableStream<Uint8Array>({
      write: (chunk) => {
        this.write(chunk);
        // On a connection that is lost drain() throws: whoever pipes would otherwise go on into the void.
        if (!this.protocol.paused && !this.isClosing()) return;
        return this.loop.createTask(this.drain()).then();
      },
      close: () => {
        if (this.canWriteEof()) this.writeEof();
        else this.close();
      },
      abort: () => this.#transport.abort(),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    if (this.protocol.isLost) return;
    try {
      // In an async function that a task runs, cancelling the task ends the wait.
      if (current.loop === null && runningLoop() === this.loop) await this.waitClosed();
      else await this.loop.createTask(this.waitClosed());
    } catch (error) {
      if (isCancelled(error)) throw error;
    }
  }

  override toString(): string {
    return `<StreamWriter transport=${this.#transport} reader=${this.#reader}>`;
  }

  replaceTransport(transport: SocketTransport): void {
    this.#transport = transport;
    this.protocol.replaceTransport(transport);
  }
}

const startTls = /* @__PURE__ */ coroutine(function* startTls(
  writer: TransportWriter,
  ssl: TlsOptions | true,
  given: StreamStartTlsOptions,
): Coroutine<void> {
  checkOptions(given, "startTls", STREAM_START_TLS);
  const options: StartTlsOptions = { ...given, serverSide: writer.protocol.serverSide };
  checkStartTls(ssl, options, "startTls");
  if (writer.isClosing()) throw new RuntimeError(`Cannot speak TLS on ${writer}: it is closing.`);
  yield* writer.drain();
  const secured = yield* writer.loop.startTls(writer.transport, writer.protocol, ssl, options);
  writer.replaceTransport(secured as SocketTransport);
});
