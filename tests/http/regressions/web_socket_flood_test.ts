import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import process from "node:process";
import type { ServerWebSocket, WebSocketClosed } from "../../../src/http/mod.ts";
import { portOf, serving } from "../serving.ts";
import { FrameClient, talking } from "../web_socket_clients.ts";

/** The hosts on which the module reads frames itself. */
const ON_NODE = !("Deno" in globalThis) && !("Bun" in globalThis);

/** What the process uses of the memory that the engine knows. */
function used(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** So many copies of a frame, one behind the other. */
function repeated(frame: readonly number[], count: number): Uint8Array {
  const bytes = new Uint8Array(frame.length * count);
  for (let i = 0; i < count; i++) bytes.set(frame, i * frame.length);
  return bytes;
}

const echo = function* (socket: ServerWebSocket) {
  for (;;) {
    const message = yield* socket.receive();
    yield* socket.send(typeof message === "string" ? message : `${message.length} bytes`);
  }
};

describe("A WebSocket keeps no more than its limits", { ignore: !ON_NODE }, () => {
  const FRAMES = 1_500_000;
  const parts: Record<string, { frame: number[]; length: number }> = {
    "empty parts": { frame: [0x00, 0x80, 1, 2, 3, 4], length: 0 },
    "parts of a byte": { frame: [0x00, 0x81, 1, 2, 3, 4, 1], length: FRAMES },
  };
  for (const [what, { frame, length }] of Object.entries(parts)) {
    it(`of a message in a million of ${what}`, async () => {
      await serving(talking(echo, { limit: 2_000_000 }), async (server) => {
        const client = await FrameClient.connect(portOf(server));
        const flood = repeated(frame, FRAMES);
        client.send(2, "", false);
        const before = used();
        client.raw(flood);
        client.send(9, "all of it?");
        await client.until(() => client.frames.length === 1, "the answer to a ping");
        const grown = used() - before;
        assertEquals(grown < 150_000_000, true, `${grown} bytes were used`);
        client.send(0, "");
        await client.until(() => client.frames.length === 2, "the echo");
        assertEquals(new TextDecoder().decode(client.frames[1]!.payload), `${length} bytes`);
        client.leave();
      });
    });
  }

  it("of a frame that comes byte by byte", async () => {
    await serving(talking(echo), async (server) => {
      const client = await FrameClient.connect(portOf(server));
      const header = [0x82, 0xfe, 0x0f, 0xa0, 0, 0, 0, 0];
      for (const byte of [...header, ...new Uint8Array(4_000)]) {
        client.raw([byte]);
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
      await client.until(() => client.frames.length === 1, "the echo");
      assertEquals(new TextDecoder().decode(client.frames[0]!.payload), "4000 bytes");
      client.leave();
    });
  });

  it("of pings whose answers are not read, and answers the last", async () => {
    const PINGS = 200_000;
    await serving(talking(echo), async (server) => {
      const client = await FrameClient.connect(portOf(server));
      client.pause();
      const ping = [0x89, 0xfd, 0, 0, 0, 0, ...new Uint8Array(125)];
      const before = used();
      client.raw(repeated(ping, PINGS));
      client.send(9, "the last");
      client.send(1, "all of it?");
      // What it has read and not answered is nowhere; the rest is with the client and the system.
      for (let i = 0; i < 200; i++) await new Promise<void>((resolve) => setTimeout(resolve, 5));
      const grown = used() - before;
      assertEquals(grown < 150_000_000, true, `${grown} bytes were used`);
      client.resume();
      await client.until(() => client.frames.some(({ opcode }) => opcode === 1), "the echo");
      await client.until(
        () => new TextDecoder().decode(client.frames.findLast(({ opcode }) => opcode === 10)?.payload) === "the last",
        "the last answer",
      );
      assertEquals(client.frames.length < PINGS, true, "every ping was answered");
      client.leave();
    });
  });
});

describe("The code with which a client closes a WebSocket", { ignore: !ON_NODE }, () => {
  async function close(payload: readonly number[]): Promise<[answer: number, told: number]> {
    const told = Promise.withResolvers<number>();
    const talk = function* (socket: ServerWebSocket) {
      try {
        yield* socket.receive();
      } catch (error) {
        told.resolve((error as WebSocketClosed).code);
        throw error;
      }
    };
    let answer = 0;
    const reports = await serving(talking(talk), async (server) => {
      const client = await FrameClient.connect(portOf(server));
      client.send(8, new Uint8Array(payload));
      answer = await client.closeCode();
      client.leave();
    });
    assertEquals(reports, []);
    return [answer, await told.promise];
  }

  for (const code of [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2999, 5000, 65535]) {
    it(`is an error if nobody may send it: ${code}`, async () => {
      assertEquals(await close([code >> 8, code & 0xff]), [1_002, 1_002]);
    });
  }

  for (const code of [1000, 1001, 1003, 1007, 1011, 1014, 3000, 4999]) {
    it(`is given back: ${code}`, async () => {
      assertEquals(await close([code >> 8, code & 0xff, 0x6f, 0x6b]), [code, code]);
    });
  }

  it("may be missing, but is not half of one, and its reason is text", async () => {
    assertEquals(await close([]), [0, 1_005]);
    assertEquals(await close([3]), [1_002, 1_002]);
    assertEquals(await close([3, 232, 0xff]), [1_007, 1_007]);
  });
});
