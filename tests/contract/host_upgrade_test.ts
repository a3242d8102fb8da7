import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { afterEach, describe, it } from "@std/testing/bdd";
import { TlsError } from "@loop/asyncio";
import type { HostStream, NetAdapter, TlsClientOptions, TlsServerOptions } from "../../src/adapters/adapter.ts";
import { CA, LOCALHOST, OTHER } from "./certificates.ts";
import { aWhile, closeAll, connect, Guests, type Kind, listen, pair, pattern, same, upgrade } from "./connections.ts";
import { HOSTS } from "./hosts.ts";
import type { Peer } from "./peer.ts";

const TRUSTING: TlsClientOptions = { serverName: "localhost", ca: [CA] };

for (const { name, net, traits } of HOSTS) {
  describe(`Upgrading a stream of the ${name} adapter to TLS`, { ignore: !net.upgradeTlsServer }, () => {
    afterEach(closeAll);

    for (const kind of ["tcp", "unix"] as const) {
      it(`secures both ends of a ${kind} stream after some words in the clear (STARTTLS)`, async () => {
        const [client, server] = await secured(net, kind);
        client.send("secret");
        await server.hear("secret");
        server.send(pattern(1 << 20));
        await client.receive(1 << 20);
        assert(same(client.bytes, pattern(1 << 20)));
        assert(client.stream.tls !== null && server.stream.tls !== null);
        assert(client.stream.remoteAddress !== null && server.stream.localAddress !== null);
      });
    }

    it("takes bytes that were read already for the beginning of the handshake", async () => {
      const [client, server] = await pair(net, "tcp");
      await greet(client, server);
      const clear = server.received;
      const securing = upgrade(client, (stream) => net.upgradeTls(stream, TRUSTING, new Uint8Array(0)));
      await server.receive(clear + 1);
      const pending = server.bytes.slice(clear);
      const secureServer = await upgrade(server, (stream) => net.upgradeTlsServer!(stream, LOCALHOST, pending));
      const secureClient = await securing;
      secureClient.send("hello");
      await secureServer.hear("hello");
      secureServer.send("and hello");
      await secureClient.hear("and hello");
    });

    it("goes on with what comes after the bytes that were read already", { ignore: !traits.real }, async () => {
      const guests = new Guests();
      const relay = new Guests();
      const { port } = await listen(net, guests);
      const { port: relayPort } = await listen(net, relay);
      // Between the two stands one who passes the client's message on in two pieces.
      const client = await connect(net, relayPort);
      const [left, right] = [await relay.next(), await connect(net, port)];
      const server = await guests.next();
      let first = true;
      left.onData = (bytes) => {
        const early = first ? 50 : 0;
        first = false;
        right.send(bytes.slice(0, early));
        setTimeout(() => right.send(bytes.slice(early)), early === 0 ? 0 : 20);
      };
      right.onData = (bytes) => left.send(bytes);
      const securing = upgrade(client, (stream) => net.upgradeTls(stream, TRUSTING, new Uint8Array(0)));
      await server.receive(50);
      const secureServer = await upgrade(
        server,
        (stream, pending) => net.upgradeTlsServer!(stream, LOCALHOST, pending),
      );
      const secureClient = await securing;
      secureClient.send("in pieces");
      await secureServer.hear("in pieces");
    });

    it("takes bytes that were read already as a client", async () => {
      const [client, server] = await pair(net, "tcp");
      await greet(client, server);
      // The server's message is held up until the client has sent its own, so nothing can be pending for it but what is made up.
      const garbage = new TextEncoder().encode("this is no TLS record at all, but it came first");
      const securing = upgrade(server, (stream) => net.upgradeTlsServer!(stream, LOCALHOST, new Uint8Array(0)));
      const refused = assertRejects(() => securing, TlsError);
      const error = await assertRejects(
        () => upgrade(client, (stream) => net.upgradeTls(stream, TRUSTING, garbage)),
        TlsError,
      );
      assertEquals(error.code, "HANDSHAKE_FAILED");
      await refused;
    });

    it("tells the old stream nothing any more, no ciphertext above all", async () => {
      const [client, server] = await pair(net, "tcp");
      await greet(client, server);
      const logs = [client, server].map((peer) => [peer.log.length, peer.received]);
      const [secureClient, secureServer] = await secure(net, client, server);
      secureClient.send("secret");
      await secureServer.hear("secret");
      secureClient.stream.close();
      await secureClient.untilClosed();
      await secureServer.untilEnd();
      secureServer.stream.close();
      await secureServer.untilClosed();
      await aWhile();
      assertEquals([client, server].map((peer) => [peer.log.length, peer.received]), logs);
    });

    it("takes a stream over that is paused", async () => {
      const [client, server] = await pair(net, "tcp");
      await greet(client, server);
      client.stream.pauseReading();
      server.stream.pauseReading();
      await aWhile();
      const [secureClient, secureServer] = await secure(net, client, server);
      secureClient.send("read me");
      await secureServer.hear("read me");
      secureServer.send("and me");
      await secureClient.hear("and me");
    });

    it("ends one way and goes on the other way afterwards", async () => {
      const [client, server] = await secured(net);
      await client.sent("question");
      client.stream.endWriting();
      await server.untilEnd();
      await aWhile();
      await server.sent("answer");
      server.stream.endWriting();
      await client.untilEnd();
      assertEquals(client.text, "answer");
      assertEquals([await client.untilClosed(), await server.untilClosed()], [null, null]);
    });

    it("delivers everything that was taken when it closes, both ways", async () => {
      for (const swapped of [false, true]) {
        const both = await secured(net);
        const [from, to] = swapped ? [both[1], both[0]] : both;
        await from.sent(pattern(4 << 20));
        from.stream.close();
        assertEquals(await from.untilClosed(), null);
        await to.untilEnd();
        assert(same(to.bytes, pattern(4 << 20)));
      }
    });

    it("takes no more from the caller than there is room for when the other side never reads", async () => {
      const both = await secured(net);
      for (const [from, to] of [both, [both[1], both[0]]] as const) {
        to.stream.pauseReading();
        from.send(pattern(64 << 20));
        let before = -1;
        while (from.taken > before) {
          before = from.taken;
          await aWhile(60);
        }
        assert(from.untaken > 32 << 20, `${from.taken} bytes were taken.`);
      }
    });

    it("agrees on a protocol and chooses an identity by name", { ignore: !traits.serverNamesLate }, async () => {
      const identities = { "other.test": OTHER };
      const [client, server] = await secured(
        net,
        "tcp",
        { ...TRUSTING, serverName: "other.test", alpnProtocols: ["a", "b"] },
        { ...LOCALHOST, identities, alpnProtocols: ["b"] },
      );
      assertEquals([client.stream.tls!.alpnProtocol, server.stream.tls!.alpnProtocol], ["b", "b"]);
    });

    it(
      "rejects and closes the stream when the certificate is another name's",
      { ignore: !traits.certificates },
      async () => {
        const guests = new Guests();
        const { port } = await listen(net, guests);
        const client = await connect(net, port);
        const server = await guests.next();
        const serving = upgrade(server, (stream) => net.upgradeTlsServer!(stream, OTHER, new Uint8Array(0)))
          .catch((error: unknown) => assertInstanceOf(error, TlsError));
        const error = await assertRejects(
          () => upgrade(client, (stream) => net.upgradeTls(stream, TRUSTING, new Uint8Array(0))),
          TlsError,
        );
        assertEquals(error.code, "CERTIFICATE_INVALID");
        const left = await serving;
        if (left) await left.until(() => left.ended || left.error !== undefined, "the client to leave");
      },
    );

    it(
      "rejects on both sides when the old stream is aborted in the middle of the handshake",
      { ignore: !traits.real },
      async () => {
        for (const side of ["client", "server"] as const) {
          const both = await pair(net, "tcp");
          const [client, server] = both;
          const peer = side === "client" ? client : server;
          const other = side === "client" ? server : client;
          const securing = upgrade(
            peer,
            (stream): Promise<HostStream> =>
              side === "client"
                ? net.upgradeTls(stream, TRUSTING, new Uint8Array(0))
                : net.upgradeTlsServer!(stream, LOCALHOST, new Uint8Array(0)),
          );
          await aWhile();
          peer.stream.abort();
          const error = await assertRejects(() => securing, TlsError);
          assertEquals(error.code, "HANDSHAKE_FAILED");
          await other.until(() => other.ended || other.error !== undefined, "the other side to leave");
        }
      },
    );
  });
}

/** Some words in the clear. */
async function greet(client: Peer, server: Peer): Promise<void> {
  server.send("220 ready;");
  await client.hear("ready;");
  client.send("STARTTLS;");
  await server.hear("STARTTLS;");
}

async function secure(
  net: NetAdapter,
  client: Peer,
  server: Peer,
  clientOptions: TlsClientOptions = TRUSTING,
  serverOptions: TlsServerOptions = LOCALHOST,
): Promise<[client: Peer, server: Peer]> {
  const nothing = new Uint8Array(0);
  return await Promise.all([
    upgrade(client, (stream) => net.upgradeTls(stream, clientOptions, nothing)),
    upgrade(server, (stream) => net.upgradeTlsServer!(stream, serverOptions, nothing)),
  ]);
}

async function secured(
  net: NetAdapter,
  kind: Kind = "tcp",
  clientOptions?: TlsClientOptions,
  serverOptions?: TlsServerOptions,
): Promise<[client: Peer, server: Peer]> {
  const [client, server] = await pair(net, kind);
  await greet(client, server);
  return await secure(net, client, server, clientOptions, serverOptions);
}
