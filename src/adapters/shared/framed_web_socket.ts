/**
 * WebSockets where the host has none of its own for servers: RFC 6455 on a connection whose request was answered.
 *
 * @module
 */
import type { HostWebSocket, HostWebSocketEvents, HostWebSocketOptions } from "../web_socket.ts";
import { GrowingBytes } from "./growing_bytes.ts";
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

/** With more bytes than this still to be sent, only the last of several pings is answered. */
const ROOM_FOR_PONGS = 65_536;

/** The connection that frames go over. */
export interface FrameConnection {
  /** How many bytes are kept that are not with the system yet. */
  readonly unsent: number;
  /** Sends what belongs together; the second may be empty. */
  write(head: Uint8Array, payload: Uint8Array): void;
  /** Reads no more until {@linkcode FrameConnection.resume}. */
  pause(): void;
  /** Reads on. */
  resume(): void;
  /** Ends it after what was written; `mayReceive` says whether more may come meanwhile, which is dropped. */
  end(mayReceive: boolean): void;
  /** Ends it at once. */
  cut(): void;
}

/** A WebSocket on such a connection, which tells it what happens. */
export class FramedWebSocket implements HostWebSocket {
  readonly #socket: FrameConnection;
  readonly #limit: number;
  readonly #events: HostWebSocketEvents;
  readonly #broken: (error: unknown) => void;
  readonly #frames: FrameReader;
  readonly #encoder = new TextEncoder();
  /** The message that comes in several frames: how it began, and what there is of it. */
  #opcode = CONTINUATION;
  readonly #message = new GrowingBytes();
  /** The ping that is still to be answered. */
  #pinged: Uint8Array | null = null;
  #closing = false;
  #closed = false;

  /** Messages may be as long as the limit; `broken` gets what a callback throws. */
  constructor(socket: FrameConnection, { limit, events }: HostWebSocketOptions, broken: (error: unknown) => void) {
    this.#socket = socket;
    this.#limit = limit;
    this.#events = events;
    this.#broken = broken;
    this.#frames = new FrameReader(limit);
  }

  get bufferedAmount(): number {
    return this.#socket.unsent;
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
    // The answer comes behind what nobody takes any more.
    this.#socket.resume();
  }

  abort(): void {
    this.#socket.cut();
  }

  pause(): void {
    if (!this.#closing) this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  #write(opcode: number, payload: Uint8Array): void {
    this.#socket.write(frameHead(opcode, payload.length), payload);
  }

  /** The other side will send no more. Whoever does so without closing is gone, but may still read what ends with the frame that closes it. */
  ended(): void {
    if (this.#closing) this.#socket.end(false);
    else this.#socket.cut();
  }

  /** The connection is closed. */
  lost(): void {
    this.#ended(1006, "");
  }

  /** Bytes have come. */
  take(bytes: Uint8Array): void {
    if (this.#closed) return;
    try {
      this.#frames.push(bytes);
      for (let frame = this.#frames.next(); frame !== undefined; frame = this.#frames.next()) {
        this.#handle(frame);
        if (this.#closed) return;
      }
    } catch (error) {
      const fault = error instanceof FrameError ? error : new FrameError(1011, "internal error");
      if (fault !== error) this.#broken(error);
      const { code, message } = fault;
      this.close(code, message);
      this.#socket.end(true);
      this.#ended(code, message);
    }
  }

  #handle(frame: Frame): void {
    const { opcode, payload } = frame;
    if (opcode === PING) this.#pong(payload);
    else if (opcode === PONG) this.#events.pong();
    else if (opcode === CLOSE) this.#close(payload);
    else this.#gather(frame);
  }

  /** Answers a ping. A client that sends many and reads no answers gets one for the last. */
  #pong(payload: Uint8Array): void {
    if (this.#closing) return;
    if (this.#socket.unsent > ROOM_FOR_PONGS) this.#pinged = payload;
    else this.#write(PONG, payload);
  }

  /** Some of what was kept is sent. */
  drained(): void {
    const pinged = this.#pinged;
    this.#pinged = null;
    if (pinged !== null) this.#pong(pinged);
    if (!this.#closed) this.#events.drained();
  }

  #gather({ opcode, last, payload }: Frame): void {
    if ((opcode === CONTINUATION) !== (this.#opcode !== CONTINUATION)) {
      throw new FrameError(1002, "a message begins in another one, or has no beginning");
    }
    if (opcode !== CONTINUATION && last) return this.#tell(opcode, payload);
    if (opcode !== CONTINUATION) this.#opcode = opcode;
    const message = this.#message;
    if (message.size + payload.length > this.#limit) {
      throw new FrameError(1009, `messages have at most ${this.#limit} bytes here`);
    }
    message.push(payload);
    if (!last) return;
    const whole = new Uint8Array(message.bytes);
    const kind = this.#opcode;
    message.drop(message.size);
    this.#opcode = CONTINUATION;
    this.#tell(kind, whole);
  }

  #tell(opcode: number, message: Uint8Array<ArrayBuffer>): void {
    this.#events.message(opcode === TEXT ? decode(message) : message);
  }

  /** The client closes, or answers to that. */
  #close(payload: Uint8Array): void {
    if (payload.length === 1) throw new FrameError(1002, "half a code");
    const code = payload.length === 0 ? 1005 : (payload[0]! << 8) | payload[1]!;
    if (payload.length > 0 && !isCloseCode(code)) throw new FrameError(1002, "a code that nobody may send");
    const reason = decode(payload.subarray(2));
    if (!this.#closing) {
      this.#write(CLOSE, payload.subarray(0, 2));
      this.#closing = true;
    }
    this.#socket.end(true);
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
