/**
 * An echo server over TLS, with a certificate that it has signed itself, and two protocols to choose from by ALPN: `echo` gives
 * back what it gets, `shout` in capitals.
 *
 * ```sh
 * deno run --allow-net --allow-read=examples/tls examples/tls_echo.ts
 * bun run examples/tls_echo.ts --port 8443
 * node examples/tls_echo.ts
 * ```
 *
 * Then, from another terminal:
 *
 * ```sh
 * openssl s_client -connect 127.0.0.1:8443 -CAfile examples/tls/localhost.pem -alpn shout
 * socat - OPENSSL:localhost:8443,cafile=examples/tls/localhost.pem
 * ```
 *
 * `examples/tls/make.sh` makes the certificate; it is for trying out, since everybody knows its key. `--port` is 8443 by default (0 for any
 * free one). Ctrl-C says goodbye to every client, and the program ends with code 130. While a client does not read what is left for it, that
 * takes a second Ctrl-C.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import {
  type Coroutine,
  main,
  OSError,
  startServer,
  type StreamReader,
  type StreamWriter,
  type TlsOptions,
} from "@loop/asyncio";
import { readArguments } from "./command_line/arguments.ts";

const { values } = readArguments("tls_echo.ts [--port PORT]", {
  options: { port: { type: "string", default: "8443" } },
});

const ssl: TlsOptions = {
  cert: readFileSync(new URL("tls/localhost.pem", import.meta.url), "utf8"),
  key: readFileSync(new URL("tls/localhost.key.pem", import.meta.url), "utf8"),
  alpnProtocols: ["echo", "shout"],
};

/** A client's task starts when the handshake is done. Whose handshake fails never gets here. */
function* answer(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  const protocol = writer.getExtraInfo("alpnProtocol") ?? "echo";
  console.log(`A client speaks ${protocol}.`);
  try {
    for (;;) {
      const data = yield* reader.read(65_536);
      if (data.length === 0) break;
      writer.write(protocol === "shout" ? data.map(toUpperCase) : data);
      yield* writer.drain();
    }
  } catch (error) {
    // A client that breaks the connection is no fault of the server.
    if (!(error instanceof OSError)) throw error;
  } finally {
    writer.close();
  }
}

/** Letters of ASCII only: every other byte may be a part of a character. */
function toUpperCase(byte: number): number {
  return byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte;
}

main(function* () {
  const server = yield* startServer(answer, "127.0.0.1", Number(values.port), { ssl });
  console.log(`Listening on 127.0.0.1:${server.port} with TLS, Ctrl-C ends it.`);
  yield* server.serveForever();
});
