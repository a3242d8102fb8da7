import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { networkInterfaces } from "node:os";
import { DatagramProtocol, type Future, getRunningLoop, openConnection, OSError, startServer } from "../../mod.ts";
import { LOCALHOST } from "./certificates.ts";
import { ADAPTERS, bytes, closeBoth, echo, failure, play, text } from "./programs.ts";

const interfaces = Object.entries(networkInterfaces());
/** An interface whose own address is `::1`, which needs no zone and may have one. */
const loopback = interfaces.find(([, addresses]) => addresses?.some(({ address }) => address === "::1"))?.[0];

class Told extends DatagramProtocol {
  readonly came: Future<string> = getRunningLoop().createFuture();
  override datagramReceived(data: Uint8Array) {
    this.came.setResult(text(data));
  }
}

for (const adapter of ADAPTERS) {
  describe(`Addresses with a zone by "${adapter.name}"`, { ignore: loopback === undefined }, () => {
    const here = `::1%${loopback}`;

    it("are connected to, listened on and looked up, though they need none", async () => {
      await play(adapter, function* () {
        const server = yield* startServer(echo, here, 0);
        const [reader, writer] = yield* openConnection(here, server.port, { localAddr: [here, 0] });
        writer.write(bytes("hello"));
        assertEquals(text(yield* reader.readexactly(5)), "hello");
        assertEquals(writer.getExtraInfo("peername"), { family: "ipv6", address: "::1", port: server.port });
        yield* closeBoth(writer, server);
        assertEquals(yield* getRunningLoop().getaddrinfo(here, 1), [{ family: "ipv6", address: "::1", port: 1 }]);
      });
    });

    it("have datagrams sent to them", async () => {
      await play(adapter, function* () {
        const loop = getRunningLoop();
        for (const connected of [true, false]) {
          const [server, { came }] = yield* loop.createDatagramEndpoint(() => new Told(), { localAddr: [here, 0] });
          const { port } = server.getExtraInfo("sockname") as { port: number };
          const options = connected ? { remoteAddr: [here, port] as const } : { localAddr: ["::1", 0] as const };
          const [client] = yield* loop.createDatagramEndpoint(() => new DatagramProtocol(), options);
          client.sendto(bytes("hello"), [here, port]);
          assertEquals(yield* came, "hello");
          client.close();
          server.close();
        }
      });
    });
  });
}

/** An address that needs its zone, if this machine has one. */
const local =
  interfaces.flatMap(([name, addresses]) =>
    (addresses ?? []).filter(({ address }) => address.startsWith("fe80:")).map(({ address }) => `${address}%${name}`)
  )[0];

describe("A server of TLS", { ignore: local === undefined }, () => {
  it("listens on an address with a zone; on Deno 2.9 it cannot yet, see docs/limits.md", async () => {
    await play(ADAPTERS[0]!, function* () {
      const listening = () => startServer(() => {}, local!, 0, { ssl: LOCALHOST });
      if ("Deno" in globalThis) return assert((yield* failure(listening())) instanceof OSError);
      const server = yield* listening();
      server.close();
      yield* server.waitClosed();
    });
  });
});
