/**
 * WebSockets on Node, which has none of its own for servers: RFC 6455 on the socket that `node:http` hands over.
 *
 * @module
 */
import type { HostWebSocket, HostWebSocketEvents, HostWebSocketOptions } from "../web_socket.ts";
import type { Emitter } from "./types.ts";
import {
  BINARY,
  CLOSE,
  CONTINUATION,
  type Frame,
  FrameError,
  frameHead,
  FrameReader,
  isCloseCode,
  PING,
  PONG,
  TEXT,
} from "./web_socket_frames.ts";

/** What a key is hashed with, as RFC 6455 says. */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** The part of a socket that is used here. */
export interface UpgradedSocket extends Emitter {
  readonly writableLength: number;
  write(data: Uint8Array | string): boolean;
  cork(): void;
  uncork(): void;
  end(): unknown;
  destroy(): unknown;
  pause(): unknown;
  resume(): unknown;
}

interface Crypto {
  createHash(algorithm: "sha1"): { update(text: string): { digest(encoding: "base64"): string } };
}

/** Makes a socket a WebSocket; `head` is what has come after the request. */
export function beginWebSocket(
  socket: UpgradedSocket,
  head: Uint8Array,
  key: string,
  { protocol, headers, limit, events }: HostWebSocketOptions,
): void {
  const { process } = globalThis as unknown as { process: { getBuiltinModule(name: string): unknown } };
  const crypto = process.getBuiltinModule("node:crypto") as Crypto;
  const lines = [
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Accept: ${crypto.createHash("sha1").update(key + GUID).digest("base64")}`,
    ...(protocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]),
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ];
  socket.write(toLatin1(`${lines.join("\r\n")}\r\n\r\n`));
  const webSocket = new NodeWebSocket(socket, limit, events);
  events.opened(webSocket);
  webSocket._listen(head);
}

/** The characters of a header are bytes. */
function toLatin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

class NodeWebSocket implements HostWebSocket {
  readonly #socket: UpgradedSocket;
  readonly #limit: number;
  readonly #events: HostWebSocketEvents;
  readonly #frames: FrameReader;
  readonly #encoder = new TextEncoder();
  /** The message that comes in several frames. */
  #opcode = CONTINUATION;
  #parts: Uint8Array[] = [];
  #size = 0;
  #closing = false;
  #closed = false;

  constructor(socket: UpgradedSocket, limit: number, events: HostWebSocketEvents) {
    this.#socket = socket;
    this.#limit = limit;
    this.#events = events;
    this.#frames = new FrameReader(limit);
  }

  /** @internal */
  _listen(head: Uint8Array): void {
    const socket = this.#socket;
    socket.on("data", (bytes: Uint8Array) => this.#take(bytes));
    socket.on("drain", () => this.#events.drained());
    // Whoever says no more without closing is gone.
    socket.on("end", () => socket.destroy());
    socket.on("close", () => this.#ended(1006, ""));
    if (head.length > 0) this.#take(head);
    socket.resume();
  }

  get bufferedAmount(): number {
    return this.#socket.writableLength;
  }

  send(data: string | Uint8Array): void {
    if (this.#closing) return;
    if (typeof data === "string") this.#write(TEXT, this.#encoder.encode(data));
    else this.#write(BINARY, data);
  }

  ping(): void {
    if (!this.#closing) this.#write(PING, new Uint8Array(0));
  }

  close(code: number, reason: string): void {
    if (this.#closing) return;
    const words = this.#encoder.encode(reason);
    const payload = new Uint8Array(2 + words.length);
    new DataView(payload.buffer).setUint16(0, code);
    payload.set(words, 2);
    this.#write(CLOSE, payload);
    this.#closing = true;
  }

  abort(): void {
    this.#socket.destroy();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  #write(opcode: number, payload: Uint8Array): void {
    const socket = this.#socket;
    socket.cork();
    socket.write(frameHead(opcode, payload.length));
    if (payload.length > 0) socket.write(payload);
    socket.uncork();
  }

  #take(bytes: Uint8Array): void {
    if (this.#closed) return;
    try {
      this.#frames.push(bytes);
      for (let frame = this.#frames.next(); frame !== undefined; frame = this.#frames.next()) {
        this.#handle(frame);
        if (this.#closed) return;
      }
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.close(error.code, error.message);
      this.#socket.end();
      this.#ended(error.code, error.message);
    }
  }

  #handle(frame: Frame): void {
    const { opcode, payload } = frame;
    if (opcode === PING) {
      if (!this.#closing) this.#write(PONG, payload);
    } else if (opcode === PONG) this.#events.pong();
    else if (opcode === CLOSE) this.#close(payload);
    else this.#gather(frame);
  }

  #gather({ opcode, last, payload }: Frame): void {
    if ((opcode === CONTINUATION) !== (this.#opcode !== CONTINUATION)) {
      throw new FrameError(1002, "a message begins in another one, or has no beginning");
    }
    if (opcode !== CONTINUATION) this.#opcode = opcode;
    this.#size += payload.length;
    if (this.#size > this.#limit) throw new FrameError(1009, `messages have at most ${this.#limit} bytes here`);
    this.#parts.push(payload);
    if (!last) return;
    const message = join(this.#parts, this.#size);
    const isText = this.#opcode === TEXT;
    this.#opcode = CONTINUATION;
    this.#parts = [];
    this.#size = 0;
    this.#events.message(isText ? decode(message) : message);
  }

  /** The client closes, or answers to that. */
  #close(payload: Uint8Array): void {
    if (payload.length === 1) throw new FrameError(1002, "half a code");
    const code = payload.length === 0 ? 1005 : (payload[0]! << 8) | payload[1]!;
    if (code !== 1005 && !isCloseCode(code)) throw new FrameError(1002, "a code that nobody may send");
    const reason = decode(payload.subarray(2));
    if (!this.#closing) {
      this.#write(CLOSE, payload.subarray(0, 2));
      this.#closing = true;
    }
    this.#socket.end();
    this.#ended(code, reason);
  }

  #ended(code: number, reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#events.closed(code, reason);
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new FrameError(1007, "a text is no UTF-8");
  }
}

function join(parts: Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  if (parts.length === 1) return parts[0] as Uint8Array<ArrayBuffer>;
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
