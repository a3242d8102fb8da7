import { BufferedProtocol, type ExceptionContext, OSError, RuntimeError, sleep } from "../../mod.ts";
import { connected } from "./connected.ts";
import { bytes, playNet, refusal, settle, until, warningsOf } from "./play_net.ts";
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";

describe("A transport, as it ends,", () => {
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
    const warnings = await warningsOf(() =>
      playNet((net, loop) =>
        function* () {
          const { transport, near } = yield* connected(net, loop);
          near.break(new OSError("It is gone.", { code: "ECONNRESET" }));
          yield* settle();
          for (let i = 0; i < 5; i++) transport.write(bytes("x"));
          transport.writelines([bytes("x"), bytes("y")]);
        }
      )
    );
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

  it("refuses a file after writeEof(), and stays open for reading", async () => {
    await playNet((net, loop) =>
      function* () {
        const { transport, client, server } = yield* connected(net, loop, [], {}, { eof: () => true });
        transport.writeEof();
        const file = new Blob(["late"]).stream();
        yield* refusal(() => loop.sendfile(transport, file), RuntimeError, "after writeEof()");
        server.transport.write(bytes("still here"));
        yield* settle();
        assertEquals(client.received, "still here");
        transport.close();
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
    const warnings = await warningsOf(() =>
      playNet((net, loop) =>
        function* () {
          loop.setDebug(true);
          loop.slowCallbackDuration = Infinity;
          const { transport } = yield* connected(net, loop);
          transport.close();
          yield* sleep(0);
        }
      )
    );
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
