import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { afterEach, describe, it } from "@std/testing/bdd";
import { NotSupportedError, OSError } from "@loop/asyncio";
import type { SocketAddress } from "../../src/adapters/adapter.ts";
import { aWhile, pattern, same } from "./connections.ts";
import { eventually } from "../within.ts";
import { HOSTS } from "./hosts.ts";
import { closeAll, open, type Talker } from "./talker.ts";

for (const { name, net, traits } of HOSTS) {
  describe(`A datagram socket of the ${name} adapter`, { ignore: !net.openDatagram }, () => {
    afterEach(closeAll);

    it("echoes, and knows its end and where a datagram came from", async () => {
      const [a, b] = [await open(net), await open(net)];
      a.send("ping", b.address);
      const [bytes, from] = await b.next();
      assertEquals([text(bytes), from], ["ping", a.address]);
      b.send(bytes, from);
      assertEquals(text((await a.next())[0]), "ping");
      assertEquals(a.socket.remoteAddress, null);
    });

    it("binds to a port of the system's choice when nothing is said", async () => {
      const a = await open(net, { local: null });
      const b = await open(net);
      assert(a.address.family === "ipv4" && a.address.port > 0);
      b.send("found", { family: "ipv4", address: "127.0.0.1", port: a.address.port });
      assertEquals(text((await a.next())[0]), "found");
    });

    it("that is connected sends to its only other end, and hears it alone", async () => {
      const server = await open(net);
      const client = await open(net, { local: null, remote: server.address });
      const stranger = await open(net);
      assertEquals(client.socket.remoteAddress, server.address);
      client.send("hello", null);
      const [bytes, from] = await server.next();
      assertEquals(text(bytes), "hello");
      stranger.send("psst", from);
      await aWhile();
      server.send("welcome", from);
      assertEquals(text((await client.next())[0]), "welcome");
    });

    it("carries an empty datagram", async () => {
      const [a, b] = [await open(net), await open(net)];
      a.send("", b.address);
      a.send("after", b.address);
      assertEquals((await b.next())[0].length, 0);
      assertEquals(text((await b.next())[0]), "after");
    });

    it("carries what is as long as one can be", async () => {
      const [a, b] = [await open(net), await open(net)];
      const sent = pattern(65_507);
      a.send(sent, b.address);
      assert(same((await b.next())[0], sent));
    });

    it("tells EMSGSIZE for one that is too long, and goes on", async () => {
      const server = await open(net);
      const connected = await open(net, { local: null, remote: server.address });
      const free = await open(net);
      for (const [client, address] of [[connected, null], [free, server.address]] as const) {
        client.send(new Uint8Array(70_000), address);
        const error = await client.nextError();
        assertInstanceOf(error, OSError);
        assertEquals(error.code, "EMSGSIZE");
        client.send("short", address);
        assertEquals(text((await server.next())[0]), "short");
      }
    });

    it("outlives a closed port at the other end (no uncaught ECONNREFUSED, none for the next send)", async () => {
      const gone = await open(net);
      const address = gone.address;
      await gone.close();
      const alive = await open(net);
      const connected = await open(net, { remote: address });
      const free = await open(net);
      for (let i = 0; i < 3; i++) {
        connected.send("anybody?", null);
        free.send("anybody?", address);
        await aWhile(10);
      }
      if (traits.portUnreachable) await eventually(() => connected.errors.length > 0, "the news of a closed port");
      for (const error of [...connected.errors, ...free.errors]) {
        assertInstanceOf(error, OSError);
        assertEquals(error.code, "ECONNREFUSED");
      }
      // A limit of Deno that docs/limits.md lists. When this fails, Deno has been mended: take it out of that list.
      assertEquals(connected.errors.length > 0, traits.portUnreachable);
      free.send("you?", alive.address);
      assertEquals(text((await alive.next())[0]), "you?");
      assertEquals(connected.isClosed, false);
    });

    it("keeps nothing of an array that it took", async () => {
      const [a, b] = [await open(net), await open(net)];
      const bytes = new Uint8Array(4);
      for (let i = 0; i < 50; i++) {
        bytes.fill(i);
        assert(a.socket.send(bytes, b.address));
      }
      for (let i = 0; i < 50; i++) assertEquals([...(await b.next())[0]], [i, i, i, i]);
    });

    it("says when there is room again after it said that there is none", async () => {
      const [a, b] = [await open(net), await open(net)];
      // A host that hands each to the system at once has always room, since the system may drop what it likes.
      for (let i = 0; i < 2_000; i++) {
        while (!a.socket.send(new Uint8Array(10_000), b.address)) await a.drained();
      }
      await b.next();
      assertEquals(a.errors, []);
    });

    it("tells nothing while reading is paused, and what waited after it goes on", async () => {
      const [a, b] = [await open(net), await open(net)];
      a.send("first", b.address);
      await b.next();
      b.socket.pauseReading();
      await aWhile();
      a.send("second", b.address);
      a.send("third", b.address);
      await aWhile();
      // One may have been on its way up when reading was paused.
      assert(b.waiting <= 1, `${b.waiting} datagrams were told.`);
      b.socket.resumeReading();
      assertEquals([text((await b.next())[0]), text((await b.next())[0])], ["second", "third"]);
    });

    it("keeps no more than the system would while reading is paused", async () => {
      const [a, b] = [await open(net), await open(net)];
      b.socket.pauseReading();
      for (let i = 0; i < 1_000; i++) {
        while (!a.socket.send(new Uint8Array(10_000), b.address)) await a.drained();
        if (i % 100 === 0) await aWhile(2);
      }
      await aWhile();
      b.socket.resumeReading();
      await b.next();
      await aWhile();
      assert(b.waiting < 500, `${b.waiting} datagrams were kept.`);
    });

    it("rejects with EADDRINUSE on a port in use", async () => {
      const { address } = await open(net);
      const error = await assertRejects(() => open(net, { local: address }), OSError);
      assertEquals(error.code, "EADDRINUSE");
    });

    it("rejects with EADDRNOTAVAIL on an address of another machine", async () => {
      const local: SocketAddress = { family: "ipv4", address: "192.0.2.1", port: 0 };
      const error = await assertRejects(() => open(net, { local }), OSError);
      assertEquals(error.code, "EADDRNOTAVAIL");
    });

    it("shares a port that is asked for twice with reusePort", { ignore: !traits.reusePort }, async () => {
      const { address } = await open(net, { reusePort: true });
      await open(net, { reusePort: true, local: address });
    });

    it("sends to broadcast addresses only when allowed", async () => {
      const forbidden = await open(net, { local: null });
      const everybody: SocketAddress = { family: "ipv4", address: "255.255.255.255", port: 9 };
      forbidden.send("all", everybody);
      const error = await forbidden.nextError();
      assertInstanceOf(error, OSError);
      // Without a route the system may say so first.
      assert(["EACCES", "ENETUNREACH"].includes(error.code), error.code);
      await open(net, { local: null, broadcast: true });
    });

    it("speaks IPv6 where the machine does", async () => {
      const local: SocketAddress = { family: "ipv6", address: "::1", port: 0 };
      let a: Talker;
      try {
        a = await open(net, { local, family: "ipv6" });
      } catch (error) {
        assert(["EADDRNOTAVAIL", "EAFNOSUPPORT"].includes((error as OSError).code));
        return;
      }
      const b = await open(net, { local, family: "ipv6" });
      a.send("six", b.address);
      assertEquals((await b.next())[1], a.address);
    });

    it("tells once of each datagram that nobody listens to, and loses none for the one before", async () => {
      const gone = await open(net);
      const { address } = gone;
      await gone.close();
      const alive = await open(net);
      const free = await open(net);
      // The answer to one may be there before the next is sent.
      for (let i = 0; i < 10; i++) {
        free.send("anybody?", address);
        free.send(`${i}`, alive.address);
      }
      if ("Bun" in globalThis && name === "bun") {
        for (let i = 0; i < 10; i++) assertEquals(text((await alive.next())[0]), `${i}`);
        await eventually(() => free.errors.length >= 10, "ten errors", () => `${free.errors.length} errors`);
        assertEquals(free.errors.length, 10);
      }
      const connected = await open(net, { remote: address });
      for (let i = 0; i < 10; i++) connected.send("anybody?", null);
      await aWhile();
      assert(connected.errors.length <= 10, `${connected.errors.length} errors were told of 10 datagrams.`);
    });

    it("sends what it took before close(), and then closes", async () => {
      const to = await open(net);
      for (const remote of [null, to.address]) {
        const from = await open(net, { remote });
        for (let i = 0; i < 100; i++) {
          assert(from.socket.send(new Uint8Array([i]), remote === null ? to.address : null));
        }
        from.socket.close();
        await from.gone;
        for (let i = 0; i < 100; i++) assertEquals([...(await to.next())[0]], [i]);
      }
    });

    it("tells what became of a datagram that it took before close()", async () => {
      const [a, b] = [await open(net), await open(net)];
      a.send(new Uint8Array(70_000), b.address);
      a.socket.close();
      await a.gone;
      assertEquals(a.errors.length, 1);
    });

    it("that is aborted is gone at once, also when it is closing", async () => {
      const [a, b] = [await open(net), await open(net)];
      a.send("perhaps", b.address);
      a.socket.close();
      a.socket.abort();
      await a.gone;
      b.socket.abort();
      b.socket.abort();
      await b.gone;
      assertEquals([a.errors.length, b.errors.length], [0, 0]);
    });

    it("closes once, and tells nothing else afterwards", async () => {
      const [a, b] = [await open(net), await open(net)];
      a.send("late", b.address);
      b.socket.close();
      b.socket.close();
      await b.gone;
      await aWhile();
      assertEquals([b.waiting, b.errors.length], [0, 0]);
    });

    it("of the Unix domain is refused in words", { ignore: traits.unixDatagrams }, async () => {
      const local: SocketAddress = { family: "unix", path: "/tmp/never" };
      await assertRejects(() => open(net, { local, family: "unix" }), NotSupportedError);
    });
  });
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
