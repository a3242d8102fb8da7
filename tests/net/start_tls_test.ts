import { assertEquals, assertFalse } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { EventLoop, Protocol, type Transport } from "../../mod.ts";
import type { HostStream } from "../../src/adapters/adapter.ts";
import { FakeHost } from "./fake_net.ts";

/** A loop in whose network a client has begun a handshake that goes on until `finish` is called. */
async function handshaking(): Promise<{ host: FakeHost; loop: EventLoop; finish: () => Promise<void> }> {
  const host = new FakeHost();
  const loop = new EventLoop({ adapter: host });
  const handshake = Promise.withResolvers<HostStream>();
  host.fake.upgradeTls = () => handshake.promise;
  await loop.runUntilComplete(loop.createServer(() => new Protocol(), "127.0.0.1", 443));
  const made: [Transport, Protocol] = await loop.runUntilComplete(
    loop.createConnection(() => new Protocol(), "127.0.0.1", 443),
  );
  loop.createTask(loop.startTls(made[0], made[1], { checkHostname: false })).addDoneCallback(() => {});
  await loop.runUntilComplete(function* () {
    while (!made[0].isClosing()) yield* loop.createTask((function* () {})());
  });
  return {
    host,
    loop,
    async finish() {
      handshake.resolve(host.fake.streams[0]!);
      await new Promise((resolve) => setTimeout(resolve, 0));
    },
  };
}

describe("A connection in the middle of its TLS handshake", () => {
  it("is aborted when the loop closes", async () => {
    const { host, loop } = await handshaking();
    const near = host.fake.streams[0]!;
    assertFalse(near.isClosed);
    loop.close();
    assertEquals(near.calls.at(-1), "abort");
  });

  it("is aborted also if the handshake is done when the loop has closed", async () => {
    const { host, loop, finish } = await handshaking();
    const near = host.fake.streams[0]!;
    near.calls.length = 0;
    near.abort = () => void near.calls.push("abort");
    // A second start would be the new transport's.
    near.start = () => void near.calls.push("start");
    loop.close();
    await finish();
    assertEquals(near.calls, ["abort", "start", "abort"]);
  });
});
