import { assert, assertEquals, assertFalse, assertInstanceOf, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  allTasks,
  CancelledError,
  type Coroutine,
  createTask,
  currentTask,
  type ExceptionContext,
  fromPromise,
  getRunningLoop,
  openConnection,
  OSError,
  sleep,
  startServer,
  type StreamReader,
  type StreamWriter,
  timeout,
  TimeoutError,
} from "../../mod.ts";
import type { FakeNet } from "./fake_net.ts";
import type { FakeStream } from "./fake_stream.ts";
import { bytes, failure, playNet, refusal, settle, text, until } from "./play_net.ts";

interface Ends {
  reader: StreamReader;
  writer: StreamWriter;
  near: FakeStream;
  far: FakeStream;
  serverReader: StreamReader;
  serverWriter: StreamWriter;
}

/** A connection by streams. */
function* connected(net: FakeNet): Coroutine<Ends> {
  let ends: [StreamReader, StreamWriter] | null = null;
  const server = yield* startServer((reader, writer) => void (ends = [reader, writer]), "127.0.0.1", 0);
  const [reader, writer] = yield* openConnection("127.0.0.1", server.port);
  yield* until(() => ends !== null);
  const [serverReader, serverWriter] = ends as unknown as [StreamReader, StreamWriter];
  return { reader, writer, near: net.streams[0]!, far: net.streams[1]!, serverReader, serverWriter };
}

