/** Both ends of WebSockets: a handler, the runtime's own client, and one that speaks frames. */

import { Buffer } from "node:buffer";
import { connect, type Socket } from "node:net";
import {
  type ServeHandler,
  type ServerWebSocket,
  upgradeWebSocket,
  type UpgradeWebSocketOptions,
} from "../../src/http/mod.ts";
import { UPGRADE } from "../adapters/raw_client.ts";
import { load } from "../packages.ts";
import { Changing, tail } from "../within.ts";

/** What is used of the package `ws`: what makes frames, and what reads them. A client of its own would not send wrong ones. */
interface Receiver {
  on(event: "message", listener: (data: Uint8Array, isBinary: boolean) => void): void;
  on(event: "ping" | "pong", listener: (data: Uint8Array) => void): void;
  on(event: "conclude", listener: (code: number, reason: Uint8Array) => void): void;
  on(event: "error", listener: (error: Error) => void): void;
  write(bytes: Uint8Array): boolean;
}

interface ReceiverOptions {
  readonly isServer: false;
  readonly skipUTF8Validation: true;
}

interface FrameOptions {
  readonly opcode: number;
  readonly fin: boolean;
  readonly mask: true;
  /** Whether the bytes may not be changed. */
  readonly readOnly: true;
  readonly rsv1: false;
}

interface Frames {
  frame(data: Uint8Array, options: FrameOptions): Uint8Array[];
}

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
  readonly #receiver: Receiver;
  readonly frames: ReceivedFrame[] = [];
  head = "";
  ended = false;
  #early = new Uint8Array(0);

  private constructor(socket: Socket) {
    super();
    this.#socket = socket;
    const FrameReceiver = load<{ new (options: ReceiverOptions): Receiver }>("ws/lib/receiver.js");
    this.#receiver = new FrameReceiver({ isServer: false, skipUTF8Validation: true });
    this.#receiver.on("message", (data, isBinary) => this.#came(isBinary ? 2 : 1, data));
    this.#receiver.on("ping", (data) => this.#came(9, data));
    this.#receiver.on("pong", (data) => this.#came(10, data));
    this.#receiver.on(
      "conclude",
      (code) => this.#came(8, code === 1_005 ? new Uint8Array() : Uint8Array.of(code >> 8, code)),
    );
    this.#receiver.on("error", (error) => this.#came(-1, new TextEncoder().encode(String(error))));
    socket.on("data", (bytes: Uint8Array) => this.#take(bytes));
    socket.on("error", () => {});
    socket.on("end", () => this.#ended());
    socket.on("close", () => this.#ended());
  }

  /** Connects, asks for a WebSocket and resolves when that is granted. */
  static async connect(port: number, path = "/", ...headers: string[]): Promise<FrameClient> {
    const socket = connect(port, "127.0.0.1");
    const client = new FrameClient(socket);
    socket.write([`GET ${path} HTTP/1.1`, "Host: 127.0.0.1", ...UPGRADE, ...headers, "", ""].join("\r\n"));
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
    const options = { opcode, fin: last, mask: true, readOnly: true, rsv1: false } as const;
    const { frame } = load<Frames>("ws/lib/sender.js");
    let goesOn = true;
    for (const part of frame(Buffer.from(bytes), options)) goesOn = this.#socket.write(part);
    return goesOn;
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

  #came(opcode: number, payload: Uint8Array): void {
    this.frames.push({ opcode, payload });
    this.changed();
  }

  #take(bytes: Uint8Array): void {
    if (this.head !== "") return void this.#receiver.write(Buffer.from(bytes));
    const all = Buffer.concat([this.#early, bytes]);
    const end = all.indexOf("\r\n\r\n");
    this.#early = all;
    if (end < 0) return;
    this.head = all.toString("latin1", 0, end);
    this.changed();
    if (all.length > end + 4) this.#receiver.write(all.subarray(end + 4));
  }
}
