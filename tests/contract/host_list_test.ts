import { assert, assertEquals } from "@std/assert";
import { afterEach, describe, it } from "@std/testing/bdd";
import { Random } from "../fuzz/random.ts";
import { aWhile, closeAll, pair, pattern, same } from "./connections.ts";
import { HOSTS } from "./hosts.ts";
import type { Peer } from "./peer.ts";

const KINDS = ["tcp", "unix"] as const;

/** What was taken of a list, call by call. */
interface Sent {
  readonly calls: number[];
  readonly partial: number;
}

/** Cuts bytes into arrays, of which some stand in one piece of memory and some in their own. */
function cut(bytes: Uint8Array, next: () => number): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const part = bytes.subarray(at, at + Math.max(1, next()));
    parts.push(parts.length % 2 === 0 ? part : part.slice());
    at += part.length;
  }
  return parts;
}

/** Sends arrays together, as often as the stream takes any; before each call something else happens. */
async function sendTogether(peer: Peer, parts: Uint8Array[], meddle: () => void = () => {}): Promise<Sent> {
  const rest = [...parts];
  const calls: number[] = [];
  let partial = 0;
  let mayWrite = true;
  const advance = (taken: number): void => {
    for (let left = taken; left > 0;) {
      const [first] = rest as [Uint8Array];
      if (left >= first.length) rest.shift();
      else rest[0] = first.subarray(left);
      left -= Math.min(left, first.length);
    }
  };
  const pump = (): void => {
    while (mayWrite && rest.length > 0 && peer.error === undefined) {
      meddle();
      const offered = rest.reduce((sum, { length }) => sum + length, 0);
      const taken = peer.call(() => peer.stream.writeList!(rest));
      calls.push(taken);
      advance(taken);
      if (taken === offered) continue;
      mayWrite = false;
      if (taken > 0) partial++;
    }
  };
  const drain = peer.drain.bind(peer);
  peer.drain = (taken) => {
    drain(0);
    advance(taken);
    mayWrite = true;
    pump();
  };
  pump();
  await peer.until(() => rest.length === 0, "everything to be taken");
  peer.drain = drain;
  return { calls, partial };
}

function collect(): void {
  const { gc, Bun } = globalThis as { gc?: () => void; Bun?: { gc(force: boolean): void } };
  gc?.();
  Bun?.gc(true);
  // Where neither is to be had.
  for (let i = 0; i < 200; i++) new Uint8Array(60).fill(i);
}

for (const { name, net, writesLists } of HOSTS.filter(({ writesLists }) => writesLists)) {
  for (const kind of KINDS) {
    describe(`Arrays that a ${kind} stream of the ${name} adapter sends together`, () => {
      afterEach(closeAll);

      it("leave in one call if there is room, whatever their lengths", async () => {
        assert(writesLists);
        const [client, server] = await pair(net, kind);
        const sent = pattern(40_000);
        const lengths = [1, 20_000, 3, 5_000, 14_000, 996];
        const { calls } = await sendTogether(client, cut(sent, () => lengths.shift()!));
        assertEquals(calls, [40_000]);
        await server.receive(sent.length);
        assert(same(server.bytes, sent));
      });

      it("may be more than the system takes in one call", async () => {
        const [client, server] = await pair(net, kind);
        const sent = pattern(30_000);
        const { calls } = await sendTogether(client, cut(sent, () => 10));
        assert(calls.length > 1);
        await server.receive(sent.length);
        assert(same(server.bytes, sent));
      });

      it("arrive as they were if the system takes parts of them, with all kinds of things in between", async () => {
        const random = new Random(1);
        const [client, server] = await pair(net, kind);
        const sent = pattern(6_000_000);
        const sizes = [1, 30, 63, 64, 65, 4_095, 4_096, 4_097, 16_384, 70_000, 300_000];
        const parts = cut(sent, () => sizes[random.below(sizes.length)]! + random.below(3));
        let turn = 0;
        server.stream.pauseReading();
        const sending = sendTogether(client, parts, () => {
          turn++;
          if (turn % 3 === 0) collect();
          if (turn % 4 === 0) client.stream.pauseReading();
          if (turn % 4 === 2) client.stream.resumeReading();
          if (turn % 5 === 0) client.stream.setNoDelay(turn % 2 === 0);
        });
        await aWhile();
        server.stream.resumeReading();
        let pauses = 0;
        server.onData = (bytes) => {
          server.chunks.push(bytes);
          if (pauses++ % 16 !== 0) return;
          server.stream.pauseReading();
          setTimeout(() => server.stream.resumeReading(), 1);
        };
        const { partial } = await sending;
        assert(partial > 0, "the system has taken every list as a whole");
        await server.receive(sent.length);
        assert(same(server.bytes, sent));
        server.stream.write(pattern(3));
        client.stream.resumeReading();
        await client.receive(3);
      });

      it("fail with the connection, and are taken by none that is closed", async () => {
        const [client, server] = await pair(net, kind);
        const list = [pattern(20_000), pattern(20_000)];
        await server.cut();
        await client.until(() => client.ended || client.error !== undefined, "the end").catch(() => {});
        while (client.error === undefined) {
          client.call(() => client.stream.writeList!(list));
          await aWhile(1);
        }
        assertEquals(client.call(() => client.stream.writeList!(list)), 0);
      });
    });
  }
}
