import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  type Coroutine,
  DatagramProtocol,
  type EventLoop,
  getRunningLoop,
  openConnection,
  openUnixConnection,
  RuntimeError,
  type Server,
  startServer,
  startUnixServer,
  type StreamReader,
  type StreamWriter,
} from "../../mod.ts";
import { CA, LOCALHOST } from "./certificates.ts";
import { ADAPTERS, bytes, play, text } from "./programs.ts";

type Handler = (reader: StreamReader, writer: StreamWriter) => Coroutine<void>;
type Connected = readonly [Server, readonly [StreamReader, StreamWriter]];

/** A server and a client by each kind of connection. */
const KINDS: Readonly<Record<string, (handler: Handler) => Coroutine<Connected>>> = {
  *TCP(handler) {
    const server = yield* startServer(handler, "127.0.0.1", 0);
    return [server, yield* openConnection("127.0.0.1", server.port)];
  },
  *Unix(handler) {
    const path = `/tmp/la-${crypto.randomUUID()}`;
    const server = yield* startUnixServer(handler, path);
    return [server, yield* openUnixConnection(path)];
  },
  *TLS(handler) {
    const server = yield* startServer(handler, "127.0.0.1", 0, { ssl: LOCALHOST });
    return [server, yield* openConnection("localhost", server.port, { ssl: { ca: CA }, family: "ipv4" })];
  },
};

for (const adapter of ADAPTERS) {
  describe(`Mistakes on sockets by "${adapter.name}"`, () => {
    for (const [kind, connected] of Object.entries(KINDS)) {
      it(`refuse what is written after close() over ${kind}, and deliver what was written before`, async () => {
        await play(adapter, function* () {
          const received = (getRunningLoop() as EventLoop).createFuture<string>();
          const [server, [reader, writer]] = yield* connected(function* (reader, writer) {
            received.setResult(text(yield* reader.read()));
            writer.close();
          });
          writer.write(bytes("a"));
          writer.close();
          assertThrows(() => writer.write(bytes("b")), RuntimeError, "after close()");
          assertThrows(() => writer.writelines([bytes("b")]), RuntimeError, "after close()");
          yield* writer.waitClosed();
          assertThrows(() => writer.write(bytes("b")), RuntimeError, "after close()");
          assertEquals((yield* reader.read()).length, 0);
          assertEquals(yield* received, "a");
          server.close();
          yield* server.waitClosed();
        });
      });
    }

    it("refuse a datagram that is sent after close()", async () => {
      await play(adapter, function* () {
        const [transport] = yield* (getRunningLoop() as EventLoop).createDatagramEndpoint(
          () => new DatagramProtocol(),
          {
            localAddr: ["127.0.0.1", 0],
          },
        );
        transport.close();
        assertThrows(() => transport.sendto(bytes("late"), ["127.0.0.1", 9]), RuntimeError, "after close()");
      });
    });
  });
}
