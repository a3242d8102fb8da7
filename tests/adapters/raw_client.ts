/**
 * A client that speaks bytes: it can say half a request, read when it likes and leave when it likes.
 *
 * @module
 */

import { connect, type Socket } from "node:net";
import { Changing, tail, within } from "../within.ts";

/** The version of WebSockets, and a key, as a client says them. */
export const WEB_SOCKET = ["Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="] as const;
/** The headers by which a client asks for a WebSocket. */
export const UPGRADE = ["Connection: Upgrade", "Upgrade: websocket", ...WEB_SOCKET] as const;

/** A request for a WebSocket, as it is sent. */
export function upgradeRequest(path = "/"): string {
  return [`GET ${path} HTTP/1.1`, "Host: 127.0.0.1", ...UPGRADE, "", ""].join("\r\n");
}

/** One TCP connection to a port of this machine. */
export class RawClient extends Changing {
  readonly #socket: Socket;
  readonly #closed: Promise<void>;
  readonly #decoder = new TextDecoder();
  /** Everything received so far. */
  received = "";
  /** The other side has closed, or the connection broke. */
  ended = false;

  private constructor(socket: Socket) {
    super();
    this.#socket = socket;
    socket.on("data", (chunk: Uint8Array) => {
      this.received += this.#decoder.decode(chunk, { stream: true });
      this.changed();
    });
    socket.on("end", () => {
      this.#end();
      socket.end();
    });
    // A reset is one more way to be closed.
    socket.on("error", () => this.#end());
    this.#closed = new Promise((resolve) =>
      socket.on("close", () => {
        this.#end();
        resolve();
      })
    );
  }

  /** Connects; rejects if nobody listens. */
  static connect(port: number): Promise<RawClient> {
    const connecting = new Promise<RawClient>((resolve, reject) => {
      const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
      socket.once("error", reject);
      socket.once("connect", () => {
        socket.removeListener("error", reject);
        resolve(new RawClient(socket));
      });
    });
    return within(connecting, `a connection to port ${port}`);
  }

  /** Resolves when the connection is closed on both sides. */
  get closed(): Promise<void> {
    return within(this.#closed, "the end of the connection", () => this.said());
  }

  /** The port of this end. */
  get port(): number {
    return this.#socket.localPort!;
  }

  /** Sends text as it is. */
  send(text: string): void {
    this.#socket.write(text);
  }

  /** Sends bytes as they are. */
  sendBytes(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Sends a request without a body. */
  request(method: string, path = "/", ...headers: string[]): void {
    this.send([`${method} ${path} HTTP/1.1`, "Host: 127.0.0.1", ...headers, "", ""].join("\r\n"));
  }

  /** Resolves when the text was received, or rejects when no more can come. */
  async until(text: string): Promise<string> {
    await this.untilSo(() => this.received.includes(text), JSON.stringify(text));
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

  protected override isOver(): boolean {
    return this.ended;
  }

  protected override said(): string {
    return `The server has sent: ${tail(this.received)}`;
  }

  #end(): void {
    this.ended = true;
    this.changed();
  }
}
