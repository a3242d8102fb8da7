/** Both ends of WebSockets: a handler, the runtime's own client, and one that speaks frames. */

import { connect, type Socket } from "node:net";
import {
  type ServeHandler,
  type ServerWebSocket,
  upgradeWebSocket,
  type UpgradeWebSocketOptions,
} from "../../src/http/mod.ts";
import { Changing, tail } from "../within.ts";

type Talk = (socket: ServerWebSocket) => Generator<never, unknown> | Promise<unknown>;

/** A handler that makes every request a WebSocket. */
export function talking(talk: unknown, options?: UpgradeWebSocketOptions): ServeHandler {
  return (request) => upgradeWebSocket(request, talk as Talk, options);
}

/** How a WebSocket has ended. */
export interface End {
  readonly code: number;
  readonly reason: string;
}

/** The client of the runtime. */
export class Client extends Changing {
  readonly socket: WebSocket;
  readonly got: unknown[] = [];
  #end: End | null = null;

  constructor(url: string, protocols?: string[]) {
    super();
    this.socket = new WebSocket(url.replace("http", "ws"), protocols);
    this.socket.binaryType = "arraybuffer";
    this.socket.onmessage = ({ data }) => {
      this.got.push(typeof data === "string" ? data : new Uint8Array(data));
      this.changed();
    };
    this.socket.onopen = () => this.changed();
    this.socket.onerror = () => {};
    this.socket.onclose = ({ code, reason }) => {
      this.#end = { code, reason };
      this.changed();
    };
  }

  /** Resolves when it is as it should be. */
  until(isSo: () => boolean, what = "what the test waits for"): Promise<void> {
    return this.untilSo(isSo, what);
  }

  /** Resolves with itself when it is open, or has failed to open. */
  async open(): Promise<this> {
    await this.until(() => this.socket.readyState !== WebSocket.CONNECTING, "an open WebSocket");
    return this;
  }

  /** Resolves with the messages when so many have come. */
  async messages(count: number): Promise<unknown[]> {
    await this.until(() => this.got.length >= count || this.#end !== null, `${count} messages`);
    return this.got;
  }

  /** Resolves with its end. */
  async end(): Promise<End> {
    await this.until(() => this.#end !== null, "the end of a WebSocket");
    return this.#end!;
  }

  /** Says that it leaves, and resolves with its end. */
  close(code?: number, reason?: string): Promise<End> {
    this.socket.close(code, reason);
    return this.end();
  }

  protected override isOver(): boolean {
    return this.#end !== null;
  }

  protected override said(): string {
    const end = this.#end === null ? "" : ` and then ${this.#end.code} ${this.#end.reason}`;
    return `The server has sent ${this.got.length} messages${end}: ${tail(this.got.join(", "))}`;
  }
}

/** A frame that the server has sent. */
export interface ReceivedFrame {
  readonly opcode: number;
  readonly payload: Uint8Array;
}

/** A client that sends what it likes, reads when it likes and answers nothing by itself. */
export class FrameClient extends Changing {
  readonly #socket: Socket;
  readonly frames: ReceivedFrame[] = [];
  head = "";
  ended = false;
  #rest = new Uint8Array(0);

  private constructor(socket: Socket) {
    super();
    this.#socket = socket;
    socket.on("data", (bytes: Uint8Array) => this.#take(bytes));
    socket.on("error", () => {});
    socket.on("end", () => this.#ended());
    socket.on("close", () => this.#ended());
  }

  /** Connects, asks for a WebSocket and resolves when that is granted. */
  static async connect(port: number, path = "/", ...headers: string[]): Promise<FrameClient> {
    const socket = connect(port, "127.0.0.1");
    const client = new FrameClient(socket);
    const lines = ["Connection: keep-alive, Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"];
    const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
    socket.write([`GET ${path} HTTP/1.1`, "Host: 127.0.0.1", ...lines, key, ...headers, "", ""].join("\r\n"));
    await client.until(() => client.head !== "" || client.ended, "an answer to the upgrade");
    return client;
  }

  /** Resolves when it is as it should be. */
  until(isSo: () => boolean, what = "what the test waits for"): Promise<void> {
    return this.untilSo(isSo, what);
  }

  /** Sends a frame, masked as a client's have to be; false if the system takes no more for now. */
  send(opcode: number, payload: Uint8Array | string, last = true): boolean {
    const bytes = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
    const extra = bytes.length < 126 ? 0 : bytes.length < 65_536 ? 2 : 8;
    const frame = new Uint8Array(2 + extra + 4 + bytes.length);
    frame[0] = (last ? 0x80 : 0) | opcode;
    frame[1] = 0x80 | (extra === 0 ? bytes.length : extra === 2 ? 126 : 127);
    const view = new DataView(frame.buffer);
    if (extra === 2) view.setUint16(2, bytes.length);
    if (extra === 8) view.setUint32(6, bytes.length);
    const mask = [1, 2, 3, 4];
    frame.set(mask, 2 + extra);
    bytes.forEach((byte, i) => frame[6 + extra + i] = byte ^ mask[i & 3]!);
    return this.#socket.write(frame);
  }

  /** Sends bytes as they are. */
  raw(bytes: readonly number[] | Uint8Array): void {
    this.#socket.write(new Uint8Array(bytes));
  }

  /** Takes nothing more from the connection. */
  pause(): void {
    this.#socket.pause();
  }

  /** Goes on to take what comes. */
  resume(): void {
    this.#socket.resume();
  }

  /** Closes the connection without a word. */
  leave(): void {
    this.#socket.destroy();
  }

  /** The code of the frame that closes, once that has come; 0 if the connection ends without. */
  async closeCode(): Promise<number> {
    const closing = () => this.frames.find(({ opcode }) => opcode === 8);
    await this.until(() => closing() !== undefined || this.ended, "the frame that closes");
    const payload = closing()?.payload;
    return payload === undefined ? 0 : (payload[0]! << 8) | payload[1]!;
  }

  protected override isOver(): boolean {
    return this.ended;
  }

  protected override said(): string {
    const frames = this.frames.map(({ opcode, payload }) => `${opcode}: ${new TextDecoder().decode(payload)}`);
    return `The server has sent: ${tail([this.head, ...frames].join("\n"))}`;
  }

  #ended(): void {
    this.ended = true;
    this.changed();
  }

  #take(bytes: Uint8Array): void {
    let all = new Uint8Array(this.#rest.length + bytes.length);
    all.set(this.#rest);
    all.set(bytes, this.#rest.length);
    if (this.head === "") {
      const text = new TextDecoder("latin1").decode(all);
      const end = text.indexOf("\r\n\r\n");
      if (end >= 0) {
        this.head = text.slice(0, end);
        all = all.slice(end + 4);
      }
    }
    while (this.head !== "" && all.length >= 2) {
      const short = all[1]! & 0x7f;
      const extra = short === 126 ? 2 : short === 127 ? 8 : 0;
      if (all.length < 2 + extra) break;
      const view = new DataView(all.buffer, all.byteOffset);
      const length = extra === 0 ? short : extra === 2 ? view.getUint16(2) : view.getUint32(6);
      if (all.length < 2 + extra + length) break;
      this.frames.push({ opcode: all[0]! & 0x0f, payload: all.slice(2 + extra, 2 + extra + length) });
      all = all.slice(2 + extra + length);
    }
    this.#rest = all;
    this.changed();
  }
}
