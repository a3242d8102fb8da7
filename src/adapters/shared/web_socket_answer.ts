/**
 * The answer by which a request becomes a WebSocket, where this module writes it itself.
 *
 * @module
 */
import type { HostWebSocketOptions } from "../web_socket.ts";
import { builtin } from "./process.ts";

/** What a key is hashed with, as RFC 6455 says. */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

interface Crypto {
  createHash(algorithm: "sha1"): { update(text: string): { digest(encoding: "base64"): string } };
}

/** The head of that answer, with the empty line at its end. `key` is what the client has sent as `Sec-WebSocket-Key`. */
export function webSocketAnswer(key: string, { protocol, headers }: HostWebSocketOptions): string {
  const accept = builtin<Crypto>("node:crypto").createHash("sha1").update(key + GUID).digest("base64");
  const lines = [
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Accept: ${accept}`,
    ...(protocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]),
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}
