/**
 * Requests that become WebSockets.
 *
 * @module
 */

import { builtin } from "../shared/process.ts";
import type { HostWebSocketOptions } from "../web_socket.ts";
import type { Exchange } from "./http_exchange.ts";
import { NodeWebSocket } from "./web_socket.ts";

/** What a key is hashed with, as RFC 6455 says. */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

interface Crypto {
  createHash(algorithm: "sha1"): { update(text: string): { digest(encoding: "base64"): string } };
}

/**
 * Answers a request and makes its socket a WebSocket; `broken` gets what should never be thrown. Returns what the handler has to return:
 * a response that says so, or that the request does not ask for a WebSocket, as Node sees it.
 */
export function beginWebSocket(
  request: Request,
  exchange: Exchange,
  options: HostWebSocketOptions,
  broken: (error: unknown) => void,
): Response {
  const { protocol, headers, events } = options;
  const { connection, outgoing } = exchange;
  const { socket } = connection;
  const key = request.headers.get("sec-websocket-key");
  if (!exchange.isUpgrade || key === null || outgoing.destroyed || !socket.writable) {
    events.closed(1006, "");
    return new Response("Bad Request", { status: 400 });
  }
  exchange.isWebSocket = true;
  outgoing.detachSocket(socket);
  const early = connection.handOver();
  const accept = builtin<Crypto>("node:crypto").createHash("sha1").update(key + GUID).digest("base64");
  const lines = [
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Accept: ${accept}`,
    ...(protocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]),
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ];
  socket.write(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
  const webSocket = new NodeWebSocket(socket, options, broken);
  events.opened(webSocket);
  webSocket.listen(early);
  // No response can have the status 101 by itself here.
  return Object.defineProperty(new Response(null), "status", { value: 101 });
}
