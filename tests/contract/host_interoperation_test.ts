import { assert, assertEquals } from "@std/assert";
import { afterEach, describe, it } from "@std/testing/bdd";
import type { TlsClientOptions } from "../../src/adapters/adapter.ts";
import { CA, LOCALHOST } from "./certificates.ts";
import {
  closeAll,
  connect,
  connectTls,
  Guests,
  listen,
  listenUnix,
  never,
  pattern,
  same,
  start,
  upgrade,
} from "./connections.ts";
import { HOSTS } from "./hosts.ts";
import type { Peer } from "./peer.ts";

const TRUSTING: TlsClientOptions = { serverName: "localhost", ca: [CA], alpnProtocols: ["b", "a"] };
const SERVING = { ...LOCALHOST, alpnProtocols: ["a"] };
const NOTHING = new Uint8Array(0);
const REAL = HOSTS.filter(({ traits }) => traits.real);
const PAIRS = REAL.flatMap((client) => REAL.map((server) => [client, server] as const));

for (const [client, server] of PAIRS.filter(([client, server]) => client !== server)) {
  describe(`A client of the ${client.name} adapter and a server of the ${server.name} adapter`, () => {
    afterEach(closeAll);

    it("talk by TCP", async () => {
      const guests = new Guests();
      const { port } = await listen(server.net, guests);
      await talk(await connect(client.net, port), await guests.next());
    });

    it("talk by Unix sockets", async () => {
      const guests = new Guests();
      const { path } = await listenUnix(server.net, guests);
      await talk(start(await client.net.connectUnix!(path, never())), await guests.next());
    });

    it("talk by TLS", async () => {
      const guests = new Guests();
      const { port } = await listen(server.net, guests, { tls: SERVING });
      await talk(await connectTls(client.net, port, TRUSTING), await guests.next(), "a");
    });

    it("talk by TLS after an upgrade", async () => {
      const guests = new Guests();
      const { port } = await listen(server.net, guests);
      const plain = await connect(client.net, port);
      const guest = await guests.next();
      const [one, other] = await Promise.all([
        upgrade(plain, (stream) => client.net.upgradeTls(stream, TRUSTING, NOTHING)),
        upgrade(guest, (stream) => server.net.upgradeTlsServer!(stream, SERVING, NOTHING)),
      ]);
      await talk(one, other, "a");
    });
  });
}

/** Much both ways, then one end after the other. */
async function talk(client: Peer, server: Peer, alpnProtocol?: string): Promise<void> {
  const sent = pattern(1 << 20);
  client.send(sent);
  server.send(sent);
  await Promise.all([client.receive(sent.length), server.receive(sent.length)]);
  assert(same(client.bytes, sent) && same(server.bytes, sent));
  assertEquals(client.stream.tls?.alpnProtocol, alpnProtocol);
  client.stream.endWriting();
  await server.untilEnd();
  await server.sent("and last");
  server.stream.close();
  await client.untilEnd();
  assertEquals([await client.untilClosed(), await server.untilClosed()], [null, null]);
  assert(same(client.bytes.subarray(sent.length), new TextEncoder().encode("and last")));
}
