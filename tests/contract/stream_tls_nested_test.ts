import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  openConnection,
  startServer,
  type StreamReader,
  type StreamWriter,
  TlsError,
  type TlsOptions,
} from "../../mod.ts";
import { CA, LOCALHOST, OTHER } from "./certificates.ts";
import { ADAPTERS, bytes, closeBoth, echo, exchange, failure, isReal, play, settled, text } from "./programs.ts";

const OUTER: TlsOptions = { ...LOCALHOST, alpnProtocols: ["outer"] };
const INNER: TlsOptions = { ...LOCALHOST, alpnProtocols: ["inner"] };
const CLIENT = { ssl: { ca: CA, alpnProtocols: ["outer"] }, serverHostname: "localhost" };
const WITHIN: TlsOptions = { ca: CA, alpnProtocols: ["inner"] };
const NAMED = { serverHostname: "localhost" };

for (const adapter of ADAPTERS) {
  describe(`TLS within TLS by "${adapter.name}"`, () => {
    for (const way of ["from the start", "after some words in the clear"] as const) {
      it(`carries 2 MiB each way, and both sessions end in order; the outer one ${way}`, async () => {
        const later = way !== "from the start";
        await play(adapter, function* () {
          const server = yield* startServer(
            function* (reader: StreamReader, writer: StreamWriter) {
              if (later) {
                yield* reader.readline();
                yield* writer.startTls(OUTER);
              }
              assertEquals(text(yield* reader.readline()), "within\n");
              writer.write(bytes("go ahead\n"));
              yield* writer.startTls(INNER);
              assertEquals(writer.getExtraInfo("alpnProtocol"), "inner");
              yield* echo(reader, writer);
            },
            "127.0.0.1",
            0,
            later ? {} : { ssl: OUTER },
          );
          const [reader, writer] = yield* openConnection("127.0.0.1", server.port, later ? {} : CLIENT);
          if (later) {
            writer.write(bytes("TLS\n"));
            yield* writer.startTls(CLIENT.ssl, NAMED);
          }
          assertEquals(writer.getExtraInfo("alpnProtocol"), "outer");
          writer.write(bytes("within\n"));
          assertEquals(text(yield* reader.readline()), "go ahead\n");
          yield* writer.startTls(WITHIN, NAMED);
          assertEquals(writer.getExtraInfo("alpnProtocol"), "inner");
          assertEquals(writer.getExtraInfo("peername"), { family: "ipv4", address: "127.0.0.1", port: server.port });
          const [sent, received] = yield* exchange([reader, writer], 32, 65_536);
          assertEquals([received.length, received.sum], [sent.length, sent.sum]);
          yield* closeBoth(writer, server);
        });
      });
    }

    it("loses no byte of the inner handshake that the server has read already", async () => {
      await play(adapter, function* () {
        const server = yield* startServer(
          function* (reader: StreamReader, writer: StreamWriter) {
            yield* reader.readline();
            yield* writer.startTls(INNER);
            yield* echo(reader, writer);
          },
          "127.0.0.1",
          0,
          { ssl: OUTER },
        );
        const [reader, writer] = yield* openConnection("127.0.0.1", server.port, CLIENT);
        writer.write(bytes("within\n"));
        yield* writer.startTls(WITHIN, NAMED);
        writer.write(bytes("hello"));
        assertEquals(text(yield* reader.readexactly(5)), "hello");
        yield* closeBoth(writer, server);
      });
    });

    it("ends with the connection when the inner certificate is another's", { ignore: !isReal(adapter) }, async () => {
      await play(adapter, function* () {
        const server = yield* startServer(
          function* (reader: StreamReader, writer: StreamWriter) {
            yield* reader.readline();
            yield* settled(writer.startTls(OTHER));
            yield* settled(reader.read());
          },
          "127.0.0.1",
          0,
          { ssl: OUTER },
        );
        const [reader, writer] = yield* openConnection("127.0.0.1", server.port, CLIENT);
        writer.write(bytes("within\n"));
        const error = yield* failure(writer.startTls({ ca: CA }, NAMED));
        assert(error instanceof TlsError, String(error));
        assertEquals(error.code, "CERTIFICATE_INVALID");
        yield* failure(reader.read());
        server.close();
        yield* server.waitClosed();
      });
    });
  });
}
