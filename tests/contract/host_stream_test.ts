import { assert, assertEquals } from "@std/assert";
import { afterEach, describe, it } from "@std/testing/bdd";
import { aWhile, closeAll, pair, pattern, same } from "./connections.ts";
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
}
