import { assertEquals, assertFalse, assertInstanceOf } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  BufferedProtocol,
  type Coroutine,
  getRunningLoop,
  openConnection,
  RuntimeError,
  startServer,
  type Transport,
} from "../../mod.ts";
import type { Incoming } from "../../src/net/incoming.ts";
import type { SocketTransport } from "../../src/net/socket_transport.ts";
import type { FakeNet } from "./fake_net.ts";
import type { FakeStream } from "./fake_stream.ts";
import { bytes, playNet, settle, text, until } from "./play_net.ts";
import { Recorder } from "./recorder.ts";

/** Makes every host read into memory that it uses again and again, or that can be kept. */
function lending(net: FakeNet, how: true | "to keep"): void {
  net.prepare = (client, server) => {
    client.lends = server.lends = how;
  };
}

/** The reading half of a transport. */
function incomingOf(transport: Transport): Incoming {
  return (transport as SocketTransport).incoming;
}

/** Plays a connection from a recorder to a protocol, whose host lends its memory. */
function playLent<P extends Recorder | BufferedProtocol>(
  protocol: P,
  main: (transport: Transport, server: P, host: FakeStream) => Coroutine<void>,
  how: true | "to keep" = true,
): Promise<void> {
  return playNet((net, loop) =>
    function* () {
      lending(net, how);
      const listener = yield* loop.createServer(() => protocol, "127.0.0.1", 0);
      const [transport] = yield* loop.createConnection(() => new Recorder(), "127.0.0.1", listener.port);
      yield* settle();
      yield* main(transport, protocol, net.streams[1]!);
    }
  );
}

/** Receives into an array of three bytes. */
class Narrow extends BufferedProtocol {
  received = "";
  #buffer = new Uint8Array(3);

  override getBuffer(): Uint8Array {
    return this.#buffer;
  }

  override bufferUpdated(length: number): void {
    this.received += text(this.#buffer.subarray(0, length));
  }
}

describe("Memory that a host lends", () => {
  it("is copied for a protocol, which may keep what it gets", async () => {
    const kept: Uint8Array[] = [];
    await playLent(
      new Recorder([], "", { data: (data) => void kept.push(data) }),
      function* (transport, _server, host) {
        for (const word of ["one ", "two ", "three"]) {
          transport.write(bytes(word));
          yield* settle();
        }
        assertEquals(kept.map(text), ["one ", "two ", "three"]);
        assertEquals(host.calls, ["give back", "give back", "give back"]);
      },
    );
  });

  it("is kept by a protocol if it may be", async () => {
    const kept: Uint8Array[] = [];
    await playLent(
      new Recorder([], "", { data: (data) => void kept.push(data) }),
      function* (transport, _server, host) {
        for (const word of ["one ", "two"]) {
          transport.write(bytes(word));
          yield* settle();
        }
        assertEquals(kept.map(text), ["one ", "two"]);
        assertEquals(host.calls, ["keep", "keep"]);
      },
      "to keep",
    );
  });

  it("ends the connection by an error if it was transferred before the protocol had it", async () => {
    const server = new Recorder();
    await playLent(server, function* (_transport, _server, host) {
      const told: unknown[] = [];
      getRunningLoop().setExceptionHandler((_loop, { exception }) => void told.push(exception));
      const data = bytes("gone").slice();
      host.giveBack = () => {};
      incomingOf(server.transport).lend(data, true);
      structuredClone(data, { transfer: [data.buffer] });
      yield* settle();
      assertEquals(server.received, "");
      assertInstanceOf(server.error, RuntimeError);
      assertEquals(told, [server.error]);
    }, "to keep");
  });

  it("goes into a protocol's own buffer part by part, and is given back after the last one", async () => {
    await playLent(new Narrow(), function* (transport, server, host) {
      transport.write(bytes("abcdefgh"));
      transport.write(bytes("!"));
      yield* until(() => server.received.length === 9);
      assertEquals(server.received, "abcdefgh!");
      assertEquals(host.calls, ["give back"]);
    });
  });

  it("is not read into while reading is paused, and holds what came before", async () => {
    await playLent(new Recorder(), function* (transport, server) {
      transport.write(bytes("first"));
      server.transport.pauseReading();
      yield* settle();
      transport.write(bytes("second"));
      yield* settle();
      assertEquals(server.received, "");
      server.transport.resumeReading();
      yield* settle();
      assertEquals(server.received, "firstsecond");
    });
  });

  it("is copied for whoever takes the connection over", async () => {
    await playLent(new Recorder(), function* (transport, server, host) {
      const incoming = incomingOf(server.transport);
      transport.write(bytes("hello"));
      // Lent already, and not yet with the protocol.
      incoming.pause();
      host.resumeReading();
      yield* settle();
      const taken = incoming.takeAll();
      assertEquals(text(taken), "hello");
      assertEquals(host.calls.at(-1), "give back");
      assertFalse(server.received.includes("hello"));
    });
  });

  it("is given back when the connection is closed before anybody has looked", async () => {
    await playLent(new Recorder(), function* (transport, server, host) {
      transport.write(bytes("unread"));
      server.transport.pauseReading();
      host.resumeReading();
      yield* settle();
      server.transport.close();
      assertEquals(host.calls.filter((call) => call === "give back").length, 1);
      yield* settle();
      assertEquals(server.error, null);
    });
  });

  for (const how of [true, "to keep"] as const) {
    it(how === true ? "is copied by streams at once" : "is kept by streams if it may be", async () => {
      await playNet((net) =>
        function* () {
          lending(net, how);
          const heard: Uint8Array[] = [];
          const server = yield* startServer(
            function* (reader, writer) {
              heard.push(yield* reader.readexactly(4), yield* reader.readline());
              heard.push(yield* reader.read(2), yield* reader.read());
              writer.close();
            },
            "127.0.0.1",
            0,
          );
          const [, writer] = yield* openConnection("127.0.0.1", server.port);
          for (const piece of ["he", "adli", "ne\n", "re", "st"]) {
            writer.write(bytes(piece));
            yield* settle();
          }
          writer.writeEof();
          yield* until(() => heard.length === 4);
          assertEquals(heard.map(text), ["head", "line\n", "re", "st"]);
          assertEquals(net.streams[1]!.calls.includes("keep"), how === "to keep");
        }
      );
    });
  }
});
