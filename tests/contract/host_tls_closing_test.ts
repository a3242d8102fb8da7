import { assert, assertEquals } from "@std/assert";
import { afterEach, describe, it } from "@std/testing/bdd";
import { aWhile, closeAll, pairTls, pattern, same } from "./connections.ts";
import { HOSTS } from "./hosts.ts";

for (const { name, net, traits } of HOSTS) {
  describe(`A TLS stream of the ${name} adapter`, () => {
    afterEach(closeAll);

    it("ends one way and goes on the other way", async () => {
      const [client, server] = await pairTls(net);
      await client.sent("question");
      client.call(() => client.stream.endWriting());
      await server.untilEnd();
      await aWhile();
      await server.sent(pattern(300_000));
      server.stream.endWriting();
      await client.untilEnd();
      assert(same(client.bytes, pattern(300_000)));
      assertEquals([await client.untilClosed(), await server.untilClosed()], [null, null]);
      assertEquals([client.log, server.log], [["data", "end", "closed"], ["data", "end", "closed"]]);
    });

    it("lets the server end first, too", async () => {
      const [client, server] = await pairTls(net);
      server.stream.endWriting();
      await client.untilEnd();
      await aWhile();
      await client.sent("still here");
      await server.hear("still here");
    });

    it("delivers everything that was taken when it closes, 8 MiB to one who reads late", async () => {
      for (const swapped of [false, true]) {
        const [client, server] = await pairTls(net);
        const [from, to] = swapped ? [server, client] : [client, server];
        to.stream.pauseReading();
        const sent = pattern(8 << 20);
        from.send(sent);
        await aWhile();
        to.stream.resumeReading();
        await from.sent();
        from.stream.close();
        assertEquals(await from.untilClosed(), null);
        await to.untilEnd();
        assert(same(to.bytes, sent));
      }
    });

    it("tells an end that came while reading was paused after it goes on, data first", async () => {
      const [client, server] = await pairTls(net);
      server.stream.pauseReading();
      await client.sent("last words");
      client.stream.endWriting();
      await aWhile();
      assertEquals(server.ended, false);
      server.stream.resumeReading();
      await server.untilEnd();
      assertEquals([server.text, server.log], ["last words", ["data", "end"]]);
    });

    it("takes no more from the caller than there is room for when the other side never reads", async () => {
      const [client, server] = await pairTls(net);
      server.stream.pauseReading();
      client.send(pattern(64 << 20));
      let before = -1;
      while (client.taken > before) {
        before = client.taken;
        await aWhile(60);
      }
      assert(client.untaken > 32 << 20, `${client.taken} bytes were taken.`);
    });

    it("abort() tells closed(null) at once, and ends the other side", async () => {
      const [client, server] = await pairTls(net);
      server.stream.pauseReading();
      client.send(pattern(64 << 20));
      await aWhile();
      client.call(() => client.stream.abort());
      assertEquals(await client.untilClosed(), null);
      server.stream.resumeReading();
      await server.until(() => server.ended || server.error !== undefined, "the client to leave");
    });

    it("abort() is seen as a reset", { ignore: !traits.tlsResets }, async () => {
      for (const side of [0, 1]) {
        const both = await pairTls(net);
        both[side]!.stream.abort();
        const error = await both[1 - side]!.untilClosed();
        assertEquals((error as { code?: string } | null)?.code, "ECONNRESET");
      }
    });

    it("is told closed() when it writes to one who has gone, though it is paused", async () => {
      for (const side of [0, 1]) {
        const both = await pairTls(net);
        const [gone, paused] = [both[side]!, both[1 - side]!];
        paused.stream.pauseReading();
        await aWhile();
        gone.stream.abort();
        await aWhile();
        // The first one may still be taken.
        for (let i = 0; i < 100 && paused.error === undefined; i++) {
          paused.send("does anybody hear?");
          await aWhile(10);
        }
        const error = await paused.untilClosed();
        if (error !== null) assert(["ECONNRESET", "EPIPE"].includes((error as { code?: string }).code!), String(error));
      }
    });
  });
}
