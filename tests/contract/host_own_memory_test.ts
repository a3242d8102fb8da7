import { assert, assertEquals } from "@std/assert";
import { afterEach, describe, it } from "@std/testing/bdd";
import { aWhile, closeAll, pair, pattern, same } from "./connections.ts";
import { HOSTS } from "./hosts.ts";
import type { Peer } from "./peer.ts";
import { eventually } from "../within.ts";

const KINDS = ["tcp", "unix"] as const;

for (const { name, net } of HOSTS.filter(({ readsInto }) => readsInto)) {
  for (const kind of KINDS) {
    describe(`Memory that a ${kind} stream of the ${name} adapter is told to read into`, () => {
      afterEach(closeAll);

      /** Makes a peer read by memory of its own, as often as it is offered. */
      function ownMemory(peer: Peer, size: number): Uint8Array[] {
        const came: Uint8Array[] = [];
        let memory: Uint8Array;
        const read = (): void => {
          memory = new Uint8Array(size);
          const length = peer.stream.readInto!(memory);
          if (length > 0) took(length);
        };
        const took = (length: number): void => {
          came.push(memory.subarray(0, length));
          peer.received += length;
        };
        peer.readable = () => {
          queueMicrotask(read);
          return true;
        };
        peer.filled = (length) => {
          took(length);
          queueMicrotask(read);
        };
        return came;
      }

      it("gets everything, in order, and nothing is told as data", async () => {
        const [client, server] = await pair(net, kind);
        await client.sent("as ever");
        await server.hear("as ever");
        const came = ownMemory(server, 1_000);
        // On a host that reads ahead one read is under way.
        await client.sent("!");
        await eventually(() => server.received >= 8, "8 bytes");
        const before = server.log.length;
        const sent = pattern(300_000);
        await client.sent(sent);
        client.stream.endWriting();
        await server.untilEnd();
        assertEquals(server.log.slice(before), ["end"]);
        const all = came.flatMap((part) => [...part]).slice(-sent.length);
        assert(same(new Uint8Array(all), sent));
        server.stream.endWriting();
        assertEquals(await server.untilClosed(), null);
      });

      it("is not written to while reading is paused", async () => {
        const [client, server] = await pair(net, kind);
        const came = ownMemory(server, 100);
        await client.sent("one");
        await eventually(() => server.received >= 3, "3 bytes");
        server.stream.pauseReading();
        await aWhile();
        const before = came.length;
        await client.sent("two");
        await aWhile();
        assertEquals(came.length, before);
        server.stream.resumeReading();
        await eventually(() => server.received >= 6, "6 bytes");
      });
    });
  }
}
