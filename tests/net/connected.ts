/**
 * A connection in memory between two recorders.
 *
 * @module
 */
import { type Coroutine, type EventLoop, type Server, sleep, type Transport } from "../../mod.ts";
import type { FakeNet } from "./fake_net.ts";
import type { FakeStream } from "./fake_stream.ts";
import { type Reactions, Recorder } from "./recorder.ts";

/** Its ends. */
export interface Connected {
  client: Recorder;
  server: Recorder;
  near: FakeStream;
  far: FakeStream;
  transport: Transport;
  listener: Server;
}

/** A connection whose both ends write into one log. */
export function* connected(
  net: FakeNet,
  loop: EventLoop,
  log: string[] = [],
  onClient: Reactions = {},
  onServer: Reactions = {},
): Coroutine<Connected> {
  let server!: Recorder;
  const listener = yield* loop.createServer(() => server = new Recorder(log, "s.", onServer), "127.0.0.1", 0);
  const [transport, client] = yield* loop.createConnection(
    () => new Recorder(log, "c.", onClient),
    "127.0.0.1",
    listener.port,
  );
  log.push("returned");
  while (server?.transport === undefined) yield* sleep(0);
  return { client, server, near: net.streams[0]!, far: net.streams[1]!, transport, listener };
}
