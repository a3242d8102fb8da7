/**
 * An echo server, written twice: with streams, and with a protocol.
 *
 * ```sh
 * deno run --allow-net examples/echo_server.ts --port 8001
 * bun run examples/echo_server.ts --port 8001 --api protocol
 * node examples/echo_server.ts
 * ```
 *
 * Then, from another terminal:
 *
 * ```sh
 * echo hello | socat - TCP:127.0.0.1:8001
 * head -c 64M /dev/urandom > /tmp/sent && socat -t 10 - TCP:127.0.0.1:8001 < /tmp/sent | cmp - /tmp/sent
 * ```
 *
 * `--port` is 8001 by default (0 for any free one), `--api` is `streams` or `protocol`. Ctrl-C closes the server and its connections, and
 * the program ends with code 130. While a client does not read what is left for it, that takes a second Ctrl-C.
 *
 * @module
 */
import {
  type Coroutine,
  getRunningLoop,
  main,
  OSError,
  Protocol,
  type Server,
  startServer,
  type StreamReader,
  type StreamWriter,
  type Transport,
} from "@loop/asyncio";
import { readArguments, refuse } from "./command_line/arguments.ts";

/** With streams, a client is a task that reads and writes. `drain` waits while the client does not read. */
function* echo(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  try {
    for (;;) {
      const data = yield* reader.read(65_536);
      if (data.length === 0) break;
      writer.write(data);
      yield* writer.drain();
    }
  } catch (error) {
    // A client that breaks the connection is no fault of the server.
    if (!(error instanceof OSError)) throw error;
  } finally {
    writer.close();
  }
}

/** With a protocol, a client is an object that is told what happens. While the client does not read, it is not read from either. */
class Echo extends Protocol {
  #transport!: Transport;

  override connectionMade(transport: Transport): void {
    this.#transport = transport;
  }

  override dataReceived(data: Uint8Array): void {
    this.#transport.write(data);
  }

  override pauseWriting(): void {
    this.#transport.pauseReading();
  }

  override resumeWriting(): void {
    this.#transport.resumeReading();
  }
}

const USAGE = "echo_server.ts [--port PORT] [--api streams|protocol]";
const { values } = readArguments(USAGE, {
  options: { port: { type: "string", default: "8001" }, api: { type: "string", default: "streams" } },
});
const port = Number(values.port);

function* listen(): Coroutine<Server> {
  switch (values.api) {
    case "streams":
      return yield* startServer(echo, "127.0.0.1", port);
    case "protocol":
      return yield* getRunningLoop().createServer(() => new Echo(), "127.0.0.1", port);
    default:
      return refuse(USAGE, `There is no --api ${values.api}.`);
  }
}

main(function* () {
  const server = yield* listen();
  console.log(`Listening on 127.0.0.1:${server.port}, Ctrl-C ends it.`);
  yield* server.serveForever();
});
