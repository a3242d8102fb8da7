import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  type Coroutine,
  createTask,
  type ExceptionContext,
  getRunningLoop,
  NotSupportedError,
  openConnection,
  OSError,
  Protocol,
  sleep,
  startServer,
  type StreamReader,
  type StreamWriter,
  TlsError,
  type TlsOptions,
  type Transport,
} from "../../mod.ts";
import { internal } from "../../src/io/reader_state.ts";
import { openSockets } from "../open_sockets.ts";
import { eventually } from "../within.ts";
import { CA, CLIENT as A_CLIENT, EXPIRED, LOCALHOST, OTHER, SELF_SIGNED } from "./certificates.ts";
import {
  ADAPTERS,
  bytes,
  closeBoth,
  echo,
  exchange,
  failure,
  isReal,
  Pattern,
  play,
  settled,
  text,
} from "./programs.ts";

const SERVER: TlsOptions = { ...LOCALHOST, alpnProtocols: ["echo/2", "echo/1"] };
const CLIENT: TlsOptions = { ca: CA, alpnProtocols: ["echo/1"] };
const MiB = 1024 * 1024;

/** What a coroutine gives or throws. */
function* attempt(body: Coroutine<string>): Coroutine<unknown> {
  try {
    return yield* body;
  } catch (error) {
    return error;
  }
}

