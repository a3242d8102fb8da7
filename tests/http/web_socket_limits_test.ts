import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { createTask, sleep } from "../../mod.ts";
import type { ServerWebSocket, WebSocketClosed } from "../../src/http/mod.ts";
import { RawClient, upgradeRequest } from "../adapters/raw_client.ts";
import { portOf, serving, sign } from "./serving.ts";
import { Client, FrameClient, talking } from "./web_socket_clients.ts";
import { eventually } from "../within.ts";

/** Whether the runtime has a way to hold a client up. */
const PAUSES = !("Deno" in globalThis) && !("Bun" in globalThis);

/** Milliseconds between pings, in which a good client has answered on a busy machine as well. Deno counts whole seconds. */
const HEARTBEAT = 2_000;

/** A short text as a frame of a client, with a mask that changes nothing. */
function masked(text: string): Uint8Array {
  return new Uint8Array([0x81, 0x80 | text.length, 0, 0, 0, 0, ...new TextEncoder().encode(text)]);
}

describe("A WebSocket", () => {
  it("holds up a function that sends more than its client takes", async () => {
    let sent = 0;
    const [full, ended] = [sign(), sign()];
    const talk = function* (socket: ServerWebSocket) {
      const watch = createTask(function* () {
        for (let before = -1; before !== sent || sent === 0; yield* sleep(150)) before = sent;
        full.give();
      });
      try {
        while (sent < 100) {
          yield* socket.send(new Uint8Array(1_000_000));
          sent++;
        }
      } finally {
        watch.cancel();
        ended.give();
      }
    };
    const reports = await serving(talking(talk), async (server) => {
      const client = await FrameClient.connect(portOf(server));
      client.pause();
      await full.seen;
      assertEquals(sent < 20, true, `${sent} MB were sent`);
      client.leave();
      await ended.seen;
      sent = 80;
      const reader = await new Client(server.url).open();
      await reader.messages(20);
      assertEquals(reader.got.length, 20);
    });
    assertEquals(reports, []);
  });

  // Deno closes what becomes a WebSocket if it hears of the end of the HTTP connection first, which came of many at once.
  it("stays open, and counts once, though a hundred come at once", async () => {
    const talk = function* (socket: ServerWebSocket) {
      yield* socket.send("hello");
      for (;;) yield* socket.send(yield* socket.receive());
    };
    const reports = await serving(talking(talk), async (server) => {
      for (let round = 0; round < 3; round++) {
        const clients = await Promise.all(Array.from({ length: 100 }, () => RawClient.connect(portOf(server))));
        for (const client of clients) client.send(upgradeRequest("/"));
        for (const client of clients) await client.until("hello");
        for (const client of clients) client.sendBytes(masked("and back"));
        for (const client of clients) await client.until("and back");
        for (const client of clients) await client.leave();
        await eventually(() => server.pending === 0, "server.pending === 0");
      }
    }, { maxConnections: 120 });
    assertEquals(reports, []);
  });

  it("closes with 1009 when a message is too long", async () => {
    const ends: unknown[] = [];
    const talk = function* (socket: ServerWebSocket) {
      try {
        for (;;) yield* socket.send(`${(yield* socket.receive()).length}`);
      } catch (error) {
        ends.push((error as WebSocketClosed).code);
        throw error;
      }
    };
    const reports = await serving(talking(talk, { limit: 1_000 }), async (server) => {
      const client = await new Client(server.url).open();
      client.socket.send("a".repeat(1_000));
      assertEquals(await client.messages(1), ["1000"]);
      client.socket.send("a".repeat(1_001));
      assertEquals((await client.end()).code, 1_009);
      await eventually(() => ends.length > 0, "ends.length > 0");
    });
    assertEquals(ends, [1_009]);
    assertEquals(reports, []);
  });

  it(`${PAUSES ? "holds up" : "closes with 1008"} a client that sends more than is received`, async () => {
    const [go, done] = [sign(), sign()];
    let got = 0;
    const talk = async (socket: ServerWebSocket) => {
      await socket.receive();
      await go.seen;
      for await (const message of socket) got += message.length;
      done.give();
    };
    const reports = await serving(talking(talk, { backlog: 100_000 }), async (server) => {
      const client = await FrameClient.connect(portOf(server));
      client.send(1, "begin");
      const part = "x".repeat(10_000);
      if (PAUSES) {
        for (let i = 0; i < 2_000; i++) client.send(1, part);
        client.send(8, "");
        await sleep(20);
        assertEquals(got, 0);
        go.give();
        await done.seen;
        assertEquals(got, 20_000_000);
      } else {
        for (let i = 0; i < 20; i++) client.send(1, part);
        // Deno resets the connection instead if more comes while it says so.
        assertEquals([1_008, ...("Deno" in globalThis ? [0] : [])].includes(await client.closeCode()), true);
        go.give();
        client.leave();
      }
    });
    assertEquals(reports.map(({ exception }) => (exception as Error).name), []);
  });

  it("answers pings, takes messages in parts, and refuses what is none", async () => {
    const talk = function* (socket: ServerWebSocket) {
      for (;;) {
        const message = yield* socket.receive();
        yield* socket.send(typeof message === "string" ? message : `${message.length} bytes`);
      }
    };
    const reports = await serving(talking(talk), async (server) => {
      const client = await FrameClient.connect(portOf(server));
      client.send(1, "in ", false);
      client.send(9, "ping");
      client.send(0, "three ", false);
      client.send(0, "parts");
      client.send(2, new Uint8Array(70_000));
      await client.until(() => client.frames.length === 3);
      const text = client.frames.map(({ opcode, payload }) => `${opcode} ${new TextDecoder().decode(payload)}`);
      assertEquals(text.sort(), ["1 70000 bytes", "1 in three parts", "10 ping"]);
      client.leave();
      // A reserved bit, and where the server reads frames itself one that is not masked. Others answer by a reset, or are more lenient.
      const wrongs = [[0xf1, 0x80, 0, 0, 0, 0], ...(PAUSES ? [[0x81, 0x01, 0x41]] : [])];
      for (const frame of wrongs) {
        const wrong = await FrameClient.connect(portOf(server));
        wrong.raw(frame);
        assertEquals([1_002, ...(PAUSES ? [] : [0])].includes(await wrong.closeCode()), true);
        wrong.leave();
      }
      if (PAUSES) {
        const wrong = await FrameClient.connect(portOf(server));
        wrong.send(1, new Uint8Array([0xff]));
        assertEquals(await wrong.closeCode(), 1_007);
        wrong.leave();
      }
    });
    assertEquals(reports, []);
  });

  it("gives a client up that answers no ping", async () => {
    const ends: number[] = [];
    const talk = function* (socket: ServerWebSocket) {
      try {
        for (;;) yield* socket.receive();
      } catch (error) {
        ends.push((error as WebSocketClosed).code);
        throw error;
      }
    };
    await serving(talking(talk, { heartbeat: HEARTBEAT }), async (server) => {
      const silent = await FrameClient.connect(portOf(server));
      const client = await new Client(server.url).open();
      await silent.until(() => silent.ended);
      assertEquals(silent.frames[0]?.opcode, 9);
      assertEquals(ends, [1_006]);
      assertEquals(client.socket.readyState, WebSocket.OPEN);
      await client.close();
    });
  });

  it("gives a client up that takes nothing of what it is sent", async () => {
    // Deno pings after a while, and finds another while later that there is no answer.
    const cases = [["at once", 1_000], ["at once", 900_000], ["once pinged", 20_000]] as const;
    await Promise.all(cases.map(async ([when, size]) => {
      const ends: number[] = [];
      const go = sign();
      const talk = async (socket: ServerWebSocket) => {
        try {
          if (when === "once pinged") await go.seen;
          for (;;) await socket.send(new Uint8Array(size));
        } catch (error) {
          ends.push((error as WebSocketClosed).code);
          throw error;
        }
      };
      await serving(talking(talk, { heartbeat: HEARTBEAT }), async (server) => {
        const deaf = await FrameClient.connect(portOf(server));
        if (when === "once pinged") await deaf.until(() => deaf.frames.some(({ opcode }) => opcode === 9));
        deaf.pause();
        go.give();
        const client = await new Client(server.url).open();
        await eventually(() => ends.length > 0, "the end of the one that reads nothing");
        assertEquals(ends, [1_006]);
        assertEquals(client.socket.readyState, WebSocket.OPEN);
        client.socket.close();
        deaf.leave();
      });
    }));
  });
});
