/**
 * The echo server of this module: `module.ts protocol`, `module.ts buffered` or `module.ts streams`, on the runtime's sockets or, with a second
 * word `selector`, on those. Prints its port.
 */
import { argv, env } from "node:process";
import {
  BufferedProtocol,
  type Coroutine,
  EventLoop,
  getRunningLoop,
  OSError,
  Protocol,
  run,
  startServer,
  type StreamReader,
  type StreamWriter,
  type Transport,
} from "../../../mod.ts";
import { tellBeside } from "./beside.ts";
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

/** It has one buffer, as the bare server on Deno has, and receives again when everything of it was taken. */
class BufferedEcho extends BufferedProtocol {
  readonly #buffer = new Uint8Array(65_536);
  #transport!: Transport;

  override connectionMade(transport: Transport): void {
    this.#transport = transport;
    transport.setWriteBufferLimits({ high: 0 });
  }

  override getBuffer(): Uint8Array {
    return this.#buffer;
  }

  override bufferUpdated(length: number): void {
    this.#transport.write(this.#buffer.subarray(0, length));
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

if (env["BESIDE"] === undefined) collectWhenAsked();
else tellBeside();
const adapter = argv[3] === "selector"
  ? (await import("../../../src/adapters/selector/mod.ts")).selectorAdapter()
  : undefined;
await run(function* () {
  const server = argv[2] === "streams"
    ? yield* startServer(echo, "127.0.0.1", 0)
    : yield* getRunningLoop().createServer(
      () => argv[2] === "buffered" ? new BufferedEcho() : new Echo(),
      "127.0.0.1",
      0,
    );
  console.log(server.port);
  yield* server.serveForever();
}, { loopFactory: () => new EventLoop({ adapter }) });
