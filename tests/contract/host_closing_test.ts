import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { afterEach, describe, it } from "@std/testing/bdd";
import { OSError } from "@loop/asyncio";
import { aWhile, closeAll, pair, pattern, same } from "./connections.ts";
import { HOSTS } from "./hosts.ts";
import type { Peer } from "./peer.ts";

const KINDS = ["tcp", "unix"] as const;
const MANY = 8 << 20;

/** The codes of a connection that the other side cut, as writing or reading finds out first. */
const CUT = ["ECONNRESET", "EPIPE"];

for (const { name, net, traits } of HOSTS) {
  for (const kind of KINDS) {
    describe(`Closing a ${kind} stream of the ${name} adapter`, () => {
      afterEach(closeAll);

      it("tells closed(null) to who closes, once, and the end to the other side", async () => {
        const [client, server] = await pair(net, kind);
        client.call(() => client.stream.close());
        client.call(() => client.stream.close());
        assertEquals(await client.untilClosed(), null);
        client.call(() => client.stream.close());
        client.call(() => client.stream.abort());
        await server.untilEnd();
        assertEquals(client.log, ["closed"]);
        assertEquals(server.log, ["end"]);
      });

      it("delivers everything that was taken, 8 MiB to one who reads late (a close that truncates)", async () => {
        const [client, server] = await pair(net, kind);
        server.stream.pauseReading();
        const sent = pattern(MANY);
        client.send(sent);
        await aWhile();
        server.stream.resumeReading();
        await client.sent();
        client.call(() => client.stream.close());
        assertEquals(await client.untilClosed(), null);
        await server.untilEnd();
        assert(same(server.bytes, sent));
        assertEquals(server.log, ["data", "end"]);
      });

      it("delivers everything that was taken when writing had ended before", async () => {
        const [client, server] = await pair(net, kind);
        await client.sent(pattern(MANY));
        client.stream.endWriting();
        client.stream.close();
        await client.untilClosed();
        await server.untilEnd();
        assert(same(server.bytes, pattern(MANY)));
      });

      it("tells no data any more to who closes", async () => {
        const [client, server] = await pair(net, kind);
        server.send(pattern(1 << 20));
        await client.receive(1);
        client.stream.close();
        const received = client.received;
        await client.untilClosed();
        assertEquals(client.received, received);
      });

      it("ends the whole of it when both sides have ended", async () => {
        const [client, server] = await pair(net, kind);
        client.stream.endWriting();
        server.stream.endWriting();
        assertEquals([await client.untilClosed(), await server.untilClosed()], [null, null]);
        assertEquals([client.log, server.log], [["end", "closed"], ["end", "closed"]]);
      });

      it("closes while reading is paused and data waits", async () => {
        const [client, server] = await pair(net, kind);
        client.stream.pauseReading();
        server.send(pattern(1 << 20));
        await aWhile();
        client.stream.close();
        assertEquals(await client.untilClosed(), null);
      });

      it("abort() does not wait for what is on its way, and tells closed(null)", async () => {
        const [client, server] = await pair(net, kind);
        server.stream.pauseReading();
        client.send(pattern(64 << 20));
        await aWhile();
        assert(client.untaken > 0);
        client.call(() => client.stream.abort());
        client.call(() => client.stream.abort());
        assertEquals(await client.untilClosed(), null);
        assertEquals(client.log, ["closed"]);
      });

      it("abort() ends a close() that waits for a side that never reads", async () => {
        const [client, server] = await pair(net, kind);
        server.stream.pauseReading();
        client.send(pattern(64 << 20));
        await aWhile();
        client.stream.close();
        client.stream.abort();
        assertEquals(await client.untilClosed(), null);
      });

      it("takes no more from the caller than the system takes when the other side never reads", async () => {
        const [client, server] = await pair(net, kind);
        server.stream.pauseReading();
        client.send(pattern(64 << 20));
        let before = -1;
        while (client.taken > before) {
          before = client.taken;
          await aWhile(60);
        }
        assert(client.untaken > 32 << 20, `${client.taken} bytes were taken.`);
        // What a host reads ahead while it is paused is bounded, too: nothing was told.
        assert(server.received < 1 << 20);
        server.stream.resumeReading();
        await server.receive(64 << 20);
      });

      it("lets who is paused write all the same", async () => {
        const [client, server] = await pair(net, kind);
        client.stream.pauseReading();
        server.stream.pauseReading();
        await aWhile();
        await client.sent("to you");
        await server.sent("to me");
        client.stream.resumeReading();
        server.stream.resumeReading();
        await Promise.all([client.hear("to me"), server.hear("to you")]);
      });

      it("tells a broken pipe to who writes when the other side is gone", async () => {
        const [client, server] = await pair(net, kind);
        server.stream.close();
        await client.untilEnd();
        await server.untilClosed();
        // The first may be taken by the system, before it hears that nobody wants it.
        for (let i = 0; i < 200 && client.error === undefined; i++) {
          client.send("into the void");
          await aWhile(5);
        }
        const error = await client.untilClosed();
        assertInstanceOf(error, OSError);
        assert(CUT.includes(error.code), error.code);
        assert(error.cause !== undefined);
      });
    });
  }

  describe(`A reset of a tcp stream of the ${name} adapter`, { ignore: !traits.resets }, () => {
    afterEach(closeAll);

    it("is seen by who reads", async () => {
      const [client, server] = await pair(net, "tcp");
      await client.sent("before");
      await server.hear("before");
      client.stream.abort();
      assertReset(await server.untilClosed());
      assertEquals(server.log, ["data", "closed"]);
    });

    it("is seen by who writes", async () => {
      const [client, server] = await pair(net, "tcp");
      client.stream.pauseReading();
      server.send(pattern(64 << 20));
      await aWhile();
      client.stream.abort();
      assertReset(await server.untilClosed());
      assert(server.untaken > 0);
    });

    it("is seen by who is paused as soon as it reads or writes", async () => {
      const [client, server] = await pair(net, "tcp");
      server.stream.pauseReading();
      await aWhile();
      client.stream.abort();
      await aWhile();
      if (server.error === undefined) server.stream.resumeReading();
      assertReset(await server.untilClosed());
    });

    it("is seen after this side has ended", async () => {
      const [client, server] = await pair(net, "tcp");
      server.stream.endWriting();
      await client.untilEnd();
      client.stream.abort();
      assertReset(await server.untilClosed());
    });
  });

  describe(`A cut of a Unix stream of the ${name} adapter that is paused`, () => {
    afterEach(closeAll);

    it("is seen by who writes (Bun tells nobody of it)", async () => {
      const [client, server] = await pair(net, "unix");
      server.stream.pauseReading();
      await aWhile();
      client.stream.abort();
      await aWhile();
      server.send("does anybody hear?");
      await aWhile();
      server.send("no");
      assertReset(await server.untilClosed());
    });
  });

  describe(`A cut of a stream of the ${name} adapter`, () => {
    afterEach(closeAll);

    it("ends the other side, by a reset or by an end", async () => {
      for (const kind of KINDS) {
        const [client, server] = await pair(net, kind);
        client.stream.abort();
        await gone(server);
      }
    });
  });
}

/** Waits for the other side's leaving, however it is told. */
async function gone(peer: Peer): Promise<void> {
  await peer.until(() => peer.ended || peer.error !== undefined, "the other side to leave");
  if (peer.error) assertReset(peer.error);
}

function assertReset(error: Error | null): void {
  assertInstanceOf(error, OSError);
  assert(CUT.includes(error.code), error.code);
}
