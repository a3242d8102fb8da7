import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Client, whileServing } from "./program.ts";

const PIECE = 64 * 1024;
const PIECES = 256;

describe("The echo server", () => {
  for (const api of ["streams", "protocol"]) {
    it(`gives back 16 MiB, unchanged and to their end, with --api ${api}`, async () => {
      await whileServing("echo_server.ts", ["--port", "0", "--api", api], 130, async (port) => {
        const client = await Client.connect(port);
        const pieces = Array.from(
          { length: PIECES },
          (_, i) => new Uint8Array(PIECE).map((_, j) => (i * 31 + j) % 251),
        );
        const send = async () => {
          for (const piece of pieces) {
            client.writer.write(piece);
            await client.writer.drain();
          }
          client.end();
        };
        const receive = async () => {
          let wrong = 0;
          for (const piece of pieces) {
            const echo = await client.reader.readexactly(PIECE);
            if (echo.some((byte, i) => byte !== piece[i])) wrong++;
          }
          return wrong;
        };
        const [, wrong] = await Promise.all([send(), receive()]);
        assertEquals(wrong, 0);
        await client.hearsEnd();
        await client.leave();
      });
    });

    it(`goes on when a client breaks its connection, with --api ${api}`, async () => {
      await whileServing("echo_server.ts", ["--port", "0", "--api", api], 130, async (port) => {
        const rude = await Client.connect(port);
        rude.writer.write(new Uint8Array(4 * 1024 * 1024));
        await rude.reader.readexactly(1);
        rude.writer.transport.abort();
        const client = await Client.connect(port);
        client.send("still there?");
        await client.hears("still there?");
        await client.leave();
      });
    });
  }

  it("closes the connections of its clients at Ctrl-C", async () => {
    await whileServing("echo_server.ts", ["--port", "0"], 130, async (port, example) => {
      const client = await Client.connect(port);
      client.send("x");
      await client.hears("x");
      example.interrupt();
      await client.hearsEnd();
      await client.leave();
    });
  });
});
