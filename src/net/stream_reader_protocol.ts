/**
 * Between a transport and the two ends of a stream.
 *
 * @module
 */
import { AnyRun } from "../core/async_run.ts";
import type { TaskSource } from "../core/coroutine.ts";
import { type Coroutine, isGeneratorFunction } from "../core/suspend.ts";
import { rememberName } from "../core/repr.ts";
import type { Task } from "../core/task.ts";
import { Protocol } from "../io/protocols.ts";
import { internal, type ReaderState } from "../io/reader_state.ts";
import type { StreamReader } from "../io/stream_reader.ts";
import type { StreamWriter } from "../io/stream_writer.ts";
import type { HostLoop } from "../loop/host_loop.ts";
import { formatAddress } from "./addresses.ts";
import type { LentReceiver } from "./lent_memory.ts";
import type { SocketTransport } from "./socket_transport.ts";
import type { UnreadKeeper } from "./start_tls.ts";
import type { ProtocolWait } from "./stream_waits.ts";
import type { ClientHandler } from "../loop/streams.ts";
import { TransportWriter } from "./transport_writer.ts";

/** Feeds a reader, and tells a writer when it may go on. */
export class StreamReaderProtocol extends Protocol implements LentReceiver, UnreadKeeper {
  readonly reader: StreamReader;
  transport: SocketTransport | null = null;
  /** Whether the transport has asked to write no more. */
  paused = false;
  isLost = false;
  /** What the connection was lost by. */
  lossError: Error | null = null;
  /** Made when the first one waits: most connections never need it. */
  drains: Set<ProtocolWait> | null = null;
  closeWaits: Set<ProtocolWait> | null = null;
  /** What the reader holds: it is fed without another call in between. */
  readonly #state: ReaderState;
  readonly #handler: ClientHandler | null;
  readonly #loop: HostLoop;

  constructor(reader: StreamReader, loop: HostLoop, handler: ClientHandler | null = null) {
    super();
    this.reader = reader;
    this.#state = internal.stateOf(reader);
    this.#loop = loop;
    this.#handler = handler;
  }

  /** Whether it is the server's end of a connection. */
  get serverSide(): boolean {
    return this.#handler !== null;
  }

  override connectionMade(transport: SocketTransport): void {
    this.transport = transport;
    this.reader.setTransport(transport);
    const handler = this.#handler;
    if (handler === null) return;
    const writer = new TransportWriter(transport, this, this.reader, this.#loop);
    const name = nameOf(transport);
    let task: Task<unknown>;
    try {
      task = this.#loop.createTask(this.#source(handler, writer), { name });
    } catch (error) {
      // A generator function's parameters may throw.
      return this.#report(error);
    }
    task.addDoneCallback(this.#handled);
  }

  override dataReceived(data: Uint8Array): void {
    this.#state.feedOwn(data);
  }

  /** Received in memory that is only lent: copied once, into an array that read() returns as it is. */
  lentReceived(lent: Uint8Array): void {
    this.#state.feed(lent);
  }

  override eofReceived(): boolean {
    this.reader.feedEof();
    // TLS has no half-closed connections.
    return this.transport?.canWriteEof() ?? false;
  }

  override connectionLost(error: Error | null): void {
    if (error === null) this.reader.feedEof();
    else this.reader.setException(error);
    this.isLost = true;
    this.lossError = error;
    tell(this.closeWaits, error);
    tell(this.drains, error);
    this.transport = null;
  }

  override pauseWriting(): void {
    this.paused = true;
  }

  override resumeWriting(): void {
    this.paused = false;
    tell(this.drains, null);
  }

  /** The connection goes on over TLS. */
  replaceTransport(transport: SocketTransport): void {
    this.transport = transport;
    this.#state.replaceTransport(transport);
  }

  /** Returns what was read and not asked for, and forgets it. */
  takeUnread(): Uint8Array {
    return this.#state.take(Infinity);
  }

  #source(handler: ClientHandler, writer: StreamWriter): TaskSource<unknown> {
    if (!isGeneratorFunction(handler)) {
      return new AnyRun(() => handler(this.reader, writer), "serve a client by", handler.name);
    }
    rememberName((handler as { prototype?: object }).prototype, handler.name);
    return handler(this.reader, writer) as Coroutine<unknown>;
  }

  readonly #handled = (task: Task<unknown>): void => {
    if (task.cancelled()) {
      this.transport?.ending.close();
      return;
    }
    const exception = task.exception();
    if (exception !== null) this.#report(exception, task);
  };

  #report(exception: unknown, task?: Task<unknown>): void {
    const transport = this.transport;
    this.#loop.callExceptionHandler({
      message: "Unhandled exception in the handler of a client",
      exception,
      transport,
      ...(task === undefined ? {} : { task }),
    });
    transport?.ending.close();
  }
}

function tell(waits: Set<ProtocolWait> | null, error: Error | null): void {
  if (waits === null) return;
  for (const wait of waits) wait.tell(error);
}

/** The task's name. The client of a Unix socket has no address of its own, so that of the server has to do. */
function nameOf(transport: SocketTransport): string {
  const peer = transport.getExtraInfo("peername");
  if (peer?.family !== "unix" || peer.path !== "") return `client ${formatAddress(peer)}`;
  return `client of ${formatAddress(transport.getExtraInfo("sockname"))}`;
}
