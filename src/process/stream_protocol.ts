/**
 * Between the transport of a process and the streams of its pipes.
 *
 * @module
 */
import { SubprocessProtocol } from "../io/protocols.ts";
import { internal, type ReaderState } from "../io/reader_state.ts";
import type { StreamReader } from "../io/stream_reader.ts";
import type { HostLoop } from "../loop/host_loop.ts";
import type { SocketTransport } from "../net/socket_transport.ts";
import { StreamReaderProtocol } from "../net/stream_reader_protocol.ts";
import { TransportWriter } from "../net/transport_writer.ts";
import type { ProcessTransport } from "./process_transport.ts";

/** Feeds the readers of stdout and stderr, and tells the writer of stdin when it may go on. */
export class SubprocessStreamProtocol extends SubprocessProtocol {
  stdin: TransportWriter | null = null;
  /** stdout and stderr by their numbers. */
  readonly readers: (StreamReader | null)[] = [null, null, null];
  /** What the readers hold. */
  readonly #states: (ReaderState | null)[] = [null, null, null];
  readonly #loop: HostLoop;
  readonly #limit: number | undefined;
  /** Handed over: the program that has no streams has no code for them either. */
  readonly #Reader: typeof StreamReader;
  /** What the writer of stdin looks at. */
  #writing: StreamReaderProtocol | null = null;

  constructor(loop: HostLoop, limit: number | undefined, Reader: typeof StreamReader) {
    super();
    this.#loop = loop;
    this.#limit = limit;
    this.#Reader = Reader;
  }

  override connectionMade(transport: ProcessTransport): void {
    const stdin = transport.getPipeTransport(0) as SocketTransport | null;
    if (stdin !== null) this.#makeWriter(stdin);
    for (const fd of [1, 2]) {
      const pipe = transport.getPipeTransport(fd);
      if (pipe === null) continue;
      const reader = this.readers[fd] = new this.#Reader({ limit: this.#limit, loop: this.#loop });
      reader.setTransport(pipe);
      this.#states[fd] = internal.stateOf(reader);
    }
  }

  override pipeDataReceived(fd: number, data: Uint8Array): void {
    this.#states[fd]?.feedOwn(data);
  }

  override pipeConnectionLost(fd: number, error: Error | null): void {
    if (fd === 0) {
      this.#writing?.connectionLost(error);
      return;
    }
    const reader = this.readers[fd];
    if (error === null) reader?.feedEof();
    else reader?.setException(error);
  }

  override pauseWriting(): void {
    this.#writing?.pauseWriting();
  }

  override resumeWriting(): void {
    this.#writing?.resumeWriting();
  }

  /** The writer's own protocol and reader are those of a connection that nothing comes from. */
  #makeWriter(stdin: SocketTransport): void {
    const nothing = new this.#Reader({ loop: this.#loop });
    const protocol = this.#writing = new StreamReaderProtocol(nothing, this.#loop);
    protocol.transport = stdin;
    this.stdin = new TransportWriter(stdin, protocol, nothing, this.#loop);
  }
}
