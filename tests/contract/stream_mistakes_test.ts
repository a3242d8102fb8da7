import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  type Coroutine,
  DatagramProtocol,
  getRunningLoop,
  type LazyAwaitable,
  openConnection,
  openUnixConnection,
  OSError,
  RuntimeError,
  type Server,
  startServer,
  startUnixServer,
  type StreamReader,
  type StreamWriter,
} from "../../mod.ts";
import { CA, LOCALHOST } from "./certificates.ts";
import { ADAPTERS, bytes, echo, failure, isReal, play, text } from "./programs.ts";
import { refusal } from "../net/play_net.ts";

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
          const received = getRunningLoop().createFuture<string>();
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

    it("have the same codes on every runtime", { ignore: !isReal(adapter) }, async () => {
      await play(adapter, function* () {
        const codes: Record<string, unknown> = {};
        const asked: Readonly<Record<string, LazyAwaitable<unknown>>> = {
          "port 0": openConnection("127.0.0.1", 0),
          "no address": openConnection("::::", 80),
          "brackets": openConnection("[::1]", 80),
          "a URL": openConnection("http://localhost", 80),
          "a port in the host": openConnection("localhost:80", 80),
          "a name with a space": openConnection("a b", 80),
          "a name that is too long": openConnection("a".repeat(300), 80),
          "another machine's localAddr": openConnection("127.0.0.1", 1, { localAddr: ["203.0.113.5", 0] }),
          "localAddr of another family": openConnection("127.0.0.1", 1, { localAddr: ["::1", 0] }),
          "listening on no address": startServer(echo, "::::", 0),
          "listening on brackets": startServer(echo, "[::1]", 0),
          "listening on another machine's address": startServer(echo, "203.0.113.5", 0),
          "no Unix socket there": openUnixConnection("/tmp/la-nobody"),
          "a folder for a Unix socket": openUnixConnection("/tmp"),
          "listening in a folder that is none": startUnixServer(echo, "/etc/passwd/socket"),
          "listening where a folder is": startUnixServer(echo, "/tmp"),
        };
        for (const [name, awaitable] of Object.entries(asked)) {
          const error = yield* failure(awaitable);
          assert(error instanceof OSError, `${name}: ${error}`);
          codes[name] = error.code;
        }
        assertEquals(codes, {
          "port 0": "ECONNREFUSED",
          "no address": "ENOTFOUND",
          "brackets": "ENOTFOUND",
          "a URL": "ENOTFOUND",
          "a port in the host": "ENOTFOUND",
          "a name with a space": "ENOTFOUND",
          "a name that is too long": "ENOTFOUND",
          "another machine's localAddr": "EADDRNOTAVAIL",
          "localAddr of another family": "EADDRNOTAVAIL",
          "listening on no address": "ENOTFOUND",
          "listening on brackets": "ENOTFOUND",
          "listening on another machine's address": "EADDRNOTAVAIL",
          "no Unix socket there": "ENOENT",
          "a folder for a Unix socket": "ECONNREFUSED",
          "listening in a folder that is none": "ENOTDIR",
          "listening where a folder is": "EADDRINUSE",
        });
      });
    });

    it("say what is wrong with a host", async () => {
      await play(adapter, function* () {
        for (
          const [host, advice] of [
            ["[::1]", 'Leave the brackets out: "::1".'],
            ["https://localhost/", "Give the name of the host alone, without the rest of the URL."],
            ["localhost:80", "A port is given apart from its host."],
          ] as const
        ) {
          const error = yield* failure(openConnection(host, 80)) as Coroutine<OSError>;
          assertEquals(error.message, `Cannot resolve "${host}": it is neither a name nor an address. ${advice}`);
        }
        yield* refusal(() => openConnection("local\0host", 80), RangeError, "with a NUL in the host");
        yield* refusal(() => openUnixConnection("/tmp/a\0b"), RangeError, "with a NUL in the path");
      });
    });

    it("refuse a datagram that is sent after close()", async () => {
      await play(adapter, function* () {
        const [transport] = yield* getRunningLoop().createDatagramEndpoint(
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
