import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  type Coroutine,
  type EventLoop,
  NotSupportedError,
  RuntimeError,
  sleep,
  TimeoutError,
  TlsError,
} from "../../mod.ts";
import { type Connected, connected } from "./connected.ts";
import type { FakeNet } from "./fake_net.ts";
import { bytes, playNet, settle, warningsOf } from "./play_net.ts";
import type { Reactions } from "./recorder.ts";

describe("A TLS transport", () => {
  /** A connection whose client believes to speak TLS. */
  function* secured(net: FakeNet, loop: EventLoop, log: string[], reactions: Reactions = {}): Coroutine<Connected> {
    net.prepare = (client) => client.tls = { alpnProtocol: "echo/1", cipher: "a cipher", version: "TLSv1.3" };
    return yield* connected(net, loop, log, reactions, { eof: () => true });
  }

  it("knows its session, has no half-close and a higher water mark", async () => {
    await playNet((net, loop) =>
      function* () {
        const { transport } = yield* secured(net, loop, []);
        assertEquals(transport.getExtraInfo("alpnProtocol"), "echo/1");
        assertEquals([transport.getExtraInfo("cipher"), transport.getExtraInfo("tlsVersion")], ["a cipher", "TLSv1.3"]);
        assertEquals(transport.getExtraInfo("peercert"), null);
        assertEquals(transport.getWriteBufferLimits(), [128 * 1024, 512 * 1024]);
        assertFalse(transport.canWriteEof());
        assertThrows(() => transport.writeEof(), NotSupportedError);
      }
    );
  });

  it("pauses the protocol at the high-water mark, not only above it", async () => {
    await playNet((net, loop) =>
      function* () {
        const log: string[] = [];
        const { transport, near } = yield* secured(net, loop, log);
        log.length = 0;
        near.capacity = 0;
        transport.setWriteBufferLimits({ high: 10 });
        transport.write(new Uint8Array(9));
        assertEquals(log, []);
        transport.write(new Uint8Array(1));
        assertEquals(log, ["c.pause"]);
        yield* sleep(1);
        near.makeRoom();
        for (let i = 0; i < 5; i++) yield* sleep(1);
        assertEquals(log.filter((word) => word.startsWith("c.")), ["c.pause", "c.resume"]);
        // With nothing in the buffer there is nothing to wait for.
        transport.setWriteBufferLimits({ high: 0 });
        assertEquals(log.filter((word) => word.startsWith("c.")), ["c.pause", "c.resume"]);
      }
    );
  });

  it("tells the loss once the other side has said goodbye, and refuses what is written meanwhile", async () => {
    await playNet((net, loop) =>
      function* () {
        const { transport, near, far, client, server } = yield* secured(net, loop, [], { eof: () => true });
        transport.write(bytes("last"));
        transport.close();
        assertEquals(near.calls.at(-1), "endWriting");
        assertThrows(() => transport.write(bytes("too late")), RuntimeError);
        for (let i = 0; i < 5; i++) yield* sleep(1);
        assertEquals(client.error, undefined);
        far.endWriting();
        for (let i = 0; i < 5; i++) yield* sleep(1);
        assertEquals([client.error, server.received], [null, "last"]);
      }
    );
  });

  it("reads on up to the goodbye, though reading was paused, and gives the protocol nothing of it", async () => {
    await playNet((net, loop) =>
      function* () {
        const { transport, far, client } = yield* secured(net, loop, []);
        transport.pauseReading();
        far.write(bytes("nobody wants this"));
        yield* sleep(1);
        transport.close();
        far.write(bytes("nor this"));
        far.endWriting();
        for (let i = 0; i < 5; i++) yield* sleep(1);
        assertEquals([client.error, client.received], [null, ""]);
      }
    );
  });

  it("is aborted with a TimeoutError if the goodbye does not come in time", async () => {
    await playNet((net, loop) =>
      function* () {
        const { transport, near, client } = yield* secured(net, loop, []);
        transport.close();
        yield* sleep(29_999);
        assertEquals(client.error, undefined);
        yield* sleep(2);
        assert(client.error instanceof TimeoutError);
        assertEquals(near.calls.at(-1), "abort");
      }
    );
  });

  it("is aborted with a TimeoutError if the other side does not read what is left to send", async () => {
    await playNet((net, loop) =>
      function* () {
        const { transport, near, client, server } = yield* secured(net, loop, []);
        server.transport!.pauseReading();
        near.capacity = 3;
        transport.write(bytes("abcdefg"));
        transport.close();
        yield* sleep(29_999);
        assertEquals(client.error, undefined);
        yield* sleep(2);
        assert(client.error instanceof TimeoutError);
        assert(client.error.message.includes("did not read the 4 bytes"), client.error.message);
      }
    );
  });

  it("tells what breaks the session while it waits for the goodbye", async () => {
    await playNet((net, loop) =>
      function* () {
        const { transport, near, client } = yield* secured(net, loop, []);
        transport.close();
        const error = new TlsError("Cannot go on with TLS: bad record.", { code: "SESSION_BROKEN" });
        near.break(error);
        yield* sleep(1);
        assertEquals(client.error, error);
      }
    );
  });

  it("is closed in order, not cut, when its loop closes while it waits for the goodbye", async () => {
    let calls: string[] = [];
    await playNet((net, loop) =>
      function* () {
        const { transport, near } = yield* secured(net, loop, []);
        calls = near.calls;
        transport.write(bytes("last words"));
        transport.close();
      }
    );
    assertEquals(calls.slice(-2), ["endWriting", "close"]);
  });

  it("is closed at the other side's end, whatever the protocol wants", async () => {
    const warnings = await warningsOf(() =>
      playNet((net, loop) =>
        function* () {
          const { far, client } = yield* secured(net, loop, [], { eof: () => true });
          far.endWriting();
          yield* settle();
          assertEquals(client.error, null);
        }
      )
    );
    assertEquals(warnings.length, 1);
  });
});
