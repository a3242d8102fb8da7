import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { afterEach, describe, it } from "@std/testing/bdd";
import { spawnSync } from "node:child_process";
import { closeSync, constants, openSync, readSync } from "node:fs";
import { platform } from "node:os";
import { join } from "node:path";
import {
  type Coroutine,
  type Future,
  getRunningLoop,
  NotSupportedError,
  OSError,
  Protocol,
  RuntimeError,
  sleep,
  type Transport,
} from "../../mod.ts";
import { closeAll, folder } from "./connections.ts";
import { bytes, failure, Pattern, play, REAL_ADAPTERS, text } from "./programs.ts";

class End extends Protocol {
  readonly came = new Pattern();
  readonly over: Future<Error | null> = getRunningLoop().createFuture();
  transport!: Transport;
  heard = "";
  wanted: Future<void> | null = null;
  override connectionMade(transport: Transport) {
    this.transport = transport;
  }
  override dataReceived(data: Uint8Array) {
    this.came.take(data);
    if (this.heard.length < 1_000) this.heard += text(data);
    if (this.wanted?.done() === false) this.wanted.setResult();
  }
  override connectionLost(error: Error | null) {
    this.over.setResult(error);
  }
}

/** The two ends of a new FIFO, each opened for its own direction. */
function fifo(): [read: number, write: number] {
  const path = join(folder(), "fifo");
  spawnSync("mkfifo", [path]);
  const read = open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return [read, open(path, constants.O_WRONLY | constants.O_NONBLOCK)];
}

/** Opens a file. Deno takes over no descriptor that it has opened by itself, so there the C library does. */
function open(path: string, flags: number): number {
  if (!("Deno" in globalThis)) return openSync(path, flags);
  const library = Deno.dlopen("libc.so.6", { open: { parameters: ["buffer", "i32"], result: "i32" } });
  const fd = library.symbols.open(new TextEncoder().encode(`${path}\0`), flags);
  library.close();
  return fd;
}

function* both(ends: readonly [number, number]): Coroutine<[End, End]> {
  const loop = getRunningLoop();
  const [, reader] = yield* loop.connectReadPipe(() => new End(), ends[0]);
  const [, writer] = yield* loop.connectWritePipe(() => new End(), ends[1]);
  return [reader, writer];
}

