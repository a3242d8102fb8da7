/**
 * Both ends of a connection, as sockets that are used by hand.
 *
 * @module
 */
import { Socket } from "@loop/asyncio/selector";
import type { Coroutine, EventLoop } from "../../../mod.ts";

/** A client and what was accepted for it, over TCP. */
export function* connected(loop: EventLoop): Coroutine<readonly [client: Socket, server: Socket]> {
  using listening = new Socket();
  listening.bind(["127.0.0.1", 0]);
  listening.listen();
  const client = new Socket();
  yield* loop.sockConnect(client, ["127.0.0.1", listening.port]);
  const [server] = yield* loop.sockAccept(listening);
  return [client, server as Socket];
}
