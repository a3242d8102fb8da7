/**
 * What loops load when they first use sockets, loaded before a run begins: so every run is the same, also the first.
 *
 * @module
 */
import type { Coroutine } from "../../core/suspend.ts";
import { EventLoop } from "../../loop/event_loop.ts";
import { Runner } from "../../loop/runner.ts";
import { openConnection, startServer } from "../../loop/streams.ts";
import { DatagramProtocol } from "../../io/protocols.ts";
import { HostAdapter } from "./host_adapter.ts";
import { Machine } from "./machine.ts";
import { World } from "./world.ts";

let done: Promise<void> | null = null;

/** Uses sockets on a network of its own, once in the life of a program. */
export function warmUp(): Promise<void> {
  return done ??= useSockets();
}

async function useSockets(): Promise<void> {
  const machine = new Machine(new World({}), "warm-up");
  const loop = new EventLoop({ adapter: new HostAdapter(machine) });
  const runner = new Runner({ loopFactory: () => loop, signals: [] });
  await runner.run(function* (): Coroutine<void> {
    const server = yield* startServer((_reader, writer) => writer.close(), "127.0.0.1", 0);
    const [, writer] = yield* openConnection("127.0.0.1", server.port);
    writer.close();
    server.close();
    const [transport] = yield* loop.createDatagramEndpoint(() => new DatagramProtocol(), {
      localAddr: ["127.0.0.1", 0],
    });
    transport.close();
  });
  await runner.close();
}
