import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { openConnection, run, RuntimeError, sleep, startServer } from "../../mod.ts";
import { bytes, text } from "./play_net.ts";

describe("Bytes of a connection whose memory is transferred to another thread", () => {
  it("do not take later bytes with them without a word", async () => {
    await run(function* () {
      const server = yield* startServer(
        function* (reader, writer) {
          for (;;) {
            const data = yield* reader.read(100);
            if (data.length === 0) break;
            writer.write(data);
          }
          writer.close();
        },
        "127.0.0.1",
        0,
      );
      const [reader, writer] = yield* openConnection("127.0.0.1", server.port);
      writer.write(bytes("one"));
      const one = yield* reader.read(100);
      const moved = structuredClone(one, { transfer: [one.buffer as ArrayBuffer] });
      assertEquals([text(moved), one.length], ["one", 0]);
      // Time for a host that reads on into the same memory.
      yield* sleep(1);
      writer.write(bytes("two"));
      try {
        assertEquals(text(yield* reader.read(100)), "two");
      } catch (error) {
        assert(error instanceof RuntimeError, String(error));
        assert(error.message.includes("Transfer a copy: data.slice().buffer."), error.message);
      }
      writer.close();
      server.close();
      yield* server.waitClosed();
    });
  });

  it("are no end of the stream while later ones wait beside them to be read", async () => {
    await run(function* () {
      const server = yield* startServer(
        function* (reader, writer) {
          writer.write(bytes("one"));
          yield* reader.readexactly(2);
          writer.write(bytes("two"));
          yield* reader.read();
          writer.close();
        },
        "127.0.0.1",
        0,
      );
      const [reader, writer] = yield* openConnection("127.0.0.1", server.port);
      const one = yield* reader.readexactly(3);
      writer.write(bytes("go"));
      while (!String(reader).includes("3 bytes")) yield* sleep(0);
      structuredClone(one, { transfer: [one.buffer as ArrayBuffer] });
      try {
        assertEquals(text(yield* reader.read(100)), "two");
      } catch (error) {
        assert(error instanceof RuntimeError, String(error));
        assert(error.message.includes("Transfer a copy: data.slice().buffer."), error.message);
      }
      writer.close();
      server.close();
      yield* server.waitClosed();
    });
  });
});
