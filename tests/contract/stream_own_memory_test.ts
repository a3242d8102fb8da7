import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  BufferedProtocol,
  type ExceptionContext,
  type Future,
  getRunningLoop,
  openConnection,
  Protocol,
  RuntimeError,
  type StreamProtocol,
  type Transport,
} from "../../mod.ts";
import { CA, LOCALHOST } from "./certificates.ts";
import { ADAPTERS, bytes, closeBoth, Pattern, play } from "./programs.ts";

/** Receives into one array, of which it tells each part before it lends it again. */
class Receiver extends BufferedProtocol {
  readonly buffer: Uint8Array;
  readonly came = new Pattern();
  readonly over: Future<Error | null> = getRunningLoop().createFuture();
  transport!: Transport;
  wanted = Infinity;
  reached: Future<void> = getRunningLoop().createFuture();
  lent = false;

  constructor(size: number) {
    super();
    this.buffer = new Uint8Array(size);
  }
  override connectionMade(transport: Transport) {
    this.transport = transport;
  }
  override getBuffer(): Uint8Array {
    assert(!this.lent, "getBuffer() was called twice with no bufferUpdated() in between.");
    this.lent = true;
    return this.buffer;
  }
  override bufferUpdated(length: number) {
    this.lent = false;
    assert(this.transport.isReading(), "bufferUpdated() was called while reading was paused.");
    this.came.take(this.buffer.subarray(0, length));
    if (this.came.length >= this.wanted && !this.reached.done()) this.reached.setResult();
  }
  override eofReceived() {
    // The memory that was lent for what did not come.
    this.lent = false;
  }
  override connectionLost(error: Error | null) {
    this.over.setResult(error);
  }
}

/** A server with one protocol, and a client. */
function* connected<P extends StreamProtocol>(make: () => P) {
  const loop = getRunningLoop();
  const made = loop.createFuture<P>();
  const factory = (): P => {
    const protocol = make();
    made.setResult(protocol);
    return protocol;
  };
  const server = yield* loop.createServer(factory, "127.0.0.1", 0);
  const [reader, writer] = yield* openConnection("127.0.0.1", server.port);
  writer.write(bytes("?"));
  return { server, reader, writer, protocol: yield* made };
}

for (const adapter of ADAPTERS) {
  describe(`A BufferedProtocol by "${adapter.name}"`, () => {
    for (const size of [1, 1_000, 65_536, 1 << 20]) {
      it(`receives everything by ${size} bytes of memory, and the end`, async () => {
        await play(adapter, function* () {
          const { server, writer, protocol } = yield* connected(() => new Receiver(size));
          const sent = new Pattern(7);
          sent.take(bytes("?"));
          for (let i = 0; i < 50; i++) {
            writer.write(sent.make(size === 1 ? 20 : 100_003));
            yield* writer.drain();
          }
          writer.writeEof();
          assertEquals(yield* protocol.over, null);
          assertEquals([protocol.came.length, protocol.came.sum], [sent.length, sent.sum]);
          yield* closeBoth(writer, server);
        });
      });
    }

    it("is told nothing while it has paused, and everything afterwards", async () => {
      await play(adapter, function* () {
        const loop = getRunningLoop();
        const { server, writer, protocol } = yield* connected(() => new Receiver(4_096));
        const sent = new Pattern(3);
        sent.take(bytes("?"));
        for (let i = 0; i < 20; i++) {
          protocol.wanted = sent.length;
          if (protocol.came.length < sent.length) yield* protocol.reached;
          protocol.reached = loop.createFuture();
          protocol.transport.pauseReading();
          writer.write(sent.make(3_000));
          yield* writer.drain();
          const before = protocol.came.length;
          const looked = loop.createFuture<void>();
          loop.callLater(2, () => looked.setResult());
          yield* looked;
          assertEquals(protocol.came.length, before);
          protocol.transport.resumeReading();
        }
        writer.close();
        assertEquals(yield* protocol.over, null);
        assertEquals([protocol.came.length, protocol.came.sum], [sent.length, sent.sum]);
        server.close();
      });
    });

    it("takes turns with a Protocol on its connection, and no byte is lost", async () => {
      await play(adapter, function* () {
        const came = new Pattern();
        const over = getRunningLoop().createFuture<void>();
        let transport: Transport;
        let turns = 0;
        const next = () => transport.setProtocol(turns++ % 3 === 0 ? new Plain() : new Buffered());
        class Plain extends Protocol {
          override dataReceived(data: Uint8Array) {
            came.take(data);
            next();
          }
          override connectionLost() {
            over.setResult();
          }
        }
        class Buffered extends BufferedProtocol {
          readonly #buffer = new Uint8Array(1 + turns % 5_000);
          override connectionMade(made: Transport) {
            transport = made;
          }
          override getBuffer() {
            return this.#buffer;
          }
          override bufferUpdated(length: number) {
            came.take(this.#buffer.subarray(0, length));
            next();
          }
          override connectionLost() {
            over.setResult();
          }
        }
        const { server, writer } = yield* connected(() => new Buffered());
        const sent = new Pattern(11);
        sent.take(bytes("?"));
        for (let i = 0; i < 200; i++) {
          writer.write(sent.make(2_000));
          yield* writer.drain();
        }
        writer.close();
        yield* over;
        assertEquals([came.length, came.sum], [sent.length, sent.sum]);
        server.close();
      });
    });

    it("goes on over TLS, though it has lent its memory to what is below", async () => {
      await play(adapter, function* () {
        const loop = getRunningLoop();
        const { server, writer, protocol } = yield* connected(() => new Receiver(512));
        protocol.wanted = 1;
        if (protocol.came.length < 1) yield* protocol.reached;
        protocol.lent = false;
        const securing = loop.createTask(function* () {
          protocol.transport = yield* loop.startTls(protocol.transport, protocol, LOCALHOST, { serverSide: true });
        });
        yield* writer.startTls({ ca: CA }, { serverHostname: "localhost" });
        yield* securing;
        protocol.lent = false;
        writer.write(bytes("secret"));
        writer.close();
        assertEquals(yield* protocol.over, null);
        assertEquals(protocol.came.length, 7);
        server.close();
      });
    });

    it("loses its connection, and is told why, if it has no memory to lend", async () => {
      for (const buffer of [new Uint8Array(0), null]) {
        const reports: ExceptionContext[] = [];
        await play(adapter, function* () {
          class Poor extends Receiver {
            override getBuffer() {
              return buffer as Uint8Array;
            }
          }
          const { server, writer, protocol } = yield* connected(() => new Poor(1));
          const error = yield* protocol.over;
          assert(error instanceof RuntimeError, `${error}`);
          yield* closeBoth(writer, server);
        }, reports);
        assertEquals(reports.map(({ message }) => message), ["Fatal error: protocol.getBuffer() call failed."]);
      }
    });
  });
}
