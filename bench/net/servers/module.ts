/**
 * The echo server of this module: `module.ts protocol` or `module.ts streams`. Prints its port.
 *
 * @module
 */
import { argv } from "node:process";
import {
  type Coroutine,
  getRunningLoop,
  OSError,
  Protocol,
  run,
  startServer,
  type StreamReader,
  type StreamWriter,
  type Transport,
} from "../../../mod.ts";
import { collectWhenAsked } from "./collect.ts";

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

function* echo(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  try {
    for (;;) {
      const data = yield* reader.read(102_400);
      if (data.length === 0) break;
      writer.write(data);
      yield* writer.drain();
    }
  } catch (error) {
    // The client has reset the connection.
    if (!(error instanceof OSError)) throw error;
  }
  writer.close();
}

collectWhenAsked();
await run(function* () {
  const server = argv[2] === "streams"
    ? yield* startServer(echo, "127.0.0.1", 0)
    : yield* getRunningLoop().createServer(() => new Echo(), "127.0.0.1", 0);
  console.log(server.port);
  yield* server.serveForever();
});