for (const adapter of REAL_ADAPTERS) {
  // Bun's own sockets take no pipe, and those of its node:net do not either.
  if ("Bun" in globalThis && adapter.name !== "selector") continue;
  describe(`Pipes by "${adapter.name}"`, { ignore: platform() === "win32" }, () => {
    afterEach(closeAll);

    it("carry everything one way, and the end", async () => {
      await play(adapter, function* () {
        const [reader, writer] = yield* both(fifo());
        const sent = new Pattern(5);
        for (let i = 0; i < 40; i++) writer.transport.write(sent.make(50_000));
        writer.transport.writeEof();
        assertEquals(yield* writer.over, null);
        assertEquals(yield* reader.over, null);
        assertEquals([reader.came.length, reader.came.sum], [sent.length, sent.sum]);
        assert(!reader.transport.canWriteEof() && writer.transport.canWriteEof());
        assertStringIncludes(`${reader.transport}`, "<ReadPipeTransport closed");
      });
    });

    it("carry what is written together, however little of it the other end takes", async () => {
      await play(adapter, function* () {
        const [reader, writer] = yield* both(fifo());
        const sent = new Pattern(5);
        for (let i = 0; i < 12; i++) {
          const list = Array.from({ length: 50 }, (_, j) => sent.make(j % 3 === 0 ? 21_001 : j));
          writer.transport.writelines(list);
          if (i % 3 === 0) yield* sleep(0);
        }
        writer.transport.writeEof();
        assertEquals(yield* writer.over, null);
        assertEquals(yield* reader.over, null);
        assertEquals([reader.came.length, reader.came.sum], [sent.length, sent.sum]);
      });
    });

    it("cannot be written to where they are read from", async () => {
      await play(adapter, function* () {
        const [reader, writer] = yield* both(fifo());
        assertThrows(() => reader.transport.write(bytes("x")), NotSupportedError, "connectWritePipe()");
        reader.transport.close();
        writer.transport.close();
        yield* reader.over;
        yield* writer.over;
      });
    });

    it("take files at the end that is written to alone, and no TLS, which both survive", async () => {
      await play(adapter, function* () {
        const [reader, writer] = yield* both(fifo());
        const loop = getRunningLoop();
        const file = new URL(import.meta.url);
        const wrong = yield* failure(loop.sendfile(reader.transport, file));
        assert(wrong instanceof RuntimeError && wrong.message.includes("the end to read from"), `${wrong}`);
        for (const { transport } of [reader, writer]) {
          const error = yield* failure(loop.startTls(transport, new Protocol(), true, { serverHostname: "localhost" }));
          assert(error instanceof TypeError && error.message.includes("it goes one way"), `${error}`);
        }
        const sent = yield* loop.sendfile(writer.transport, file);
        writer.transport.close();
        assertEquals([yield* writer.over, yield* reader.over, reader.came.length], [null, null, sent]);
      });
    });

    it("are refused if they are regular files, closed, or none", async () => {
      await play(adapter, function* () {
        const loop = getRunningLoop();
        const file = openSync(new URL(import.meta.url), "r");
        const error = yield* failure(loop.connectReadPipe(() => new End(), file));
        assert(error instanceof RangeError && error.message.includes("regular file"), `${error}`);
        closeSync(file);
        const closed = yield* failure(loop.connectWritePipe(() => new End(), 987_654));
        assert(closed instanceof OSError && closed.code === "EBADF", `${closed}`);
        const wrong = yield* failure(loop.connectReadPipe(() => new End(), "1" as unknown as number));
        assert(wrong instanceof TypeError, `${wrong}`);
      });
    });

    it("are taken over once, and are left to the one that has them", async () => {
      await play(adapter, function* () {
        const ends = fifo();
        const [reader, writer] = yield* both(ends);
        const loop = getRunningLoop();
        for (const fd of ends) {
          for (const where of ["connectReadPipe", "connectWritePipe", "connectAcceptedSocket"] as const) {
            const again = yield* failure(loop[where](() => new End(), fd));
            assert(
              again instanceof RuntimeError && again.message.includes(`${fd}: it belongs to`),
              `${where}: ${again}`,
            );
          }
        }
        writer.transport.write(bytes("still here"));
        writer.transport.close();
        assertEquals([yield* writer.over, yield* reader.over, reader.heard], [null, null, "still here"]);
      });
    });

    it(
      "are taken to write to if they are devices that are always ready",
      { ignore: adapter.name !== "selector" },
      async () => {
        await play(adapter, function* () {
          const loop = getRunningLoop();
          const [transport, end] = yield* loop.connectWritePipe(() => new End(), open("/dev/null", constants.O_WRONLY));
          transport.write(new Uint8Array(1_000_000));
          assertEquals(transport.getWriteBufferSize(), 0);
          yield* sleep(0);
          assert(!end.over.done());
          transport.close();
          assertEquals(yield* end.over, null);
          // Nothing says when there is something to read, and a file says so at any time.
          for (
            const [path, what] of [["/dev/null", "device"], [
              new URL(import.meta.url),
              "regular file or a folder,",
            ]] as const
          ) {
            const fd = openSync(path, "r");
            const connect = what === "device" ? "connectReadPipe" : "connectWritePipe";
            const error = yield* failure(loop[connect](() => new End(), fd));
            assert(error instanceof RangeError && error.message.includes(what), `${error}`);
            closeSync(fd);
          }
        });
      },
    );

    // The runtime's own sockets take none of Deno's descriptors.
    const isOurs = adapter.name === "selector" || !("Deno" in globalThis);
    it("that the runtime has opened leave its files alone", { ignore: !isOurs }, async () => {
      await play(adapter, function* () {
        const path = join(folder(), "fifo");
        spawnSync("mkfifo", [path]);
        const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
        const [transport, end] = yield* getRunningLoop().connectReadPipe(() => new End(), fd);
        transport.close();
        yield* end.over;
        // One of these has its number.
        const files = Array.from({ length: 20 }, () => openSync(new URL(import.meta.url), "r"));
        for (const file of files) assertEquals(readSync(file, new Uint8Array(6)), 6);
        for (const file of files) closeSync(file);
      });
    });

    it("tell who writes that nobody reads any more", async () => {
      await play(adapter, function* () {
        const [reader, writer] = yield* both(fifo());
        reader.transport.close();
        yield* reader.over;
        for (let i = 0; i < 100 && !writer.over.done(); i++) {
          if (!writer.transport.isClosing()) writer.transport.write(bytes("x"));
          yield* sleep(1);
        }
        const error = yield* writer.over;
        assert(error instanceof OSError && error.code === "EPIPE", `${error}`);
      });
    });
  });
}
