/**
 * A client that speaks bytes: it can say half a request, read when it likes and leave when it likes.
 *
 * @module
 */

import { connect, type Socket } from "node:net";

/** One TCP connection to a port of this machine. */
export class RawClient {
  readonly #socket: Socket;
  readonly #waiting = new Set<() => void>();
  /** Everything received so far. */
  received = "";
  /** The other side has closed, or the connection broke. */
  ended = false;
  /** Resolves when the connection is closed on both sides. */
  readonly closed: Promise<void>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk: Uint8Array) => {
      this.received += new TextDecoder().decode(chunk);
      this.#wake();
    });
    socket.on("end", () => {
      this.#end();
      socket.end();
    });
    // A reset is one more way to be closed.
    socket.on("error", () => this.#end());
    this.closed = new Promise((resolve) =>
      socket.on("close", () => {
        this.#end();
        resolve();
      })
    );
  }

  /** Connects; rejects if nobody listens. */
  static connect(port: number): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
      socket.once("error", reject);
      socket.once("connect", () => {
        socket.removeListener("error", reject);
        resolve(new RawClient(socket));
      });
    });
  }

  /** The port of this end. */
  get port(): number {
    return this.#socket.localPort!;
  }

  /** Sends text as it is. */
  send(text: string): void {
    this.#socket.write(text);
  }

  /** Sends a request without a body. */
  request(method: string, path = "/", ...headers: string[]): void {
    this.send([`${method} ${path} HTTP/1.1`, "Host: 127.0.0.1", ...headers, "", ""].join("\r\n"));
  }

  /** Resolves when the text was received, or rejects when no more can come. */
  async until(text: string): Promise<string> {
    while (!this.received.includes(text)) {
      if (this.ended) throw new Error(`The connection ended before ${JSON.stringify(text)} came: ${this.received}`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
    return this.received;
  }

  /** Takes nothing more from the connection, so that the other side is held up. */
  pause(): void {
    this.#socket.pause();
  }

  /** Says that nothing more will come, and goes on listening. */
  finish(): void {
    this.#socket.end();
  }

  /** Closes the connection without a word. */
  leave(): Promise<void> {
    this.#socket.destroy();
    return this.closed;
  }

  #end(): void {
    this.ended = true;
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