for (const adapter of ADAPTERS) {
  describe(`TLS streams by "${adapter.name}"`, () => {
    it("agree on a protocol and tell who the server is", async () => {
      await play(adapter, function* () {
        let agreed: unknown;
        const server = yield* startServer(
          function* (reader, writer) {
            agreed = writer.getExtraInfo("alpnProtocol");
            yield* echo(reader, writer);
          },
          "127.0.0.1",
          0,
          { ssl: SERVER },
        );
        const [reader, writer] = yield* openConnection("127.0.0.1", server.port, {
          ssl: CLIENT,
          serverHostname: "localhost",
        });
        assertEquals(writer.getExtraInfo("alpnProtocol"), "echo/1");
        assert(writer.getExtraInfo("sslObject") !== null);
        assertEquals(writer.getExtraInfo("peername"), { family: "ipv4", address: "127.0.0.1", port: server.port });
        writer.write(bytes("secret"));
        assertEquals(text(yield* reader.readexactly(6)), "secret");
        assertEquals(agreed, "echo/1");
        assert(!writer.canWriteEof());
        assertThrows(() => writer.writeEof(), NotSupportedError);
        yield* closeBoth(writer, server);
      });
    });

    it("carry 16 MiB each way at once, unharmed, and deliver what was written before close()", async () => {
      await play(adapter, function* () {
        const sent = new Pattern(5);
        const received = new Pattern();
        const server = yield* startServer(
          function* (reader, writer) {
            let left = 16 * MiB;
            while (left > 0) {
              const data = yield* reader.read(65_536);
              left -= data.length;
              writer.write(data);
              yield* writer.drain();
            }
            writer.close();
          },
          "127.0.0.1",
          0,
          { ssl: SERVER },
        );
        const [reader, writer] = yield* openConnection("localhost", server.port, { ssl: CLIENT });
        const reading = createTask(function* () {
          for (;;) {
            const data = yield* reader.read(256 * 1024);
            if (data.length === 0) return;
            received.take(data);
          }
        });
        while (sent.length < 16 * MiB) {
          writer.write(sent.make(64 * 1024));
          yield* writer.drain();
        }
        yield* reading;
        assertEquals([received.length, received.sum], [sent.length, sent.sum]);
        yield* closeBoth(writer, server);
      });
    });

    it(
      "refuse a certificate of another name, an expired one and a self-signed one",
      { ignore: !isReal(adapter) },
      async () => {
        const reports: ExceptionContext[] = [];
        await play(adapter, function* () {
          for (const identity of [OTHER, EXPIRED, SELF_SIGNED]) {
            const server = yield* startServer(echo, "127.0.0.1", 0, { ssl: identity });
            const error = yield* failure(
              openConnection("127.0.0.1", server.port, { ssl: { ca: CA }, serverHostname: "localhost" }),
            );
            assert(error instanceof TlsError);
            assertEquals(error.code, "CERTIFICATE_INVALID");
            server.close();
            yield* server.waitClosed();
          }
          const server = yield* startServer(echo, "127.0.0.1", 0, { ssl: LOCALHOST });
          const [, writer] = yield* openConnection("127.0.0.1", server.port, {
            ssl: { ca: CA },
            serverHostname: "localhost",
          });
          yield* closeBoth(writer, server);
        }, reports);
        // A failed handshake of one client is told in debug mode alone.
        assertEquals(reports, []);
      },
    );

    for (const way of ["from the start", "after some words in the clear"] as const) {
      it(`let those clients in whose certificate is trusted, and tell who they are, ${way}`, {
        ignore: !isReal(adapter),
      }, async () => {
        const asking: TlsOptions = { ...LOCALHOST, ca: CA, requestCert: true };
        const later = way !== "from the start";
        await play(adapter, function* () {
          const subjects: unknown[] = [];
          const refused: unknown[] = [];
          const server = yield* startServer(
            function* (reader, writer) {
              if (later) {
                yield* reader.readexactly(1);
                writer.write(bytes("."));
                try {
                  yield* writer.startTls(asking);
                } catch (error) {
                  return void refused.push(error);
                }
              }
              subjects.push(writer.getExtraInfo("peercert")?.subject);
              yield* echo(reader, writer);
            },
            "127.0.0.1",
            0,
            later ? {} : { ssl: asking },
          );
          function* greet(ssl: TlsOptions): Coroutine<string> {
            const named = { serverHostname: "localhost" };
            const [reader, writer] = yield* openConnection("127.0.0.1", server.port, later ? {} : { ssl, ...named });
            try {
              if (later) {
                writer.write(bytes("."));
                yield* reader.readexactly(1);
                yield* writer.startTls(ssl, named);
              }
              writer.write(bytes("hello"));
              return text(yield* reader.read(5));
            } finally {
              writer.close();
            }
          }
          assertEquals(yield* greet({ ca: CA, ...A_CLIENT }), "hello");
          assertEquals(subjects, ["A client"]);
          for (const identity of [{}, SELF_SIGNED, EXPIRED]) {
            // With TLS 1.3 a client may hear of it only when it reads: it ends, or breaks.
            const answer = yield* attempt(greet({ ca: CA, ...identity }));
            assert(answer === "" || answer instanceof OSError, String(answer));
          }
          assertEquals(yield* greet({ ca: CA, ...A_CLIENT }), "hello");
          assertEquals(subjects.length, 2);
          const untrusted = "CERTIFICATE_INVALID";
          if (later) {
            assertEquals(refused.map((error) => error instanceof TlsError && error.code), [
              "HANDSHAKE_FAILED",
              untrusted,
              untrusted,
            ]);
          }
          server.close();
          yield* server.waitClosed();
        });
      });
    }

    it("are aborted when the handshake takes too long", async () => {
      await play(adapter, function* () {
        const server = yield* startServer(
          function* (reader, writer) {
            // It reads, and never says hello; the end may come as a reset.
            try {
              yield* reader.read();
            } finally {
              writer.close();
            }
          },
          "127.0.0.1",
          0,
        );
        const error = yield* failure(
          openConnection("localhost", server.port, { ssl: CLIENT, sslHandshakeTimeout: 30 }),
        );
        assert(error instanceof OSError);
        assertEquals(error.code, "ECONNABORTED");
        server.close();
        // It ends only if the connection did.
        yield* server.waitClosed();
      }, []);
    });

    it("are cut off by a server whose client says nothing for longer than sslHandshakeTimeout", async () => {
      await play(adapter, function* () {
        const server = yield* startServer(echo, "127.0.0.1", 0, { ssl: SERVER, sslHandshakeTimeout: 30 });
        const [reader, writer] = yield* openConnection("127.0.0.1", server.port);
        // It ends only if the server did it.
        yield* settled(reader.read());
        writer.close();
        server.close();
        yield* server.waitClosed();
      });
    });

    it("have their water mark back after setWriteBufferLimits()", async () => {
      const before = openSockets();
      await play(adapter, function* () {
        const server = yield* startServer(echo, "127.0.0.1", 0, { ssl: SERVER });
        const [, { transport }] = yield* openConnection("localhost", server.port, { ssl: CLIENT });
        const usual = transport.getWriteBufferLimits();
        transport.setWriteBufferLimits({ high: 5 });
        transport.setWriteBufferLimits();
        assertEquals(transport.getWriteBufferLimits(), usual);
        transport.close();
        server.close();
        yield* server.waitClosed();
      });
      // The tickets of the session may have come unread: see below.
      await eventually(() => openSockets() <= before, "as few open sockets as before");
    });

    it("fail when garbage comes in place of a handshake", async () => {
      const before = openSockets();
      await play(adapter, function* () {
        const server = yield* startServer(
          function* (_reader, writer) {
            writer.write(bytes("This is no TLS at all.\n".repeat(20)));
            yield* writer.drain();
            writer.close();
          },
          "127.0.0.1",
          0,
        );
        const error = yield* failure(openConnection("localhost", server.port, { ssl: CLIENT }));
        assert(error instanceof OSError);
        server.close();
        server.closeClients();
        yield* server.waitClosed();
      });
      // A socket that gives up with bytes unread goes on reading for a moment, so that its last words arrive.
      await eventually(() => openSockets() <= before, "as few open sockets as before");
    });
  });

  describe(`STARTTLS by "${adapter.name}"`, () => {
    it("encrypts a stream that stands, from both ends, and what came early is not lost", async () => {
      await play(adapter, function* () {
        const server = yield* startServer(
          function* (reader: StreamReader, writer: StreamWriter) {
            assertEquals(text(yield* reader.readline()), "STARTTLS\n");
            writer.write(bytes("go ahead\n"));
            yield* writer.startTls(SERVER);
            assert(writer.getExtraInfo("sslObject") !== null);
            writer.write(bytes("secret greeting\n"));
            yield* echo(reader, writer);
          },
          "127.0.0.1",
          0,
        );
        const [reader, writer] = yield* openConnection("127.0.0.1", server.port);
        const plain = writer.transport;
        writer.write(bytes("STARTTLS\n"));
        assertEquals(text(yield* reader.readline()), "go ahead\n");
        yield* writer.startTls({ ca: CA }, { serverHostname: "localhost" });
        assert(writer.transport !== plain);
        assertEquals(text(yield* reader.readline()), "secret greeting\n");
        const [sent, received] = yield* exchange([reader, writer], 20, 100_000);
        assertEquals([received.length, received.sum], [sent.length, sent.sum]);
        yield* closeBoth(writer, server);
      });
    });

    it("gives bytes of the handshake to TLS that the server's reader had already", async () => {
      await play(adapter, function* () {
        const server = yield* startServer(
          function* (reader, writer) {
            // The client does not wait for an answer: its hello may be in the reader by the time that this line is read.
            yield* reader.readline();
            while (internal.stateOf(reader).buffer.length === 0) yield* sleep(1);
            yield* writer.startTls(SERVER);
            writer.write(yield* reader.readline());
            writer.close();
          },
          "127.0.0.1",
          0,
        );
        const [reader, writer] = yield* openConnection("127.0.0.1", server.port);
        writer.write(bytes("STARTTLS\n"));
        yield* writer.startTls({ ca: CA }, { serverHostname: "localhost" });
        writer.write(bytes("hello\n"));
        assertEquals(text(yield* reader.readline()), "hello\n");
        yield* closeBoth(writer, server);
      });
    });

    it("gives a client no more time than a server's sslHandshakeTimeout", async () => {
      await play(adapter, function* () {
        let told: unknown;
        const server = yield* startServer(
          function* (_reader: StreamReader, writer: StreamWriter) {
            told = yield* failure(writer.startTls(SERVER, { sslHandshakeTimeout: 30 }));
          },
          "127.0.0.1",
          0,
        );
        const [reader, writer] = yield* openConnection("127.0.0.1", server.port);
        yield* settled(reader.read());
        assertEquals((told as OSError).code, "ECONNABORTED");
        writer.close();
        server.close();
        yield* server.waitClosed();
      });
    });

    it("leaves the connection as it was when it is cancelled before the handshake", async () => {
      await play(adapter, function* () {
        const written = new Pattern(3).make(16 * MiB);
        let length = 0;
        const server = yield* startServer(
          function* (reader: StreamReader, writer: StreamWriter) {
            writer.write(bytes("still here\n"));
            length = (yield* reader.read()).length;
            writer.close();
          },
          "127.0.0.1",
          0,
          { limit: 1024, startServing: false },
        );
        const [reader, writer] = yield* openConnection("127.0.0.1", server.port);
        writer.transport.setWriteBufferLimits({ high: written.length });
        writer.write(written);
        const upgrade = createTask(writer.startTls(CLIENT, { serverHostname: "localhost" }));
        yield* sleep(1);
        upgrade.cancel();
        yield* settled(upgrade);
        yield* server.startServing();
        assertEquals(text(yield* reader.readline()), "still here\n");
        writer.writeEof();
        yield* reader.read();
        assertEquals(length, written.length);
        writer.close();
        server.close();
        yield* server.waitClosed();
      });
    });

    it(
      "closes the connection when the handshake fails, and the protocol is told",
      { ignore: !isReal(adapter) },
      async () => {
        await play(adapter, function* () {
          const loop = getRunningLoop();
          const server = yield* startServer(
            function* (reader, writer) {
              yield* reader.readline();
              yield* failure(writer.startTls(OTHER));
            },
            "127.0.0.1",
            0,
          );
          class Client extends Protocol {
            transport!: Transport;
            error: Error | null | undefined;
            override connectionMade(transport: Transport) {
              this.transport = transport;
            }
            override connectionLost(error: Error | null) {
              this.error = error;
            }
          }
          const [transport, client] = yield* loop.createConnection(() => new Client(), "127.0.0.1", server.port);
          transport.write(bytes("STARTTLS\n"));
          const error = yield* failure(loop.startTls(transport, client, { ca: CA }, { serverHostname: "localhost" }));
          assert(error instanceof TlsError);
          server.close();
          yield* server.waitClosed();
          assertEquals(client.error, error);
          assert(transport.isClosing());
        });
      },
    );
  });
}
