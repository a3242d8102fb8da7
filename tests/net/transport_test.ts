import { assert, assertEquals, assertFalse, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { BufferedProtocol, ContextVar, type ExceptionContext } from "../../mod.ts";
import { connected } from "./connected.ts";
import { bytes, playNet, settle, text } from "./play_net.ts";
import { Recorder } from "./recorder.ts";

describe("A transport", () => {
  it("tells both protocols of a connection what CPython does, in its order", async () => {
    await playNet((net, loop) =>
      function* () {
        const log: string[] = [];
        const { transport } = yield* connected(net, loop, log);
        transport.write(bytes("hello"));
        transport.writeEof();
        yield* settle();
        assertEquals(log.join(" "), "s.made c.made returned s.data s.eof s.lost c.eof c.lost");
      }
    );
  });

  it("tells connectionMade() an iteration before the creator goes on, and reads after both", async () => {
    await playNet((net, loop) =>
      function* () {
        const log: string[] = [];
        net.prepare = (_client, server) => server.write(bytes("early"));
        const listener = yield* loop.createServer(() => new Recorder(), "127.0.0.1", 0);
        yield* loop.createConnection(
          () => new Recorder(log, "", { made: () => void loop.callSoon(() => log.push("next iteration")) }),
          "127.0.0.1",
          listener.port,
        );
        log.push("returned");
        yield* settle();
        assertEquals(log.join(" "), "made next iteration returned data");
      }
    );
  });

  it("gives the protocol one piece in an iteration", async () => {
    await playNet((net, loop) =>
      function* () {
        const log: string[] = [];
        const { far, client } = yield* connected(net, loop, log, {
          data: () => void loop.callSoon(() => log.push("|")),
        });
        far.write(bytes("a"));
        far.write(bytes("b"));
        far.write(bytes("c"));
        log.length = 0;
        yield* settle();
        assertEquals(client.received, "abc");
        assertEquals(log.filter((word) => word === "c.data").length, 3);
        assertFalse(log.join(" ").includes("c.data c.data"));
      }
    );
  });

  it("cuts what is longer than 256 KiB", async () => {
    await playNet((net, loop) =>
      function* () {
        const sizes: number[] = [];
        const { far } = yield* connected(net, loop, [], { data: (data) => void sizes.push(data.length) });
        far.write(new Uint8Array(600 * 1024));
        yield* settle();
        assertEquals(sizes, [256 * 1024, 256 * 1024, 88 * 1024]);
      }
    );
  });

  it("has one context for its whole life, a copy of its maker's", async () => {
    const variable = new ContextVar("v", { default: "none" });
    await playNet((net, loop) =>
      function* () {
        const seen: string[] = [];
        variable.set("maker");
        const { far } = yield* connected(net, loop, [], {
          made: () => {
            seen.push(variable.get());
            variable.set("made");
          },
          data: () => {
            seen.push(variable.get());
            variable.set("data");
          },
          eof: () => void seen.push(variable.get()),
          lost: () => void seen.push(variable.get()),
        });
        far.write(bytes("x"));
        far.endWriting();
        yield* settle();
        assertEquals(seen, ["maker", "made", "data", "data"]);
        assertEquals(variable.get(), "maker");
      }
    );
  });

  it("gives nothing while reading is paused, and everything afterwards", async () => {
    await playNet((net, loop) =>
      function* () {
        const { far, near, client, transport } = yield* connected(net, loop);
        far.write(bytes("a"));
        yield* settle();
        transport.pauseReading();
        transport.pauseReading();
        assertFalse(transport.isReading());
        far.write(bytes("b"));
        yield* settle();
        assertEquals(client.received, "a");
        transport.resumeReading();
        transport.resumeReading();
        assert(transport.isReading());
        yield* settle();
        assertEquals(client.received, "ab");
        assertEquals(near.calls, ["pause", "resume"]);
      }
    );
  });

  it("keeps what was under way when reading was paused", async () => {
    await playNet((net, loop) =>
      function* () {
        const { far, client } = yield* connected(net, loop, [], {
          data: (_data, transport) => transport.pauseReading(),
        });
        far.write(bytes("a"));
        far.write(bytes("b"));
        far.endWriting();
        yield* settle();
        assertEquals(client.received, "a");
        client.transport.resumeReading();
        yield* settle();
        assertEquals(client.received, "ab");
        assertEquals(client.error, undefined);
        client.transport.resumeReading();
        yield* settle();
        assertEquals(client.error, null);
      }
    );
  });

  it("asks the host to wait while a busy loop has not taken what came", async () => {
    await playNet((net, loop) =>
      function* () {
        const { far, near, client } = yield* connected(net, loop, [], {});
        client.transport.pauseReading();
        near.calls.length = 0;
        // The host goes on although reading is paused: what was under way.
        near.resumeReading();
        for (let i = 0; i < 6; i++) far.write(new Uint8Array(100 * 1024));
        yield* settle();
        client.transport.resumeReading();
        yield* settle();
        assertEquals(client.received.length, 600 * 1024);
      }
    );
  });

  it("stays open for writing if eofReceived() returns true", async () => {
    await playNet((net, loop) =>
      function* () {
        const { far, server, client, transport } = yield* connected(net, loop, [], { eof: () => true });
        far.endWriting();
        yield* settle();
        assertFalse(transport.isClosing());
        transport.write(bytes("still here"));
        yield* settle();
        assertEquals(server.received, "still here");
        transport.writeEof();
        yield* settle();
        // Both sides have ended: it stays until somebody closes it.
        assertEquals(client.error, undefined);
        transport.close();
        yield* settle();
        assertEquals(client.error, null);
      }
    );
  });

  it("goes on when connectionMade() or pauseWriting() throw, and reports that", async () => {
    const reports: ExceptionContext[] = [];
    await playNet((net, loop) =>
      function* () {
        const { near, server, transport } = yield* connected(net, loop, [], {
          made() {
            throw new RangeError("bad start");
          },
          pause() {
            throw new RangeError("bad pause");
          },
        });
        near.capacity = 10;
        transport.write(new Uint8Array(70_000));
        near.makeRoom();
        yield* settle();
        assertEquals(server.received.length, 70_000);
        transport.close();
      }, reports);
    assertEquals(reports.length, 2);
    assertEquals(reports[1]!.message, "protocol.pauseWriting() failed");
  });

  it("gives data to a protocol's own buffer", async () => {
    await playNet((net, loop) =>
      function* () {
        class Buffered extends BufferedProtocol {
          readonly buffer = new Uint8Array(4);
          received = "";
          override getBuffer() {
            return this.buffer;
          }
          override bufferUpdated(length: number) {
            this.received += text(this.buffer.subarray(0, length));
          }
        }
        const { far, transport } = yield* connected(net, loop);
        const buffered = new Buffered();
        transport.setProtocol(buffered);
        assertStrictEquals(transport.getProtocol(), buffered);
        far.write(bytes("0123456789"));
        yield* settle();
        assertEquals(buffered.received, "0123456789");
      }
    );
  });

  it("knows its addresses and has fallbacks for what it does not know", async () => {
    await playNet((net, loop) =>
      function* () {
        const { transport, server, listener } = yield* connected(net, loop);
        assertEquals(transport.getExtraInfo("peername"), { family: "ipv4", address: "127.0.0.1", port: listener.port });
        assertEquals(transport.getExtraInfo("sockname"), server.transport.getExtraInfo("peername"));
        assertEquals(transport.getExtraInfo("sslObject"), null);
        assertEquals(transport.getExtraInfo("cipher", "none"), "none");
        assertEquals(transport.getExtraInfo("nonsense"), null);
      }
    );
  });
});
