import { assert, assertEquals, assertFalse, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  BufferedProtocol,
  ContextVar,
  type Coroutine,
  type EventLoop,
  type ExceptionContext,
  NotSupportedError,
  OSError,
  RuntimeError,
  type Server,
  sleep,
  TimeoutError,
  type Transport,
} from "../../mod.ts";
import { bytes, type FakeNet, type FakeStream, playNet, settle, text, until, type WriteStyle } from "./fake_net.ts";
import { type Reactions, Recorder } from "./recorder.ts";

interface Connected {
  client: Recorder;
  server: Recorder;
  near: FakeStream;
  far: FakeStream;
  transport: Transport;
  listener: Server;
}

/** A connection whose both ends write into one log. */
function* connected(
  net: FakeNet,
  loop: EventLoop,
  log: string[] = [],
  onClient: Reactions = {},
  onServer: Reactions = {},
): Coroutine<Connected> {
  let server!: Recorder;
  const listener = yield* loop.createServer(() => server = new Recorder(log, "s.", onServer), "127.0.0.1", 0);
  const [transport, client] = yield* loop.createConnection(
    () => new Recorder(log, "c.", onClient),
    "127.0.0.1",
    listener.port,
  );
  log.push("returned");
  while (server?.transport === undefined) yield* sleep(0);
  return { client, server, near: net.streams[0]!, far: net.streams[1]!, transport, listener };
}

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

  it("schedules connectionLost() when it is closed with nothing to send", async () => {
    await playNet((net, loop) =>
      function* () {
        const log: string[] = [];
        const { near, transport } = yield* connected(net, loop, log, { lost: () => void log.push(`${near.isClosed}`) });
        log.length = 0;
        transport.close();
        transport.close();
        assert(transport.isClosing());
        assertEquals(log, []);
        yield* sleep(0);
        // The socket is closed right after the protocol was told.
        assertEquals(log, ["c.lost", "false"]);
        assert(near.isClosed);
      }
    );
  });

  it("sends everything before it closes", async () => {
    await playNet((net, loop) =>
      function* () {
        const { near, server, client, transport } = yield* connected(net, loop);
        near.capacity = 1000;
        server.transport.pauseReading();
        transport.write(new Uint8Array(100_000).fill(97));
        transport.close();
        yield* settle();
        assertEquals(client.error, undefined);
        server.transport.resumeReading();
        yield* until(() => server.error !== undefined);
        assertEquals(server.received.length, 100_000);
        assertEquals([client.error, server.error], [null, null]);
      }
    );
  });

  it("drops what is buffered when it is aborted", async () => {
    await playNet((net, loop) =>
      function* () {
        const { near, server, client, transport } = yield* connected(net, loop);
        near.capacity = 10;
        server.transport.pauseReading();
        transport.write(new Uint8Array(100_000));
        transport.abort();
        assertEquals(transport.getWriteBufferSize(), 0);
        assertEquals(client.error, undefined);
        yield* sleep(0);
        assertEquals(client.error, null);
        server.transport.resumeReading();
        yield* settle();
        assert(server.error instanceof OSError);
      }
    );
  });

  it("tells what came before a reset first", async () => {
    await playNet((net, loop) =>
      function* () {
        const log: string[] = [];
        const { near, far, client } = yield* connected(net, loop, log);
        log.length = 0;
        far.write(bytes("last words"));
        yield* sleep(0);
        near.break(new OSError("reset", { code: "ECONNRESET" }));
        yield* settle();
        assertEquals(log.join(" "), "c.data c.lost");
        assertEquals((client.error as OSError).code, "ECONNRESET");
      }
    );
  });

  it("ends the connection when the protocol throws on data, and reports that", async () => {
    const reports: ExceptionContext[] = [];
    await playNet((net, loop) =>
      function* () {
        const { far, client, transport } = yield* connected(net, loop, [], {
          data() {
            throw new RangeError("bad data");
          },
        });
        far.write(bytes("x"));
        yield* settle();
        assert(client.error instanceof RangeError);
        assertStrictEquals(reports[0]!["transport"], transport);
        assertStrictEquals(reports[0]!["protocol"], client);
      }, reports);
    assertEquals(reports.map(({ message }) => message), ["Fatal error: protocol.dataReceived() call failed."]);
  });

  it("ends the connection when the protocol throws on the end", async () => {
    const reports: ExceptionContext[] = [];
    await playNet((net, loop) =>
      function* () {
        const { far, client } = yield* connected(net, loop, [], {
          eof() {
            throw new RangeError("bad end");
          },
        });
        far.endWriting();
        yield* settle();
        assert(client.error instanceof RangeError);
      }, reports);
    assertEquals(reports.map(({ message }) => message), ["Fatal error: protocol.eofReceived() call failed."]);
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

  it("ends the connection when a protocol's buffer is empty", async () => {
    const reports: ExceptionContext[] = [];
    await playNet((net, loop) =>
      function* () {
        class Empty extends BufferedProtocol {
          error: Error | null = null;
          override getBuffer() {
            return new Uint8Array(0);
          }
          override connectionLost(error: Error | null) {
            this.error = error;
          }
        }
        const { far, transport } = yield* connected(net, loop);
        const empty = new Empty();
        transport.setProtocol(empty);
        far.write(bytes("x"));
        yield* settle();
        assert(empty.error instanceof RuntimeError);
      }, reports);
    assertEquals(reports[0]!.message, "Fatal error: protocol.getBuffer() call failed.");
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

  it("refuses what are no bytes and what comes after the end, and stays unharmed", async () => {
    await playNet((net, loop) =>
      function* () {
        const { transport, server } = yield* connected(net, loop);
        const untyped = transport as unknown as {
          write(data: unknown): void;
          writelines(list: unknown): void;
          setProtocol(protocol: unknown): void;
        };
        for (const wrong of ["text", 5, null, undefined, new ArrayBuffer(2), new DataView(new ArrayBuffer(2)), [1]]) {
          assertThrows(() => untyped.write(wrong), TypeError);
        }
        assertThrows(() => untyped.write("text"), TypeError, "new TextEncoder().encode(text)");
        assertThrows(() => untyped.writelines("text"), TypeError);
        assertThrows(() => untyped.writelines([bytes("a"), "b"]), TypeError);
        assertThrows(() => untyped.setProtocol({}), TypeError);
        assertThrows(() => transport.setWriteBufferLimits({ high: 1, low: 2 }), RangeError);
        assertThrows(() => transport.setWriteBufferLimits({ low: -1 }), RangeError);
        transport.write(bytes("still "));
        transport.write(new Uint8Array(0));
        transport.writelines([bytes("a"), new Uint8Array(0), bytes("live")]);
        transport.writeEof();
        transport.writeEof();
        assertThrows(() => transport.write(bytes("x")), RuntimeError);
        assertThrows(() => transport.writelines([]), RuntimeError);
        yield* settle();
        assertEquals(server.received, "still alive");
      }
    );
  });

  it("drops what is written after the connection was lost, and warns from the fifth time on", async () => {
    const { warn } = console;
    const warnings: unknown[] = [];
    console.warn = (text: unknown) => void warnings.push(text);
    try {
      await playNet((net, loop) =>
        function* () {
          const { transport, near } = yield* connected(net, loop);
          near.break(new OSError("It is gone.", { code: "ECONNRESET" }));
          yield* settle();
          for (let i = 0; i < 5; i++) transport.write(bytes("x"));
          transport.writelines([bytes("x"), bytes("y")]);
        }
      );
    } finally {
      console.warn = warn;
    }
    assertEquals(warnings.length, 2);
  });

  it("refuses what is written after close(), at the call, also once it was aborted", async () => {
    await playNet((net, loop) =>
      function* () {
        const { transport, server } = yield* connected(net, loop);
        transport.write(bytes("a"));
        transport.close();
        transport.close();
        const error = assertThrows(() => transport.write(bytes("b")), RuntimeError);
        assert(error.message.startsWith("Cannot write after close() of <Transport "), error.message);
        assertThrows(() => transport.writelines([bytes("b")]), RuntimeError, "after close()");
        assertThrows(() => transport.write(new Uint8Array(0)), RuntimeError, "after close()");
        transport.writeEof();
        yield* settle();
        assertThrows(() => transport.write(bytes("b")), RuntimeError, "after close()");
        transport.abort();
        assertThrows(() => transport.write(bytes("b")), RuntimeError, "after close()");
        assertEquals(server.received, "a");
      }
    );
  });

  it("drops what is written after abort(), as what was before", async () => {
    await playNet((net, loop) =>
      function* () {
        const { transport, near, server } = yield* connected(net, loop);
        near.capacity = 0;
        transport.write(bytes("a"));
        transport.abort();
        transport.write(bytes("b"));
        yield* settle();
        assertEquals(server.received, "");
      }
    );
  });

  it("drops what is written after somebody else has closed it: its program cannot know", async () => {
    await playNet((net, loop) =>
      function* () {
        const { listener, server, client, near } = yield* connected(net, loop);
        near.peer!.capacity = 0;
        server.transport.write(bytes("a"));
        listener.close();
        listener.closeClients();
        server.transport.write(bytes("b"));
        server.transport.writelines([bytes("c")]);
        yield* settle();
        near.peer!.makeRoom();
        yield* settle();
        assertEquals(client.received, "a");
      }
    );
  });

  it("is named in debug mode if nobody closed it before the loop", async () => {
    const { warn } = console;
    const warnings: unknown[] = [];
    console.warn = (text: unknown) => void warnings.push(text);
    try {
      await playNet((net, loop) =>
        function* () {
          loop.setDebug(true);
          loop.slowCallbackDuration = Infinity;
          const { transport } = yield* connected(net, loop);
          transport.close();
          yield* sleep(0);
        }
      );
    } finally {
      console.warn = warn;
    }
    // The server's end and the server itself.
    assertEquals(warnings.map((text) => /^<(\w+)/.exec(String(text))?.[1]).sort(), ["Server", "Transport"]);
  });

  it("lets the hosts' sockets go when the loop closes", async () => {
    const streams = await playNet((net, loop) =>
      function* () {
        yield* connected(net, loop);
        assertEquals(net.listening, 1);
        return net;
      }
    );
    assertEquals(streams.listening, 0);
    assert(streams.streams.every((stream) => stream.isClosed));
  });
});

describe("The write buffer of a transport", () => {
  for (const style of ["at once", "later"] as WriteStyle[]) {
    it(`sends the small writes of an iteration in one, if the host takes them ${style}`, async () => {
      await playNet((net, loop) =>
        function* () {
          const { near, server, transport } = yield* connected(net, loop);
          near.style = style;
          for (let i = 0; i < 100; i++) transport.write(bytes(`${i},`));
          assertEquals(near.writes, []);
          yield* settle();
          assertEquals(near.writes.length, 1);
          assertEquals(server.received, Array.from({ length: 100 }, (_, i) => `${i},`).join(""));
        }
      );
    });

    it(`keeps the order of small and large writes, if the host takes them ${style}`, async () => {
      await playNet((net, loop) =>
        function* () {
          const { near, server, transport } = yield* connected(net, loop);
          near.style = style;
          near.capacity = 777;
          let expected = "";
          for (let i = 0; i < 300; i++) {
            const piece = String.fromCharCode(97 + i % 26).repeat(i % 7 === 0 ? 20_000 : i % 50);
            expected += piece;
            transport.write(bytes(piece));
            if (i % 40 === 0) yield* sleep(0);
          }
          yield* until(() => server.received.length >= expected.length);
          assert(server.received === expected);
          assertEquals(transport.getWriteBufferSize(), 0);
        }
      );
    });
  }

  it("sends what an answer consists of when the data event is over, not an iteration later", async () => {
    await playNet((net, loop) =>
      function* () {
        const { near, far } = yield* connected(net, loop, [], {
          data(_data, transport) {
            transport.write(bytes("a"));
            transport.write(bytes("b"));
            assertEquals(near.writes, []);
            loop.callSoon(() => assertEquals(near.writes, [2]));
          },
        });
        far.write(bytes("?"));
        yield* settle();
        assertEquals(near.writes, [2]);
      }
    );
  });

  it("pauses the protocol above the high-water mark, not at it, and resumes it at the low one", async () => {
    await playNet((net, loop) =>
      function* () {
        const log: string[] = [];
        const { near, server, transport } = yield* connected(net, loop, log);
        log.length = 0;
        near.capacity = 0;
        server.transport.pauseReading();
        assertEquals(transport.getWriteBufferLimits(), [16_384, 65_536]);
        transport.setWriteBufferLimits({ high: 100, low: 50 });
        transport.write(new Uint8Array(100));
        assertEquals(log, []);
        transport.write(new Uint8Array(1));
        assertEquals(log, ["c.pause"]);
        assertEquals(transport.getWriteBufferSize(), 101);
        near.makeRoom(50);
        yield* settle();
        assertEquals([transport.getWriteBufferSize(), log.length], [51, 1]);
        near.makeRoom(51);
        yield* settle();
        assertEquals([transport.getWriteBufferSize(), log], [50, ["c.pause", "c.resume"]]);
      }
    );
  });

  it("resumes the protocol before it closes", async () => {
    await playNet((net, loop) =>
      function* () {
        const log: string[] = [];
        const { near, transport } = yield* connected(net, loop, log);
        log.length = 0;
        near.capacity = 0;
        transport.write(new Uint8Array(70_000));
        transport.close();
        yield* settle();
        near.makeRoom();
        yield* settle();
        assertEquals(log.filter((word) => word.startsWith("c.")).join(" "), "c.pause c.resume c.lost");
      }
    );
  });

  it("takes what resumeWriting() writes while the rest is sent after close()", async () => {
    await playNet((net, loop) =>
      function* () {
        const { near, transport, server } = yield* connected(net, loop, [], {
          resume: (transport) => transport.write(bytes("!")),
        });
        near.capacity = 0;
        transport.write(new Uint8Array(70_000));
        transport.close();
        assertThrows(() => transport.write(bytes("?")), RuntimeError);
        yield* settle();
        near.makeRoom();
        yield* settle();
        assertEquals([server.received.length, server.received.at(-1), server.error], [70_001, "!", null]);
      }
    );
  });

  it("tells the loss once when resumeWriting() closes the transport", async () => {
    await playNet((net, loop) =>
      function* () {
        const log: string[] = [];
        const { near, transport } = yield* connected(net, loop, log, { resume: (transport) => transport.close() });
        near.capacity = 0;
        transport.write(new Uint8Array(70_000));
        near.makeRoom();
        yield* settle();
        assertEquals(log.filter((word) => word === "c.lost").length, 1);
      }
    );
  });

  it("pauses at once when its mark is set below what it holds", async () => {
    await playNet((net, loop) =>
      function* () {
        const log: string[] = [];
        const { near, transport } = yield* connected(net, loop, log);
        near.capacity = 0;
        transport.write(new Uint8Array(10));
        assertFalse(log.includes("c.pause"));
        transport.setWriteBufferLimits({ high: 5 });
        assert(log.includes("c.pause"));
        assertEquals(transport.getWriteBufferLimits(), [1, 5]);
        transport.setWriteBufferLimits({ low: 5 });
        assertEquals(transport.getWriteBufferLimits(), [5, 20]);
        transport.setWriteBufferLimits();
        assertEquals(transport.getWriteBufferLimits(), [16_384, 65_536]);
      }
    );
  });

  it("ends this side once everything is sent", async () => {
    await playNet((net, loop) =>
      function* () {
        const { near, server, transport } = yield* connected(net, loop, [], {}, { eof: () => true });
        near.capacity = 100;
        server.transport.pauseReading();
        transport.write(new Uint8Array(1000));
        transport.writeEof();
        yield* settle();
        assertFalse(near.calls.includes("endWriting"));
        server.transport.resumeReading();
        yield* settle();
        assertEquals(near.calls.filter((call) => call === "endWriting").length, 1);
        assertEquals(server.received.length, 1000);
      }
    );
  });
});

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
        const { transport, near, client, server } = yield* secured(net, loop, []);
        near.deaf = true;
        transport.write(bytes("last"));
        transport.close();
        assertEquals(near.calls.at(-1), "close");
        assertThrows(() => transport.write(bytes("too late")), RuntimeError);
        for (let i = 0; i < 5; i++) yield* sleep(1);
        assertEquals(client.error, undefined);
        near.break(null);
        for (let i = 0; i < 5; i++) yield* sleep(1);
        assertEquals([client.error, server.received], [null, "last"]);
      }
    );
  });

  it("is aborted with a TimeoutError if the goodbye does not come in time", async () => {
    await playNet((net, loop) =>
      function* () {
        const { transport, near, client } = yield* secured(net, loop, []);
        near.deaf = true;
        transport.close();
        yield* sleep(29_999);
        assertEquals(client.error, undefined);
        yield* sleep(2);
        assert(client.error instanceof TimeoutError);
        assertEquals(near.calls.at(-1), "abort");
      }
    );
  });

  it("is closed at the other side's end, whatever the protocol wants", async () => {
    const { warn } = console;
    const warnings: unknown[] = [];
    console.warn = (text: unknown) => void warnings.push(text);
    try {
      await playNet((net, loop) =>
        function* () {
          const { far, client } = yield* secured(net, loop, [], { eof: () => true });
          far.endWriting();
          yield* settle();
          assertEquals(client.error, null);
        }
      );
    } finally {
      console.warn = warn;
    }
    assertEquals(warnings.length, 1);
  });
});
