/**
 * The transport of one end of a pipe.
 *
 * @module
 */
import type { HostStream } from "../adapters/net.ts";
import type { Context } from "../core/context.ts";
import type { Vars } from "../core/contract.ts";
import { NotSupportedError } from "../core/errors.ts";
import type { HostLoop } from "../loop/host_loop.ts";
import { SocketTransport } from "./socket_transport.ts";

/** A connection that goes one way. */
export class OneWayTransport extends SocketTransport {
  readonly #direction: "read" | "write";

  constructor(loop: HostLoop, host: HostStream, direction: "read" | "write", context: Vars | Context) {
    super(loop, host, context);
    this.#direction = direction;
  }

  override get direction(): "read" | "write" {
    return this.#direction;
  }

  override write(data: Uint8Array): void {
    this.#checkWritable();
    super.write(data);
  }

  override writelines(list: Iterable<Uint8Array>): void {
    this.#checkWritable();
    super.writelines(list);
  }

  /** Closes the pipe once everything written is sent: it has no other side. */
  override writeEof(): void {
    this.#checkWritable();
    super.writeEof();
  }

  override canWriteEof(): boolean {
    return this.#direction === "write";
  }

  override toString(): string {
    const state = this.state.lost ? "closed" : this.state.closing ? "closing" : "open";
    const name = this.#direction === "read" ? "ReadPipeTransport" : "WritePipeTransport";
    return `<${name} ${state} buffered=${this.outgoing.buffer.size}>`;
  }

  #checkWritable(): void {
    if (this.#direction === "write") return;
    throw new NotSupportedError(
      `Cannot write to ${this}: it is the end to read from. Connect the other end by connectWritePipe().`,
    );
  }
}
