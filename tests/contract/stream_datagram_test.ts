import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { DatagramProtocol, type DatagramTransport, getRunningLoop, OSError, Queue } from "../../mod.ts";
import { ADAPTERS, bytes, failure, play, text } from "./programs.ts";

/** Puts what it is told into a queue. */
class Listener extends DatagramProtocol {
  readonly queue = new Queue<string>();
  transport!: DatagramTransport;
  override connectionMade(transport: DatagramTransport) {
    this.transport = transport;
  }
  override errorReceived(error: Error) {
    this.queue.putNowait((error as OSError).code);
  }
  override connectionLost(error: Error | null) {
    this.queue.putNowait(`lost ${error}`);
  }
}

class Echo extends Listener {
  override datagramReceived(data: Uint8Array, address: Parameters<DatagramProtocol["datagramReceived"]>[1]) {
    this.transport.sendto(data, address);
  }
}

class Client extends Listener {
  override datagramReceived(data: Uint8Array) {
    this.queue.putNowait(text(data));
  }
}

for (const adapter of ADAPTERS) {
  describe(`Datagrams on real sockets by "${adapter.name}"`, () => {
    it("go to and fro, empty ones too, and close", async () => {
      await play(adapter, function* () {
        const loop = getRunningLoop();
        const [server] = yield* loop.createDatagramEndpoint(() => new Echo(), { localAddr: ["127.0.0.1", 0] });
        const { port } = server.getExtraInfo("sockname") as { port: number };
        const [client, { queue }] = yield* loop.createDatagramEndpoint(() => new Client(), {
          remoteAddr: ["127.0.0.1", port],
        });
        assertEquals(client.getExtraInfo("peername"), { family: "ipv4", address: "127.0.0.1", port });
        client.sendto(bytes("one"));
        assertEquals(yield* queue.get(), "one");
        client.sendto(new Uint8Array(0));
        assertEquals(yield* queue.get(), "");
        const [free, freely] = yield* loop.createDatagramEndpoint(() => new Client(), { localAddr: ["127.0.0.1", 0] });
        free.sendto(bytes("two"), ["127.0.0.1", port]);
        assertEquals(yield* freely.queue.get(), "two");
        for (const transport of [server, client, free]) transport.close();
        assertEquals(yield* queue.get(), "lost null");
      });
    });

    it("that are too long are refused, and the socket stays open", async () => {
      await play(adapter, function* () {
        const loop = getRunningLoop();
        const [server] = yield* loop.createDatagramEndpoint(() => new Echo(), { localAddr: ["127.0.0.1", 0] });
        const { port } = server.getExtraInfo("sockname") as { port: number };
        const [client, { queue }] = yield* loop.createDatagramEndpoint(() => new Client(), {
          remoteAddr: ["127.0.0.1", port],
        });
        client.sendto(new Uint8Array(70_000));
        assertEquals(yield* queue.get(), "EMSGSIZE");
        client.sendto(bytes("fits"));
        assertEquals(yield* queue.get(), "fits");
        client.abort();
        server.abort();
        assertEquals(yield* queue.get(), "lost null");
      });
    });

    it("that were sent before close() arrive, all of them, connected or not, and the loss is told after them", async () => {
      await play(adapter, function* () {
        const loop = getRunningLoop();
        const [server, { queue }] = yield* loop.createDatagramEndpoint(() => new Client(), {
          localAddr: ["127.0.0.1", 0],
        });
        const { port } = server.getExtraInfo("sockname") as { port: number };
        for (const options of [{ remoteAddr: ["127.0.0.1", port] }, { localAddr: ["127.0.0.1", 0] }] as const) {
          const [client, told] = yield* loop.createDatagramEndpoint(() => new Client(), options);
          const address = "remoteAddr" in options ? null : ["127.0.0.1", port] as const;
          for (let i = 0; i < 200; i++) client.sendto(bytes(`${i}`), address);
          client.close();
          assertEquals(yield* told.queue.get(), "lost null");
          for (let i = 0; i < 200; i++) assertEquals(yield* queue.get(), `${i}`);
        }
        server.close();
      });
    });

    it("cannot listen where another does", async () => {
      await play(adapter, function* () {
        const loop = getRunningLoop();
        const [server] = yield* loop.createDatagramEndpoint(() => new Echo(), { localAddr: ["127.0.0.1", 0] });
        const { port } = server.getExtraInfo("sockname") as { port: number };
        const error = yield* failure(
          loop.createDatagramEndpoint(() => new Echo(), { localAddr: ["127.0.0.1", port] }),
        );
        assert(error instanceof OSError);
        assertEquals(error.code, "EADDRINUSE");
        server.close();
      });
    });
  });
}
