import { assert, assertEquals, assertFalse, assertInstanceOf, assertRejects } from "@std/assert";
import { afterEach, describe, it } from "@std/testing/bdd";
import { TlsError } from "@loop/asyncio";
import type { NetAdapter, TlsClientOptions, TlsServerOptions } from "../../src/adapters/adapter.ts";
import { CA, CLIENT, EXPIRED, LOCALHOST, OTHER, SELF_SIGNED } from "./certificates.ts";
import {
  aWhile,
  closeAll,
  connect,
  connectTls,
  Guests,
  listen,
  listenUnix,
  never,
  pairTls,
  pattern,
  same,
  start,
  upgrade,
} from "./connections.ts";
import { eventually } from "../within.ts";
import { HOSTS } from "./hosts.ts";
import type { Peer } from "./peer.ts";

const TRUSTING: TlsClientOptions = { serverName: "localhost", ca: [CA] };

for (const { name, net, traits } of HOSTS) {
  describe(`TLS of the ${name} adapter`, () => {
    afterEach(closeAll);

    it("carries bytes both ways, and tells what was agreed on", async () => {
      const [client, server] = await pairTls(net);
      client.send("ping");
      await server.hear("ping");
      server.send("pong");
      await client.hear("pong");
      for (const { stream } of [client, server]) {
        assertEquals(stream.tls?.alpnProtocol, null);
        assert(stream.localAddress !== null && stream.remoteAddress !== null);
        const { version, cipher } = stream.tls!;
        if (version !== undefined) assertEquals(version, "TLSv1.3");
        if (cipher !== undefined) assert(cipher.startsWith("TLS_"), cipher);
      }
      const certificate = client.stream.tls!.peerCertificate;
      if (certificate !== undefined) {
        assertEquals([certificate.subject, certificate.issuer], ["localhost", "Test authority"]);
        assert(certificate.subjectAltNames?.includes("localhost"));
        assert(certificate.raw !== undefined && certificate.raw[0] === 0x30);
      }
      assertEquals(server.stream.tls!.peerCertificate, undefined);
    });

    it("carries 8 MiB each way at once", async () => {
      const [client, server] = await pairTls(net);
      const sent = pattern(8 << 20);
      client.send(sent);
      server.send(sent);
      await Promise.all([client.receive(sent.length), server.receive(sent.length)]);
      assert(same(client.bytes, sent) && same(server.bytes, sent));
    });

    it("agrees on a protocol by ALPN, the server's preference first", async () => {
      const [client, server] = await pairTls(net, { alpnProtocols: ["b", "a"] }, { alpnProtocols: ["a", "b", "c"] });
      assertEquals([client.stream.tls!.alpnProtocol, server.stream.tls!.alpnProtocol], ["b", "b"]);
    });

    it("agrees on none when one side offers none", async () => {
      const [client] = await pairTls(net, {}, { alpnProtocols: ["a"] });
      assertEquals(client.stream.tls!.alpnProtocol, null);
    });

    it("fails when no protocol is common", async () => {
      const { guests, failure } = await failing(net, { alpnProtocols: ["a"] }, { alpnProtocols: ["b"] });
      assertEquals(failure.code, "HANDSHAKE_FAILED");
      assertTlsError(await guests.failure(), "HANDSHAKE_FAILED");
    });

    it("checks an address against the certificate as well as a name", { ignore: !traits.certificates }, async () => {
      await pairTls(net, {}, { serverName: "127.0.0.1" });
      const { failure } = await failing(net, {}, { serverName: "127.0.0.2" });
      assertEquals(failure.code, "CERTIFICATE_INVALID");
    });

    it("refuses a certificate of another name", { ignore: !traits.certificates }, async () => {
      const { guests, failure } = await failing(net, OTHER);
      assertEquals(failure.code, "CERTIFICATE_INVALID");
      assert(failure.cause !== undefined);
      await eventually(
        () => guests.peers.every((peer) => peer.error !== undefined || peer.ended),
        "the ends of all guests",
      );
    });

    it("refuses an expired certificate", { ignore: !traits.certificates }, async () => {
      assertEquals((await failing(net, EXPIRED)).failure.code, "CERTIFICATE_INVALID");
    });

    it("refuses a self-signed certificate", { ignore: !traits.certificates }, async () => {
      assertEquals((await failing(net, SELF_SIGNED)).failure.code, "CERTIFICATE_INVALID");
    });

    it("refuses an authority that it does not know", { ignore: !traits.certificates }, async () => {
      assertEquals((await failing(net, {}, { ca: undefined })).failure.code, "CERTIFICATE_INVALID");
    });

    it("trusts a self-signed certificate that was named", async () => {
      await pairTls(net, SELF_SIGNED, { ca: [SELF_SIGNED.cert] });
    });

    it(
      "accepts a certificate of another name when told to, but no expired one",
      { ignore: !traits.certificates },
      async () => {
        await pairTls(net, OTHER, { checkHostname: false });
        assertEquals((await failing(net, EXPIRED, { checkHostname: false })).failure.code, "CERTIFICATE_INVALID");
      },
    );

    it("trusts anybody when told to", async () => {
      for (const identity of [SELF_SIGNED, EXPIRED, OTHER]) {
        await pairTls(net, identity, { ca: undefined, verify: false });
      }
    });

    it("chooses the identity by the server's name", { ignore: !traits.serverNames }, async () => {
      const identities = { "other.test": OTHER };
      const [other] = await pairTls(net, { identities }, { serverName: "other.test" });
      await other.sent("hello");
      await pairTls(net, { identities });
      assertEquals(
        (await failing(net, { identities }, { serverName: "third.test" })).failure.code,
        "CERTIFICATE_INVALID",
      );
    });

    it("lets a client in that shows a certificate", { ignore: !traits.clientCertificates }, async () => {
      const [client, server] = await pairTls(net, { clientCa: [CA] }, { identity: CLIENT });
      client.send("it is me");
      await server.hear("it is me");
      const certificate = server.stream.tls!.peerCertificate;
      // It is made for no name.
      if (certificate !== undefined) {
        assertEquals([certificate.subject, certificate.subjectAltNames], ["A client", []]);
      }
    });

    it("keeps a client out that shows none, or one of its own making", {
      ignore: !traits.clientCertificates,
    }, async () => {
      for (const identity of [undefined, SELF_SIGNED]) {
        const guests = new Guests();
        const { port } = await listen(net, guests, { tls: { ...LOCALHOST, clientCa: [CA] } });
        // With TLS 1.3 the client's handshake is done before the server has looked.
        const client = await connectTls(net, port, { ...TRUSTING, identity }).catch((error: unknown) => {
          assertInstanceOf(error, TlsError);
        });
        assertTlsError(await guests.failure());
        if (client) await client.until(() => client.ended || client.error !== undefined, "the client to hear of it");
        assertEquals(guests.peers, []);
      }
    });

    it("goes over Unix sockets", async () => {
      const guests = new Guests();
      const { path } = await listenUnix(net, guests, LOCALHOST);
      const plain = start(await net.connectUnix!(path, never()));
      const client = await upgrade(plain, (stream, pending) => net.upgradeTls(stream, TRUSTING, pending));
      const server = await guests.next();
      client.send("by the file");
      await server.hear("by the file");
      assertEquals(client.stream.remoteAddress, { family: "unix", path });
    });

    it("lets others in while one sends garbage, one nothing and one leaves in the middle of the handshake", async () => {
      const guests = new Guests();
      const { port } = await listen(net, guests, { tls: LOCALHOST });
      const garbage = await connect(net, port);
      garbage.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
      const silent = await connect(net, port);
      const leaving = await connect(net, port);
      await leaving.sent(new Uint8Array([0x16, 3, 1]));
      leaving.stream.close();
      assertTlsError(await guests.failure(), "HANDSHAKE_FAILED");
      await garbage.until(() => garbage.ended || garbage.error !== undefined, "the server to hang up");
      const client = await connectTls(net, port, TRUSTING);
      const server = await guests.next();
      client.send("patient");
      await server.hear("patient");
      assertEquals(silent.log, []);
      assertEquals(guests.peers.length, 1);
    });

    it("gives up the handshakes that are not done when the listener closes", async () => {
      const guests = new Guests();
      const { listener, port } = await listen(net, guests, { tls: LOCALHOST });
      const silent = await connect(net, port);
      const client = await connectTls(net, port, TRUSTING);
      const server = await guests.next();
      listener.close();
      await silent.until(() => silent.ended || silent.error !== undefined, "the server to hang up");
      client.send("done before");
      await server.hear("done before");
    });

    it("fails as a client of one who does not speak TLS, or leaves", async () => {
      const guests = new Guests();
      const { port } = await listen(net, guests);
      const cases: ((server: Peer) => void)[] = [
        (server) => server.send("220 mail.test ESMTP, and a long line of it at that\r\n"),
        (server) => server.stream.close(),
        (server) => server.stream.abort(),
      ];
      for (const act of cases) {
        const client = await connect(net, port);
        const server = await guests.next();
        const securing = upgrade(client, (stream, pending) => net.upgradeTls(stream, TRUSTING, pending));
        const outcome = securing.then(() => null, (error: unknown) => error);
        await server.receive(1);
        act(server);
        assertTlsError(await outcome, "HANDSHAKE_FAILED");
        await server.until(() => server.ended || server.error !== undefined, "the client to leave");
      }
    });
  });
}

/** The same when it is to fail for the client. */
async function failing(
  net: NetAdapter,
  server: Partial<TlsServerOptions> = {},
  client: Partial<TlsClientOptions> = {},
): Promise<{ guests: Guests; failure: TlsError }> {
  const guests = new Guests();
  const { port } = await listen(net, guests, { tls: { ...LOCALHOST, ...server } });
  const failure = await assertRejects(() => connectTls(net, port, { ...TRUSTING, ...client }), TlsError);
  // The server hears of it by an alert, or by the end of the connection right after its own half was done.
  await aWhile();
  return { guests, failure };
}

function assertTlsError(error: unknown, code?: string): void {
  assertInstanceOf(error, TlsError);
  assertFalse(/error:[0-9a-f]+:/i.test(error.message), error.message);
  if (code !== undefined) assertEquals(error.code, code);
}
