import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import {
  createTask,
  currentTask,
  getRunningLoop,
  openConnection,
  openUnixConnection,
  OSError,
  RuntimeError,
  SendfileNotAvailableError,
  sleep,
  startServer,
  startUnixServer,
  type StreamReader,
  type StreamWriter,
} from "../../mod.ts";
import { CA, LOCALHOST } from "./certificates.ts";
import { ADAPTERS, bytes, echo, failure, isReal, Pattern, play, settled, text } from "./programs.ts";
import { refusal } from "../net/play_net.ts";

const theLoop = () => getRunningLoop();

/** Whether the tests may read a file: Deno wants all permissions for those of the kernel. */
function mayRead(path: string): boolean {
  try {
    return readFileSync(path).length > 0;
  } catch {
    return false;
  }
}

for (const adapter of ADAPTERS) {
  describe(`Files and sockets by "${adapter.name}"`, () => {
    let folder = "";
    beforeEach(() => {
      // Short, since the path of a Unix socket must be.
      folder = mkdtempSync("/tmp/la-");
    });
    afterEach(() => rmSync(folder, { recursive: true, force: true }));

    it("sendfile() sends a file from its path, a part of it, an open file and a web stream", async () => {
      const pattern = new Pattern(7);
      const content = pattern.make(3_000_000);
      const path = `${folder}/file`;
      writeFileSync(path, content);
      await play(adapter, function* () {
        const received: Uint8Array[] = [];
        const server = yield* startServer(
          function* (reader: StreamReader, writer: StreamWriter) {
            received.push(yield* reader.read());
            writer.close();
          },
          "127.0.0.1",
          0,
        );
        const open = () => {
          let at = 0;
          return {
            read(buffer: Uint8Array) {
              const piece = content.subarray(at, at + Math.min(buffer.length, 10_000));
              buffer.set(piece);
              at += piece.length;
              return Promise.resolve(piece.length === 0 ? null : piece.length);
            },
          };
        };
        const cases = [
          [path, {}, content],
          [new URL(`file://${path}`), { offset: 1_000_000 }, content.subarray(1_000_000)],
          [path, { offset: 5, count: 200_001 }, content.subarray(5, 200_006)],
          [path, { offset: 4_000_000 }, new Uint8Array(0)],
          [open(), { offset: 12_345 }, content.subarray(12_345)],
          [new Blob([content as BlobPart]).stream(), { count: 77_777 }, content.subarray(0, 77_777)],
        ] as const;
        for (const [file, options, expected] of cases) {
          const [reader, writer] = yield* openConnection("127.0.0.1", server.port);
          assertEquals(yield* theLoop().sendfile(writer.transport, file, options), expected.length);
          writer.writeEof();
          yield* reader.read();
          writer.close();
          const got = received.pop()!;
          const [wanted, found] = [new Pattern(), new Pattern()];
          wanted.take(expected);
          found.take(got);
          assertEquals([found.length, found.sum], [wanted.length, wanted.sum]);
        }
        server.close();
        yield* server.waitClosed();
      });
    });

    it("sendfile() reads a file for a connection that speaks TLS", { ignore: !isReal(adapter) }, async () => {
      const content = new Pattern(7).make(1_000_000);
      const path = `${folder}/file`;
      writeFileSync(path, content);
      await play(adapter, function* () {
        const loop = theLoop();
        const server = yield* startServer(
          function* (_reader: StreamReader, writer: StreamWriter) {
            const alone = yield* failure(loop.sendfile(writer.transport, path, { fallback: false }));
            assert(alone instanceof SendfileNotAvailableError, `${alone}`);
            assertEquals(yield* loop.sendfile(writer.transport, path, { offset: 10 }), content.length - 10);
            writer.close();
          },
          "127.0.0.1",
          0,
          { ssl: LOCALHOST },
        );
        const [reader, writer] = yield* openConnection("127.0.0.1", server.port, { ssl: { ca: CA } });
        const [wanted, found] = [new Pattern(), new Pattern()];
        wanted.take(content.subarray(10));
        found.take(yield* reader.read());
        assertEquals([found.length, found.sum], [wanted.length, wanted.sum]);
        writer.close();
        server.close();
        yield* server.waitClosed();
      });
    });

    // Nobody else has that.
    it("sendfile() has the system send a file by itself", { ignore: adapter.name !== "selector" }, async () => {
      const content = new Pattern(3).make(9_000_000);
      writeFileSync(`${folder}/file`, content);
      await play(adapter, function* () {
        const came = new Pattern();
        const server = yield* startServer(
          function* (reader: StreamReader, writer: StreamWriter) {
            // Late, so that the system has no room for it at first.
            yield* sleep(20);
            try {
              for (let data; (data = yield* reader.read(65_536)).length > 0;) came.take(data);
            } catch (error) {
              if (!(error instanceof OSError)) throw error;
            }
            writer.close();
          },
          "127.0.0.1",
          0,
        );
        const [reader, writer] = yield* openConnection("127.0.0.1", server.port);
        const options = { offset: 17, count: 8_000_000, fallback: false };
        writer.write(content.subarray(0, 17));
        assertEquals(yield* theLoop().sendfile(writer.transport, `${folder}/file`, options), 8_000_000);
        writer.writeEof();
        yield* reader.read();
        writer.close();
        const sent = new Pattern();
        sent.take(content.subarray(0, 8_000_017));
        assertEquals([came.length, came.sum], [sent.length, sent.sum]);
        const [other, cut] = yield* openConnection("127.0.0.1", server.port);
        const sending = theLoop().createTask(theLoop().sendfile(cut.transport, `${folder}/file`, { fallback: false }));
        yield* sleep(1);
        cut.transport.abort();
        assert((yield* failure(sending)) instanceof OSError);
        assertEquals((yield* other.read()).length, 0);
        const folders = yield* openConnection("127.0.0.1", server.port);
        const refused = yield* failure(theLoop().sendfile(folders[1].transport, folder, { fallback: false }));
        assert(refused instanceof SendfileNotAvailableError || refused instanceof OSError, `${refused}`);
        assertFalse(`${refused}`.includes("not given by its path"), `${refused}`);
        folders[1].close();
        server.close();
        yield* server.waitClosed();
      });
    });

    it(
      "sendfile() reads a file that the system cannot send by itself, and leaves the connection alone",
      { ignore: !mayRead("/proc/self/status") || !isReal(adapter) },
      async () => {
        await play(adapter, function* () {
          const server = yield* startServer(echo, "127.0.0.1", 0);
          const [reader, writer] = yield* openConnection("127.0.0.1", server.port);
          const path = "/proc/self/status";
          const refused = yield* failure(theLoop().sendfile(writer.transport, path, { fallback: false }));
          assert(refused instanceof SendfileNotAvailableError, `${refused}`);
          const sent = yield* theLoop().sendfile(writer.transport, path);
          assert(text(yield* reader.readexactly(sent)).includes("Name:"));
          for (const offset of [2 ** 53, 2 ** 64]) {
            const far = yield* failure(theLoop().sendfile(writer.transport, path, { offset }));
            assert(far instanceof RangeError, `${far}`);
          }
          writer.close();
          server.close();
          yield* server.waitClosed();
        });
      },
    );

    it("sendfile() does not read what it leaves out, where the file can be sought in", async () => {
      const path = `${folder}/sparse`;
      // As long as nobody could read it in a test, and with nothing on the disk but its end.
      const long = 2 ** 40;
      writeFileSync(path, "");
      truncateSync(path, long);
      await play(adapter, function* () {
        let received = "";
        const server = yield* startServer(
          function* (reader: StreamReader, writer: StreamWriter) {
            received = text(yield* reader.read());
            writer.close();
          },
          "127.0.0.1",
          0,
        );
        const [reader, { transport }] = yield* openConnection("127.0.0.1", server.port);
        assertEquals(yield* theLoop().sendfile(transport, path, { offset: long - 3 }), 3);
        const asked: (string | number)[] = [];
        let left = 2;
        const open = {
          seek: (...where: number[]) => Promise.resolve(asked.push(...where)),
          read: (buffer: Uint8Array) => Promise.resolve(buffer.fill(65, 0, left) && left-- > 0 ? 1 : null),
        };
        assertEquals(yield* theLoop().sendfile(transport, open, { offset: 7 }), 2);
        assertEquals(asked, [7, 1]);
        // What cannot be sought in after all is read.
        left = 5;
        const pipe = { ...open, seek: () => Promise.reject(new Error("ESPIPE")) };
        assertEquals(yield* theLoop().sendfile(transport, pipe, { offset: 2 }), 3);
        transport.writeEof();
        yield* reader.read();
        transport.close();
        server.close();
        yield* server.waitClosed();
        assertEquals(received, "\0\0\0AAAAA");
      });
    });

    it("sendfile() refuses what it cannot do, and goes no further than the connection", async () => {
      writeFileSync(`${folder}/file`, new Uint8Array(20_000_000));
      await play(adapter, function* () {
        const loop = theLoop();
        const server = yield* startServer(
          function* (reader: StreamReader, writer: StreamWriter) {
            yield* reader.read(1);
            writer.transport.abort();
          },
          "127.0.0.1",
          0,
        );
        const [, writer] = yield* openConnection("127.0.0.1", server.port);
        const { transport } = writer;
        yield* refusal(() => loop.sendfile(transport, 5 as unknown as string), TypeError);
        yield* refusal(() => loop.sendfile(transport, "x", { offset: -1 }), RangeError);
        yield* refusal(() => loop.sendfile(transport, "x", { count: 0 }), RangeError);
        const stream = new Blob(["x"]).stream();
        const native = yield* failure(loop.sendfile(transport, stream, { fallback: false }));
        assert(native instanceof SendfileNotAvailableError);
        assertFalse(transport.isClosing());
        const lost = yield* failure(loop.sendfile(transport, `${folder}/file`));
        assert(lost instanceof OSError);
        assert((yield* failure(loop.sendfile(transport, `${folder}/file`))) instanceof RuntimeError);
        server.close();
        yield* server.waitClosed();
      });
    });

    it(
      "a Unix server takes the place of a stale socket, and of no other file",
      { ignore: !isReal(adapter) },
      async () => {
        const path = `${folder}/socket`;
        await play(adapter, function* () {
          const first = yield* startUnixServer(echo, path);
          // The second one takes the file; the first one must leave it alone when it closes.
          const second = yield* startUnixServer(echo, path);
          const [reader, writer] = yield* openUnixConnection(path);
          writer.write(bytes("second"));
          assertEquals(text(yield* reader.readexactly(6)), "second");
          writer.close();
          yield* writer.waitClosed();
          second.close();
          first.close();
          // Its side of the connection may end later than the client's.
          yield* second.waitClosed();
          yield* first.waitClosed();
          assertFalse(existsSync(path));

          writeFileSync(path, "no socket");
          const error = yield* failure(startUnixServer(echo, path));
          assert(error instanceof OSError);
          assertEquals(error.code, "EADDRINUSE");
          assert(existsSync(path));
          const missing = yield* failure(openUnixConnection(`${folder}/nobody`));
          assertEquals((missing as OSError).code, "ENOENT");
        });
      },
    );

    it("sendfile() that is cancelled leaves the next one alone, and tells which file cannot be read", async () => {
      const content = new Pattern(8).make(12_000_000);
      const path = `${folder}/file`;
      writeFileSync(path, content);
      await play(adapter, function* () {
        const server = yield* startServer(
          function* (reader: StreamReader, writer: StreamWriter) {
            yield* reader.read();
            writer.close();
          },
          "127.0.0.1",
          0,
          { limit: 1024, startServing: false },
        );
        const [reader, { transport }] = yield* openConnection("127.0.0.1", server.port);
        const first = createTask(theLoop().sendfile(transport, path));
        // Nobody reads, so it waits for room soon.
        // How much is in the buffer then depends on what the system took last. Where the system sends the file, nothing of it is.
        for (let last = 0, same = 0; same < 20;) {
          const size = transport.getWriteBufferSize();
          same = size === last && (size > 0 || adapter.name === "selector") ? same + 1 : 0;
          last = size;
          yield* sleep(1);
        }
        first.cancel();
        yield* settled(first);
        yield* server.startServing();
        assertEquals(yield* theLoop().sendfile(transport, path, { count: 100_000 }), 100_000);
        const missing = yield* failure(theLoop().sendfile(transport, `${folder}/nothing`));
        assert(missing instanceof OSError);
        assertEquals(missing.code, "ENOENT");
        transport.writeEof();
        yield* reader.read();
        transport.close();
        server.close();
        yield* server.waitClosed();
      });
    });

    it("sendfile() lets nothing else into the middle of its file, and everything afterwards", async () => {
      await play(adapter, function* () {
        const loop = theLoop();
        const server = yield* startServer(echo, "127.0.0.1", 0);
        const [reader, writer] = yield* openConnection("127.0.0.1", server.port);
        const { transport } = writer;
        writer.write(bytes("before "));
        // The rest of the file comes when it is asked for.
        const rest = Promise.withResolvers<void>();
        const pieces = ["a file ", "in pieces"];
        const slow = {
          async read(buffer: Uint8Array) {
            const piece = pieces.shift();
            if (piece === undefined) return null;
            if (pieces.length === 0) await rest.promise;
            return new TextEncoder().encodeInto(piece, buffer).written;
          },
        };
        const sending = createTask(loop.sendfile(transport, slow));
        while (pieces.length > 0) yield* sleep(1);
        const refused: Readonly<Record<string, () => unknown>> = {
          "write()": () => writer.write(bytes("no")),
          "writelines()": () => writer.writelines([bytes("no")]),
          "writeEof()": () => writer.writeEof(),
        };
        for (const [what, act] of Object.entries(refused)) {
          const error = assertThrows(act, RuntimeError);
          assert(error.message.includes("while sendfile() is sending"), `${what}: ${error.message}`);
        }
        for (const wait of [loop.sendfile(transport, slow), writer.startTls({ ca: CA }, { serverHostname: "x" })]) {
          const error = yield* failure(wait);
          assert(error instanceof RuntimeError, String(error));
          assert(error.message.includes("while sendfile() is sending"), error.message);
        }
        rest.resolve();
        assertEquals(yield* sending, 16);
        writer.write(bytes(" after"));
        writer.writeEof();
        assertEquals(text(yield* reader.read()), "before a file in pieces after");
        writer.close();
        server.close();
        yield* server.waitClosed();
      });
    });

    it("sendfile() that fails or is cancelled lets others write and read again", async () => {
      await play(adapter, function* () {
        const loop = theLoop();
        const server = yield* startServer(echo, "127.0.0.1", 0);
        const [reader, writer] = yield* openConnection("127.0.0.1", server.port);
        const missing = yield* failure(loop.sendfile(writer.transport, `${folder}/nothing`));
        assertEquals((missing as OSError).code, "ENOENT");
        const never = createTask(loop.sendfile(writer.transport, { read: () => new Promise(() => {}) }));
        yield* sleep(1);
        never.cancel();
        yield* settled(never);
        writer.write(bytes("hello"));
        assertEquals(text(yield* reader.readexactly(5)), "hello");
        writer.close();
        server.close();
        yield* server.waitClosed();
      });
    });

    it("a client of a Unix server is a task named after the socket", async () => {
      const path = `${folder}/socket`;
      await play(adapter, function* () {
        let name = "";
        const server = yield* startUnixServer(
          function* (_reader: StreamReader, writer: StreamWriter) {
            name = currentTask()!.getName();
            writer.close();
          },
          path,
        );
        const [reader, writer] = yield* openUnixConnection(path);
        yield* reader.read();
        assertEquals(name, `client of ${path}`);
        writer.close();
        server.close();
        yield* server.waitClosed();
      });
    });
  });
}
