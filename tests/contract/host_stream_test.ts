import { assert, assertEquals } from "@std/assert";
import { afterEach, describe, it } from "@std/testing/bdd";
import {
  aWhile,
  closeAll,
  connect,
  Guests,
  listen,
  listenUnix,
  never,
  pair,
  pattern,
  same,
  start,
} from "./connections.ts";
import { HOSTS } from "./hosts.ts";

const KINDS = ["tcp", "unix"] as const;

for (const { name, net } of HOSTS) {
  for (const kind of KINDS) {
    describe(`A ${kind} stream of the ${name} adapter`, () => {
      afterEach(closeAll);

      it("carries bytes both ways", async () => {
        const [client, server] = await pair(net, kind);
        client.send("ping");
        await server.hear("ping");
        server.send("pong");
        await client.hear("pong");
        assertEquals([client.log, server.log], [["data"], ["data"]]);
      });

      it("tells data, then the end, then that it is closed without an error", async () => {
        const [client, server] = await pair(net, kind);
        await client.sent("all");
        client.call(() => client.stream.endWriting());
        await server.untilEnd();
        server.call(() => server.stream.endWriting());
        assertEquals(await server.untilClosed(), null);
        assertEquals(await client.untilClosed(), null);
        assertEquals(server.log, ["data", "end", "closed"]);
        assertEquals(client.log, ["end", "closed"]);
      });

      it("still sends after the other side has ended (half-open is not the default of hosts)", async () => {
        const [client, server] = await pair(net, kind);
        await client.sent("question");
        client.stream.endWriting();
        await server.untilEnd();
        await aWhile();
        await server.sent(pattern(300_000));
        server.stream.endWriting();
        await client.untilEnd();
        assert(same(client.bytes, pattern(300_000)));
      });

      it("lets the server end first, too", async () => {
        const [client, server] = await pair(net, kind);
        server.stream.endWriting();
        await client.untilEnd();
        await aWhile();
        await client.sent("still here");
        await server.hear("still here");
        client.stream.endWriting();
        assertEquals([await client.untilClosed(), await server.untilClosed()], [null, null]);
      });

      it("tells nothing while reading is paused, and everything after it goes on", async () => {
        const [client, server] = await pair(net, kind);
        await client.sent("first");
        await server.hear("first");
        server.call(() => server.stream.pauseReading());
        // What was under way may still come.
        await aWhile();
        const before = server.received;
        await client.sent("second");
        await aWhile();
        assertEquals(server.received, before);
        server.call(() => server.stream.resumeReading());
        await server.hear("firstsecond");
      });

      it("pauses and resumes in the middle of much data without losing a byte", async () => {
        const [client, server] = await pair(net, kind);
        const sent = pattern(4 << 20);
        let pauses = 0;
        const chunks: Uint8Array[] = [];
        server.onData = (bytes) => {
          chunks.push(bytes);
          if (pauses >= 20) return;
          pauses++;
          server.stream.pauseReading();
          setTimeout(() => server.stream.resumeReading(), 1);
        };
        client.send(sent);
        await server.receive(sent.length);
        let at = 0;
        for (const chunk of chunks) {
          assert(same(chunk, sent.subarray(at, at + chunk.length)), `The data is wrong after ${at} bytes.`);
          at += chunk.length;
        }
        assertEquals(at, sent.length);
        await aWhile();
      });

      it("tells an end that came while reading was paused after it goes on, data first", async () => {
        const [client, server] = await pair(net, kind);
        server.stream.pauseReading();
        await client.sent("last words");
        client.stream.endWriting();
        await aWhile();
        assertEquals(server.ended, false);
        server.stream.resumeReading();
        await server.untilEnd();
        assertEquals(server.text, "last words");
        assertEquals(server.log, ["data", "end"]);
        await server.sent("heard");
        await client.hear("heard");
      });

      it("tells no end that came while reading was paused as long as it is paused, though nothing else came", async () => {
        const [client, server] = await pair(net, kind);
        server.stream.pauseReading();
        await aWhile();
        client.stream.endWriting();
        await aWhile();
        assertEquals(server.log, []);
        server.stream.resumeReading();
        await server.untilEnd();
      });

      it("bears to be paused and resumed when nothing happens", async () => {
        const [client, server] = await pair(net, kind);
        for (let i = 0; i < 3; i++) {
          server.stream.pauseReading();
          server.stream.pauseReading();
          server.stream.resumeReading();
          server.stream.resumeReading();
        }
        client.send("still there");
        await server.hear("still there");
      });

      it("carries single bytes", async () => {
        const [client, server] = await pair(net, kind);
        const sent = pattern(2_000);
        for (let i = 0; i < sent.length; i++) {
          await client.sent(sent.subarray(i, i + 1));
          await server.receive(i + 1);
        }
        assert(same(server.bytes, sent));
      });

      it("never touches again what it gave out, nor keeps what it took", async () => {
        const [client, server] = await pair(net, kind);
        const sent = pattern(8 << 20);
        const block = new Uint8Array(100_000);
        for (let at = 0; at < sent.length; at += block.length) {
          const part = sent.subarray(at, at + block.length);
          block.set(part);
          // The same memory each time: what was taken must not be looked at any more.
          await client.sent(block.subarray(0, part.length));
        }
        await server.receive(sent.length);
        assert(same(server.bytes, sent));
      });

      it("carries 64 MiB each way at once", async () => {
        const [client, server] = await pair(net, kind);
        const block = pattern(1 << 20);
        const size = 64 * block.length;
        const check = (peer: typeof client) => {
          let at = 0;
          peer.onData = (bytes) => {
            for (const byte of bytes) {
              if (byte !== block[at++ & (block.length - 1)]) throw new Error(`Byte ${at - 1} is wrong.`);
            }
          };
        };
        check(client);
        check(server);
        for (let i = 0; i < 64; i++) {
          client.send(block);
          server.send(block);
        }
        await Promise.all([client.receive(size), server.receive(size)]);
        assertEquals([client.received, server.received], [size, size]);
      });
    });
  }

  describe(`A listener of the ${name} adapter`, () => {
    afterEach(closeAll);

    it("knows where it listens, and its streams know both ends", async () => {
      const guests = new Guests();
      const { listener, port } = await listen(net, guests);
      const client = await connect(net, port);
      const server = await guests.next();
      assert(port > 0);
      assertEquals(listener.address, { family: "ipv4", address: "127.0.0.1", port });
      assertEquals(client.stream.remoteAddress, listener.address);
      assertEquals(server.stream.localAddress, listener.address);
      assertEquals(server.stream.remoteAddress, client.stream.localAddress);
      assertEquals([client.stream.tls, server.stream.tls], [null, null]);
    });

    it("knows the path of a Unix socket; the client's end has none", async () => {
      const guests = new Guests();
      const { listener, path } = await listenUnix(net, guests);
      const client = start(await net.connectUnix!(path, never()));
      const server = await guests.next();
      assertEquals(listener.address, { family: "unix", path });
      assertEquals(client.stream.remoteAddress, listener.address);
      assertEquals(client.stream.localAddress, { family: "unix", path: "" });
      assertEquals(server.stream.localAddress, listener.address);
      assertEquals(server.stream.remoteAddress, { family: "unix", path: "" });
    });

    it("connects by an abstract Unix socket", { ignore: !isLinux() }, async () => {
      const guests = new Guests();
      const path = `\0loop-asyncio-${crypto.randomUUID()}`;
      const listener = await net.listenUnix!(path, 10, guests);
      try {
        const client = start(await net.connectUnix!(path, never()));
        const server = await guests.next();
        client.send("abstract");
        await server.hear("abstract");
        assertEquals(listener.address, { family: "unix", path });
      } finally {
        listener.close();
      }
    });

    it("speaks IPv6 where the machine does", async () => {
      const guests = new Guests();
      let port: number;
      try {
        ({ port } = await listen(net, guests, { address: "::1" }));
      } catch (error) {
        assert(["EADDRNOTAVAIL", "EAFNOSUPPORT"].includes((error as { code: string }).code));
        return;
      }
      const client = start(await net.connectTcp({ address: "::1", port, signal: never() }));
      await guests.next();
      assertEquals(client.stream.remoteAddress, { family: "ipv6", address: "::1", port });
    });

    it("lets a client choose its own end", async () => {
      const guests = new Guests();
      const { port } = await listen(net, guests);
      const options = { address: "127.0.0.1", port, localAddress: "127.0.0.1", signal: never() };
      let client;
      try {
        client = start(await net.connectTcp(options));
      } catch (error) {
        // Said in so many words by a host that cannot.
        assertEquals((error as Error).name, "NotSupportedError");
        return;
      }
      await guests.next();
      assert(client.stream.localAddress?.family === "ipv4" && client.stream.localAddress.address === "127.0.0.1");
    });

    it("keeps the data of a client that sends and leaves before anybody looks", async () => {
      const guests = new Guests();
      const { port } = await listen(net, guests);
      const client = await connect(net, port);
      await client.sent("hit and run");
      client.stream.close();
      const server = await guests.next();
      await server.untilEnd();
      assertEquals(server.text, "hit and run");
    });

    it("leaves its connections alone when it closes, and takes no others", async () => {
      const guests = new Guests();
      const { listener, port } = await listen(net, guests);
      const client = await connect(net, port);
      const server = await guests.next();
      listener.close();
      listener.close();
      client.send("survived");
      await server.hear("survived");
      let refused = false;
      await net.connectTcp({ address: "127.0.0.1", port, signal: never() }).then((stream) => start(stream), () => {
        refused = true;
      });
      assert(refused);
    });

    it("can be opened again on its port as soon as it is closed", async () => {
      const { listener, port } = await listen(net, new Guests());
      listener.close();
      await aWhile();
      const guests = new Guests();
      await listen(net, guests, { port });
      await connect(net, port);
      await guests.next();
    });

    it("takes 1,000 connections at once", async () => {
      const guests = new Guests();
      const { port } = await listen(net, guests, { backlog: 1_024 });
      const clients = await Promise.all(Array.from({ length: 1_000 }, () => connect(net, port)));
      clients.forEach((client, i) => client.send(`${i};`));
      const servers = await Promise.all(clients.map(() => guests.next()));
      const texts = await Promise.all(servers.map(async (server) => (await server.hear(";")).text));
      assertEquals(texts.map((text) => parseInt(text)).sort((a, b) => a - b), clients.map((_, i) => i));
      servers.forEach((server) => server.stream.close());
      for (const client of clients) await client.untilEnd();
    });
  });
}

function isLinux(): boolean {
  return (globalThis as unknown as { process: { platform: string } }).process.platform === "linux";
}