describe("Streams", () => {
  it("echo lines", async () => {
    await playNet(() =>
      function* () {
        const server = yield* startServer(
          function* (reader, writer) {
            for (;;) {
              const line = yield* reader.readline();
              if (line.length === 0) break;
              writer.write(line);
              yield* writer.drain();
            }
            writer.close();
          },
          "127.0.0.1",
          0,
        );
        const [reader, writer] = yield* openConnection("127.0.0.1", server.port);
        writer.writelines([bytes("one\n"), bytes("two\n")]);
        assertEquals(text(yield* reader.readline()), "one\n");
        assertEquals(text(yield* reader.readline()), "two\n");
        writer.writeEof();
        assertEquals((yield* reader.read()).length, 0);
        writer.close();
        yield* writer.waitClosed();
        server.close();
        yield* server.waitClosed();
      }
    );
  });

  it("make every client a task named after its peer, in either world", async () => {
    await playNet(() =>
      function* () {
        const names: unknown[] = [];
        const handlers = [
          // deno-lint-ignore require-yield
          function* (_reader: StreamReader, writer: StreamWriter) {
            names.push(currentTask()?.getName());
            writer.close();
          },
          async (_reader: StreamReader, writer: StreamWriter) => {
            await sleep(0);
            names.push(currentTask()?.getName());
            writer.close();
          },
          (_reader: StreamReader, writer: StreamWriter) => {
            names.push(currentTask()?.getName());
            writer.close();
          },
        ];
        for (const handler of handlers) {
          const server = yield* startServer(handler, "127.0.0.1", 0);
          const [reader, writer] = yield* openConnection("127.0.0.1", server.port);
          const { port } = writer.getExtraInfo("sockname") as { port: number };
          yield* reader.read();
          assertEquals(names.pop(), `client 127.0.0.1:${port}`);
          writer.close();
          server.close();
        }
      }
    );
  });

  it("report what a handler throws, and close its connection", async () => {
    const reports: ExceptionContext[] = [];
    await playNet(() =>
      function* () {
        const handlers = [
          // deno-lint-ignore require-yield
          function* () {
            throw new RangeError("handler");
          },
          // deno-lint-ignore require-await
          async () => {
            throw new RangeError("handler");
          },
          () => {
            throw new RangeError("handler");
          },
        ];
        for (const handler of handlers) {
          const server = yield* startServer(handler, "127.0.0.1", 0);
          const [reader, writer] = yield* openConnection("127.0.0.1", server.port);
          assertEquals((yield* reader.read()).length, 0);
          writer.close();
          server.close();
          yield* server.waitClosed();
        }
      }, reports);
    assertEquals(reports.map(({ message, exception }) => `${message}: ${exception}`), [
      "Unhandled exception in the handler of a client: RangeError: handler",
      "Unhandled exception in the handler of a client: RangeError: handler",
      "Unhandled exception in the handler of a client: RangeError: handler",
    ]);
  });

  it("close the connection of a handler that is cancelled", async () => {
    await playNet(() =>
      function* () {
        const server = yield* startServer(
          function* (reader) {
            yield* reader.read();
          },
          "127.0.0.1",
          0,
        );
        const [reader, writer] = yield* openConnection("127.0.0.1", server.port);
        yield* settle();
        for (const task of allTasks()) if (task.getName().startsWith("client")) task.cancel();
        assertEquals((yield* reader.read()).length, 0);
        writer.close();
      }
    );
  });

  it("lose no byte when a read is cancelled", async () => {
    await playNet((net) =>
      function* () {
        const { reader, far } = yield* connected(net);
        const task = createTask(reader.readexactly(4));
        far.write(bytes("ab"));
        yield* settle();
        task.cancel();
        assert((yield* failure(task)) instanceof CancelledError);
        far.write(bytes("cd"));
        assertEquals(text(yield* reader.readexactly(4)), "abcd");
      }
    );
  });

  it("slow a writer down by drain(), and let it go when it is cancelled", async () => {
    await playNet((net) =>
      function* () {
        const { writer, near, serverReader } = yield* connected(net);
        near.capacity = 1_000;
        yield* writer.drain();
        let written = 0;
        const task = createTask(function* () {
          for (;;) {
            writer.write(new Uint8Array(10_000));
            written += 10_000;
            yield* writer.drain();
          }
        });
        // Nobody reads: the reader's buffer, the transport's and the host's fill, and no more.
        for (let rounds = 0; rounds < 20; rounds++) yield* settle();
        const before = written;
        for (let rounds = 0; rounds < 5; rounds++) yield* settle();
        assertEquals(written, before);
        assert(writer.transport.getWriteBufferSize() <= 75_536);
        task.cancel();
        assert((yield* failure(task)) instanceof CancelledError);
        assertFalse(writer.isClosing());
        writer.close();
        const all = yield* serverReader.read();
        assertEquals(all.length, written);
      }
    );
  });

  it("do not suspend in drain() while there is room", async () => {
    await playNet((net) =>
      function* () {
        const { writer } = yield* connected(net);
        let ran = false;
        getRunningLoop().callSoon(() => ran = true);
        writer.write(bytes("x"));
        yield* writer.drain();
        assertFalse(ran);
      }
    );
  });

  it("let go of several that wait in drain(), in their order", async () => {
    await playNet((net) =>
      function* () {
        const { writer, near } = yield* connected(net);
        near.capacity = 0;
        writer.write(new Uint8Array(70_000));
        const order: string[] = [];
        const waiting = ["a", "b", "c"].map((name) =>
          createTask(function* () {
            yield* writer.drain();
            order.push(name);
          })
        );
        yield* settle();
        assertEquals(order, []);
        waiting[1]!.cancel();
        near.makeRoom();
        yield* until(() => waiting.every((task) => task.done()));
        assertEquals(order, ["a", "c"]);
        assert(waiting[1]!.cancelled());
      }
    );
  });

  it("throw in drain() and waitClosed() what the connection was lost by", async () => {
    await playNet((net) =>
      function* () {
        const { reader, writer, near } = yield* connected(net);
        near.capacity = 0;
        writer.write(new Uint8Array(70_000));
        const draining = createTask(writer.drain());
        const reading = createTask(reader.read());
        const closing = createTask(writer.waitClosed());
        yield* settle();
        const reset = new OSError("reset", { code: "ECONNRESET" });
        near.break(reset);
        for (const task of [draining, reading, closing]) assertEquals(yield* failure(task), reset);
        assertEquals(yield* failure(writer.drain()), reset);
        assertEquals(yield* failure(writer.waitClosed()), reset);
        assertEquals(yield* failure(reader.read(0)), reset);
      }
    );
  });

  it("throw ECONNRESET in drain() after close(), once the loss was told", async () => {
    await playNet((net) =>
      function* () {
        const { writer } = yield* connected(net);
        writer.close();
        const error = yield* failure(writer.drain());
        assertEquals((error as OSError).code, "ECONNRESET");
        yield* writer.waitClosed();
      }
    );
  });

  it("go on from waitClosed() in the iteration after connectionLost()", async () => {
    await playNet((net) =>
      function* () {
        const { writer } = yield* connected(net);
        const log: string[] = [];
        writer.close();
        const loop = getRunningLoop();
        loop.callSoon(() => {
          log.push("lost");
          loop.callSoon(() => log.push("after"));
        });
        yield* writer.waitClosed();
        log.push("closed");
        assertEquals(log, ["lost", "closed"]);
      }
    );
  });

  it("stop the other side while nobody reads, and go on afterwards", async () => {
    await playNet((net) =>
      function* () {
        const { reader, far, near } = yield* connected(net);
        for (let i = 0; i < 30; i++) far.write(new Uint8Array(10_000));
        yield* settle();
        assert(near.calls.includes("pause"));
        assertEquals((yield* reader.readexactly(300_000)).length, 300_000);
        assert(near.calls.includes("resume"));
      }
    );
  });

  it("are web streams as well", async () => {
    await playNet((net) =>
      function* () {
        const { reader, writer, near, serverReader, serverWriter } = yield* connected(net);
        near.capacity = 1_000;
        const source = new ReadableStream<Uint8Array>({
          start(controller) {
            for (let i = 0; i < 20; i++) controller.enqueue(new Uint8Array(10_000));
            controller.close();
          },
        });
        const piping = source.pipeTo(writer.writable);
        assertEquals((yield* serverReader.read()).length, 200_000);
        yield* fromPromise(piping);
        serverWriter.write(bytes("through "));
        serverWriter.write(bytes("the web"));
        serverWriter.close();
        assertEquals(yield* fromPromise(new Response(reader.readable).text()), "through the web");
        writer.close();
      }
    );
  });

  it("fail what is piped into them once the connection is lost", async () => {
    await playNet((net) =>
      function* () {
        const { writer, near } = yield* connected(net);
        near.break(new OSError("It is gone.", { code: "ECONNRESET" }));
        yield* settle();
        const endless = new ReadableStream<Uint8Array>({ pull: (controller) => controller.enqueue(bytes("x")) });
        const error = yield* failure(fromPromise(endless.pipeTo(writer.writable)));
        assertEquals((error as OSError).code, "ECONNRESET");
      }
    );
  });

  it("that close at the end of a block let go when their task is cancelled, and once more", async () => {
    await playNet((net) =>
      function* () {
        const { writer, near } = yield* connected(net);
        near.capacity = 0;
        let inBlock = false;
        const block = createTask(async () => {
          await using stuck = writer;
          stuck.write(bytes("nobody reads this"));
          inBlock = true;
          await sleep(60_000);
        });
        yield* until(() => inBlock);
        block.cancel();
        yield* until(() => writer.isClosing());
        assertFalse(block.done());
        block.cancel();
        yield* until(() => block.done());
        assert(block.cancelled());
        writer.transport.abort();
      }
    );
  });

  it("that close at the end of a block end a timeout by its own error, when it comes while they close", async () => {
    await playNet((net) =>
      function* () {
        const { writer, near } = yield* connected(net);
        near.capacity = 0;
        const error = yield* failure(timeout(50, async () => {
          await using stuck = writer;
          stuck.write(bytes("nobody reads this"));
          throw new Error("the block failed");
        }));
        assertInstanceOf(error, TimeoutError);
        writer.transport.abort();
      }
    );
  });

  it("close at the end of a block", async () => {
    await playNet((net) => async () => {
      const server = await startServer(() => {}, "127.0.0.1", 0);
      {
        const [, writer] = await openConnection("127.0.0.1", server.port);
        await using _writer = writer;
      }
      assert(net.streams[0]!.isClosed);
    });
  });

  it("refuse wrong arguments when they are awaited", async () => {
    await playNet((net) =>
      function* () {
        const { writer, serverReader } = yield* connected(net);
        const untyped = writer as unknown as { write(data: unknown): void; startTls(...args: unknown[]): unknown };
        assertThrows(() => untyped.write("text"), TypeError);
        yield* refusal(() => untyped.startTls("x"), TypeError);
        yield* refusal(() => untyped.startTls(true), RangeError);
        yield* refusal(() => untyped.startTls({}, { serverHostname: "x", sslHandshakeTimeout: -1 }), RangeError);
        yield* refusal(() => openConnection("localhost", -1), RangeError);
        yield* refusal(() => openConnection("localhost", 80, { serverHostname: "x" }), RangeError);
        yield* refusal(() => startServer(5 as unknown as () => void, "localhost", 80), TypeError);
        yield* refusal(() => untyped.startTls({}, { serverHostname: 5 }), TypeError);
        yield* refusal(() => openConnection("127.0.0.1", 1, { limit: 0 }), RangeError);
        yield* refusal(() => startServer(() => {}, "127.0.0.1", 0, { limit: -5 }), RangeError);
        writer.write(bytes("alive"));
        writer.writeEof();
        assertEquals(text(yield* serverReader.read()), "alive");
      }
    );
  });
});
