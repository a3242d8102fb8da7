import { assert, assertEquals, assertInstanceOf, assertLess } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import process from "node:process";
import {
  createTask,
  type ExceptionContext,
  getRunningLoop,
  openConnection,
  openUnixConnection,
  OSError,
  Protocol,
  sleep,
  startServer,
  startUnixServer,
  type StreamReader,
  type StreamWriter,
  timeout,
  type Transport,
} from "../../mod.ts";
import { openSockets } from "../open_sockets.ts";
import { eventually } from "../within.ts";
import { ADAPTERS, bytes, closeBoth, echo, failure, Pattern, play, text, until } from "./programs.ts";

const MiB = 1024 * 1024;

for (const adapter of ADAPTERS) {
  describe(`Streams on real sockets by "${adapter.name}"`, () => {
    it("serve on at once after clients that were gone before they were accepted, and report nothing", async () => {
      const reports: ExceptionContext[] = [];
      await play(adapter, function* () {
        const server = yield* startServer(echo, "127.0.0.1", 0);
        // While this program is blocked nobody accepts.
        const clients = `import("node:net").then(({ connect }) => {
          for (let i = 0; i < 50; i++) {
            const socket = connect(${server.port}, "127.0.0.1", () => socket.resetAndDestroy());
          }
        })`;
        spawnSync(process.execPath, ["Deno" in globalThis ? "eval" : "-e", clients]);
        const [reader, writer] = yield* openConnection("127.0.0.1", server.port);
        writer.write(bytes("alive"));
        writer.writeEof();
        assertEquals(text(yield* reader.read()), "alive");
        writer.close();
        server.close();
        yield* server.waitClosed();
      }, reports);
      // The handlers of those that were accepted are told of the reset, which is theirs to handle.
      assertEquals(reports.filter(({ message }) => message?.startsWith("Cannot accept")), []);
    });

    it("carry 64 MiB each way at once, unharmed", async () => {
      await play(adapter, function* () {
        const sent = new Pattern(1);
        const received = new Pattern();
        const server = yield* startServer(echo, "127.0.0.1", 0);
        const [reader, writer] = yield* openConnection("127.0.0.1", server.port);
        const reading = createTask(function* () {
          for (;;) {
            const data = yield* reader.read(256 * 1024);
            if (data.length === 0) return;
            received.take(data);
          }
        });
        let size = 1;
        while (sent.length < 64 * MiB) {
          size = size * 7 % 200_003;
          writer.write(sent.make(Math.min(size, 64 * MiB - sent.length)));
          yield* writer.drain();
        }
        writer.writeEof();
        yield* reading;
        assertEquals([received.length, received.sum], [sent.length, sent.sum]);
        yield* closeBoth(writer, server);
      });
    });

    it("carry one byte at a time", async () => {
      await play(adapter, function* () {
        const server = yield* startServer(echo, "127.0.0.1", 0);
        const [reader, writer] = yield* openConnection("127.0.0.1", server.port);
        for (let i = 0; i < 300; i++) {
          writer.write(new Uint8Array([i % 256]));
          assertEquals((yield* reader.readexactly(1))[0], i % 256);
        }
        writer.close();
        yield* writer.waitClosed();
        server.close();
      });
    });

    it("end one side and go on with the other, either way", async () => {
      await play(adapter, function* () {
        const server = yield* startServer(
          function* (reader, writer) {
            writer.write(bytes("from the server"));
            writer.writeEof();
            const rest = yield* reader.read();
            assertEquals(text(rest), "from the client");
            writer.close();
          },
          "127.0.0.1",
          0,
        );
        const [reader, writer] = yield* openConnection("127.0.0.1", server.port);
        assertEquals(text(yield* reader.read()), "from the server");
        assert(reader.atEof());
        yield* sleep(5);
        writer.write(bytes("from the client"));
        writer.writeEof();
        yield* closeBoth(writer, server);
      });
    });

    it("deliver everything that was written before close()", async () => {
      await play(adapter, function* () {
        const sent = new Pattern(3);
        const server = yield* startServer(
          function* (_reader, writer) {
            writer.write(sent.make(8 * MiB));
            writer.close();
            yield* writer.waitClosed();
          },
          "127.0.0.1",
          0,
        );
        const [reader, writer] = yield* openConnection("127.0.0.1", server.port);
        const received = new Pattern();
        yield* sleep(20);
        received.take(yield* reader.read());
        assertEquals([received.length, received.sum], [sent.length, sent.sum]);
        writer.close();
        server.close();
      });
    });

    it("hold no more than the high-water mark and a write for a peer that never reads", async () => {
      await play(adapter, function* () {
        let done = false;
        const server = yield* startServer(
          function* (_reader, writer) {
            writer.transport.pauseReading();
            while (!done) yield* sleep(5);
            writer.transport.abort();
          },
          "127.0.0.1",
          0,
        );
        const [, writer] = yield* openConnection("127.0.0.1", server.port);
        let most = 0;
        let written = 0;
        const error = yield* failure(timeout(300, function* () {
          for (;;) {
            writer.write(new Uint8Array(10_000));
            written += 10_000;
            most = Math.max(most, writer.transport.getWriteBufferSize());
            yield* writer.drain();
          }
        }));
        assertEquals((error as Error).name, "TimeoutError");
        assertLess(most, 64 * 1024 + 10_001);
        assertLess(written, 64 * MiB);
        // Cancelling drain() did not harm the connection.
        assert(!writer.isClosing());
        done = true;
        writer.transport.abort();
        server.close();
        yield* server.waitClosed();
      });
    });

    it("stop a fast writer while nobody reads, and lose nothing", async () => {
      await play(adapter, function* () {
        const sent = new Pattern(4);
        const server = yield* startServer(
          function* (_reader, writer) {
            for (let i = 0; i < 200; i++) {
              writer.write(sent.make(50_000));
              yield* writer.drain();
            }
            writer.close();
          },
          "127.0.0.1",
          0,
        );
        const [reader, writer] = yield* openConnection("127.0.0.1", server.port, { limit: 1_000 });
        yield* sleep(50);
        const received = new Pattern();
        received.take(yield* reader.readexactly(1_000_000));
        received.take(yield* reader.read());
        assertEquals([received.length, received.sum], [sent.length, sent.sum]);
        writer.close();
        server.close();
      });
    });

    it("lose no byte and no connection when reads are cancelled", async () => {
      await play(adapter, function* () {
        const server = yield* startServer(echo, "127.0.0.1", 0);
        const [reader, writer] = yield* openConnection("127.0.0.1", server.port);
        let got = "";
        let expected = "";
        for (let i = 0; i < 50; i++) {
          const reading = createTask(reader.read(10));
          writer.write(bytes(`${i},`));
          expected += `${i},`;
          // At another moment each time: before the answer, when it has come, and after it was read.
          for (let ticks = i % 5; ticks > 0; ticks--) yield* sleep(0);
          if (i % 7 === 3) yield* sleep(2);
          if (!reading.cancel() || !reading.done()) {
            try {
              got += text(yield* reading);
            } catch {
              // Cancelled: what has come is still in the reader.
            }
          } else got += text(reading.result());
        }
        writer.writeEof();
        got += text(yield* reader.read());
        assertEquals(got, expected);
        writer.close();
        yield* writer.waitClosed();
        server.close();
      });
    });

    it("tell a connection that is refused, and a name that does not resolve", async () => {
      await play(adapter, function* () {
        const server = yield* startServer(echo, "127.0.0.1", 0);
        const { port } = server;
        server.close();
        yield* server.waitClosed();
        // The system may let the port go a moment later.
        yield* sleep(5);
        const refused = yield* failure(openConnection("127.0.0.1", port));
        assert(refused instanceof OSError);
        assertEquals(refused.code, "ECONNREFUSED");
        const unknown = yield* failure(openConnection("no-such-host.invalid", 80));
        assert(unknown instanceof OSError);
        assertEquals(unknown.code, "ENOTFOUND");
      });
    });

    it("tell a port that is in use, and go on with the one that has it", async () => {
      await play(adapter, function* () {
        const server = yield* startServer(echo, "127.0.0.1", 0);
        const error = yield* failure(startServer(echo, "127.0.0.1", server.port));
        assert(error instanceof OSError);
        assertEquals(error.code, "EADDRINUSE");
        const [reader, writer] = yield* openConnection("127.0.0.1", server.port);
        writer.write(bytes("x"));
        assertEquals(text(yield* reader.read(1)), "x");
        writer.close();
        server.close();
      });
    });

    it("let a connect be cancelled at any moment, and leave nothing open", async () => {
      const before = openSockets();
      await play(adapter, function* () {
        let clients = 0;
        const server = yield* startServer(
          function* (reader, writer) {
            clients++;
            try {
              yield* reader.read();
            } catch (error) {
              // Whether a client that is not wanted any more ends its connection or cuts it depends on the moment.
              assertInstanceOf(error, OSError);
            } finally {
              writer.close();
              clients--;
            }
          },
          "127.0.0.1",
          0,
        );
        for (let ticks = 0; ticks < 12; ticks++) {
          const task = createTask(openConnection("127.0.0.1", server.port));
          for (let i = 0; i < ticks; i++) yield* sleep(0);
          if (ticks % 3 === 2) yield* sleep(1);
          task.cancel();
          try {
            (yield* task)[1].close();
          } catch {
            assert(task.cancelled());
          }
        }
        server.close();
        // It ends only if every connection did.
        yield* server.waitClosed();
        yield* until(() => clients === 0, "the end of every handler");
      });
      // A connection that was in the system's queue comes out of it a moment later, to be closed by the adapter.
      await eventually(() => openSockets() <= before, "as few open sockets as before");
    });

    it("close the clients of a server that serves forever when it is cancelled", async () => {
      await play(adapter, function* () {
        const server = yield* startServer(echo, "127.0.0.1", 0);
        const serving = createTask(server.serveForever());
        const [reader, writer] = yield* openConnection("127.0.0.1", server.port);
        writer.write(bytes("x"));
        yield* reader.read(1);
        serving.cancel();
        yield* failure(serving);
        assertEquals((yield* reader.read()).length, 0);
        writer.close();
        yield* writer.waitClosed();
        yield* server.waitClosed();
      });
    });

    it("serve many clients at once", async () => {
      await play(adapter, function* () {
        const server = yield* startServer(echo, "127.0.0.1", 0, { backlog: 1_024 });
        const tasks = Array.from({ length: 1_000 }, (_, i) =>
          createTask(function* () {
            const [reader, writer] = yield* openConnection("127.0.0.1", server.port);
            writer.write(bytes(`client ${i}\n`));
            const line = yield* reader.readline();
            writer.close();
            yield* writer.waitClosed();
            return text(line);
          }));
        for (const [i, task] of tasks.entries()) assertEquals(yield* task, `client ${i}\n`);
        server.close();
        yield* server.waitClosed();
      });
    });

    it("are told a reset by the peer", async () => {
      await play(adapter, function* () {
        const server = yield* startServer(
          function* (reader, writer) {
            yield* reader.read(1);
            writer.transport.abort();
          },
          "127.0.0.1",
          0,
        );
        const [reader, writer] = yield* openConnection("127.0.0.1", server.port);
        writer.write(bytes("xyz"));
        try {
          // Some runtimes cannot send a reset: the connection ends then.
          assertEquals((yield* reader.read()).length, 0);
        } catch (error) {
          assertEquals((error as OSError).code, "ECONNRESET");
        }
        writer.close();
        server.close();
        yield* server.waitClosed();
      });
    });

    it("work over Unix sockets, and remove their file", async () => {
      const folder = mkdtempSync("/tmp/la-");
      const path = `${folder}/socket`;
      await play(adapter, function* () {
        const server = yield* startUnixServer(echo, path);
        const [reader, writer] = yield* openUnixConnection(path);
        writer.write(bytes("by a path"));
        writer.writeEof();
        assertEquals(text(yield* reader.read()), "by a path");
        yield* closeBoth(writer, server);
        assertEquals(existsSync(path), false);
      });
      rmSync(folder, { recursive: true });
    });

    it("are closed with the loop", async () => {
      let writer: StreamWriter | undefined;
      await play(adapter, function* () {
        const server = yield* startServer(echo, "127.0.0.1", 0);
        const opened: [StreamReader, StreamWriter] = yield* openConnection("127.0.0.1", server.port);
        writer = opened[1];
      });
      assert(writer!.isClosing());
      // The host's events of what was closed come now; nothing may be left over.
      await new Promise((resolve) => setTimeout(resolve, 20));
    });
  });

  describe(`Protocols on real sockets by "${adapter.name}"`, () => {
    it("carry 64 MiB each way at once, unharmed", async () => {
      await play(adapter, async () => {
        const loop = getRunningLoop();
        class Echo extends Protocol {
          transport!: Transport;
          override connectionMade(transport: Transport) {
            this.transport = transport;
          }
          override dataReceived(data: Uint8Array) {
            this.transport.write(data);
          }
          override pauseWriting() {
            this.transport.pauseReading();
          }
          override resumeWriting() {
            this.transport.resumeReading();
          }
        }
        const sent = new Pattern(2);
        const received = new Pattern();
        const over = loop.createFuture<Error | null>();
        class Client extends Protocol {
          transport!: Transport;
          paused = false;
          override connectionMade(transport: Transport) {
            this.transport = transport;
            this.send();
          }
          send() {
            while (!this.paused && sent.length < 64 * MiB) this.transport.write(sent.make(128 * 1024));
            if (sent.length === 64 * MiB) this.transport.writeEof();
          }
          override pauseWriting() {
            this.paused = true;
          }
          override resumeWriting() {
            this.paused = false;
            this.send();
          }
          override dataReceived(data: Uint8Array) {
            received.take(data);
          }
          override connectionLost(error: Error | null) {
            over.setResult(error);
          }
        }
        const server = await loop.createServer(() => new Echo(), "127.0.0.1", 0);
        await loop.createConnection(() => new Client(), "127.0.0.1", server.port);
        assertEquals(await over, null);
        assertEquals([received.length, received.sum], [sent.length, sent.sum]);
        server.close();
        await server.waitClosed();
      });
    });
  });
}
