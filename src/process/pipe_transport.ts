/**
 * The pipes of a process, as transports.
 *
 * @module
 */
import type { HostStream } from "../adapters/net.ts";
import type { Context } from "../core/context.ts";
import type { Vars } from "../core/contract.ts";
import { NotSupportedError } from "../core/errors.ts";
import { Protocol } from "../io/protocols.ts";
import type { HostLoop } from "../loop/host_loop.ts";
import { SocketTransport } from "../net/socket_transport.ts";
import type { ProcessTransport } from "./process_transport.ts";

const NAMES = ["stdin", "stdout", "stderr"];

/** What the name of a pipe is. */
export function pipeName(fd: number): string {
  return NAMES[fd] as string;
}

/** A connection that goes one way: to stdin of a process, or from stdout or stderr. */
export class PipeTransport extends SocketTransport {
  readonly #fd: number;

  constructor(loop: HostLoop, host: HostStream, fd: number, context: Vars | Context) {
    super(loop, host, context);
    this.#fd = fd;
  }

  override write(data: Uint8Array): void {
    this.#checkStdin();
    super.write(data);
  }

  override writelines(list: Iterable<Uint8Array>): void {
    this.#checkStdin();
    super.writelines(list);
  }

  /** Closes the pipe once everything written is sent: it has no other side. */
  override writeEof(): void {
    this.#checkStdin();
    super.writeEof();
  }

  override canWriteEof(): boolean {
    return this.#fd === 0;
  }

  override toString(): string {
    const state = this.state.lost ? "closed" : this.state.closing ? "closing" : "open";
    return `<PipeTransport ${pipeName(this.#fd)} ${state} buffered=${this.outgoing.buffer.size}>`;
  }

  #checkStdin(): void {
    if (this.#fd === 0) return;
    throw new NotSupportedError(
      `Cannot write to ${pipeName(this.#fd)} of a process: it is the process that writes there. Write to its stdin.`,
    );
  }
}

/** Tells the transport of the process what happens on one of its pipes. */
export class PipeProtocol extends Protocol {
  readonly #process: ProcessTransport;
  readonly #fd: number;

  constructor(process: ProcessTransport, fd: number) {
    super();
    this.#process = process;
    this.#fd = fd;
  }

  override dataReceived(data: Uint8Array): void {
    this.#process.pipeData(this.#fd, data);
  }

  override connectionLost(error: Error | null): void {
    this.#process.pipeLost(this.#fd, error);
  }

  override pauseWriting(): void {
    this.#process.getProtocol().pauseWriting();
  }

  override resumeWriting(): void {
    this.#process.getProtocol().resumeWriting();
  }
}
