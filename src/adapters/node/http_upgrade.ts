/**
 * Requests that become WebSockets.
 *
 * @module
 */
import { webSocketAnswer } from "../shared/web_socket_answer.ts";
import type { HostWebSocketOptions } from "../web_socket.ts";
import type { Exchange } from "./http_exchange.ts";
import { NodeWebSocket } from "./web_socket.ts";

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
  const { events } = options;
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
  socket.write(webSocketAnswer(key, options), "latin1");
  const webSocket = new NodeWebSocket(socket, options, broken);
  events.opened(webSocket);
  webSocket.listen(early);
  // No response can have the status 101 by itself here.
  return Object.defineProperty(new Response(null), "status", { value: 101 });
}
