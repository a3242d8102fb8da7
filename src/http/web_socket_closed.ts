/**
 * The end of a WebSocket.
 *
 * @module
 */
import { ExceptionGroup } from "../core/exception_group.ts";
import { describeKind } from "../core/repr.ts";

/** The client said that it leaves, with no reason to worry: done, going away, no status. */
const GOOD = new Set([1000, 1001, 1005]);

/**
 * The WebSocket is closed: nothing comes any more, and nothing can be sent. It is how the function of {@linkcode upgradeWebSocket}
 * learns of it, which may let it pass.
 *
 * @example Say why it ended
 * ```ts
 * import { type ServerWebSocket, WebSocketClosed } from "@loop/asyncio/http";
 *
 * function* listen(socket: ServerWebSocket) {
 *   try {
 *     for (;;) console.log(yield* socket.receive());
 *   } catch (error) {
 *     if (error instanceof WebSocketClosed) console.log(error.code, error.reason);
 *     throw error;
 *   }
 * }
 * console.log(listen.name);
 * ```
 *
 * @category WebSockets
 */
export class WebSocketClosed extends Error {
  /** Why it was closed, as RFC 6455 numbers it: 1000 for done, 1001 for going away, 1005 for no reason given, 1006 for a lost connection. */
  readonly code: number;
  /** The reason in words that was given; often empty. */
  readonly reason: string;

  /** Makes the error of a code and a reason. */
  constructor(code: number, reason: string) {
    const lost = code === 1006 ? ", the connection was lost" : "";
    super(`The WebSocket is closed: ${code}${reason === "" ? "" : ` ${reason}`}${lost}.`);
    this.code = code;
    this.reason = reason;
  }

  /** Whether the end is one that ends a conversation well: 1000, 1001 or 1005. */
  get ok(): boolean {
    return GOOD.has(this.code);
  }
}
Object.defineProperty(WebSocketClosed.prototype, "name", {
  value: "WebSocketClosed",
  writable: true,
  configurable: true,
});

/** Whether an error says only that a WebSocket is closed, also if several tasks of a group have learnt it. */
export function saysOnlyClosed(error: unknown): boolean {
  if (error instanceof WebSocketClosed) return true;
  return error instanceof ExceptionGroup && error.errors.every(saysOnlyClosed);
}

/** Refuses what cannot stand in the frame that closes a WebSocket. */
export function checkClose(code: unknown, reason: unknown): void {
  if (typeof code !== "number") {
    throw new TypeError(
      `Cannot close a WebSocket with ${describeKind(code)} as its code: give a number, such as 1000.`,
    );
  }
  const standard = code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code);
  if (!Number.isInteger(code) || !(standard || (code >= 3000 && code <= 4999))) {
    throw new RangeError(
      `Cannot close a WebSocket with the code ${code}: nobody may send it. Give 1000, or one of 3000 to 4999.`,
    );
  }
  if (typeof reason !== "string") {
    throw new TypeError(`Cannot close a WebSocket with ${describeKind(reason)} as the reason: give a string.`);
  }
  const { length } = new TextEncoder().encode(reason);
  if (length > 123) {
    throw new RangeError(
      `Cannot close a WebSocket with a reason of ${length} bytes: it has at most 123. Say it shorter.`,
    );
  }
}
