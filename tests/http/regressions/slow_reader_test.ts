import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { connect, type Socket } from "node:net";
import { createTask, sleep } from "../../../mod.ts";
import type { HttpServer, ServeHandler, ServerWebSocket } from "../../../src/http/mod.ts";
import { within } from "../../within.ts";
import { portOf, serving, sign } from "../serving.ts";
import { FrameClient, talking } from "../web_socket_clients.ts";

/** More than systems keep for a connection whose other end does not read. */
const LARGE = 12_000_000;

/** The hosts that cut a connection once its response is with them. */
const CUTS = !("Deno" in globalThis);

/** The hosts on which a client can be held up. */
const HOLDS_UP = !("Deno" in globalThis) && !("Bun" in globalThis);

/** The hosts on which a client is pinged that takes nothing. */
const PINGS = !("Deno" in globalThis);

/** Sends a request, reads nothing until told to, and gives how many bytes have come when the connection ends. */
class SlowReader {
  readonly #socket: Socket;
  readonly #ended: Promise<number>;

  constructor(server: HttpServer) {
    let count = 0;
    const socket = connect(portOf(server), "127.0.0.1");
    this.#socket = socket;
    socket.on("error", () => {});
    socket.on("data", (bytes: Uint8Array) => count += bytes.length);
    socket.pause();
    socket.write("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    this.#ended = new Promise((resolve) => socket.on("close", () => resolve(count)));
  }

  readAll(): Promise<number> {
    this.#socket.resume();
    return within(this.#ended, "the end of the connection");
  }
}

// Node calls a connection idle whose response is all with it, though not with the client.
describe("A large response to a client that reads slowly", () => {
  const bodies: Record<string, () => BodyInit> = {
    "a body that is there as a whole": () => new Uint8Array(LARGE),
    "a stream": () => {
      let left = 12;
      return new ReadableStream({
        pull(controller) {
          if (left-- > 0) controller.enqueue(new Uint8Array(LARGE / 12));
          else controller.close();
        },
      });
    },
  };
  for (const [what, make] of Object.entries(bodies)) {
    it(`arrives as a whole when the server closes meanwhile: ${what}`, async () => {
      const asked = sign();
      const handler: ServeHandler = () => {
        asked.give();
        return new Response(make(), { headers: { "content-length": String(LARGE) } });
      };
      const reports = await serving(handler, async (server) => {
        const client = new SlowReader(server);
        await asked.seen;
        await sleep(50);
        server.close();
        await sleep(50);
        const count = await client.readAll();
        assertEquals(count > LARGE, true, `${count} bytes came of ${LARGE}`);
        await server.closed;
      }, { gracePeriod: 30_000 });
      assertEquals(reports, []);
    });
  }

  it("is cut when the grace period is over", { ignore: !CUTS }, async () => {
    const asked = sign();
    const handler: ServeHandler = () => {
      asked.give();
      return new Response(new Uint8Array(LARGE));
    };
    await serving(handler, async (server) => {
      const client = new SlowReader(server);
      await asked.seen;
      server.close();
      await server.closed;
      assertEquals(await client.readAll() < LARGE, true);
    }, { gracePeriod: 20 });
  });
});

describe("The last messages to a WebSocket whose client reads slowly", () => {
  it("arrive, with the frame that closes it behind them", async () => {
    const closing = sign();
    let sent = 0;
    const send = function* (socket: ServerWebSocket) {
      for (;; sent++) yield* socket.send(new Uint8Array(100_000));
    };
    const talk = function* (socket: ServerWebSocket) {
      const sender = createTask(send(socket));
      for (let before = -1; before < sent; yield* sleep(50)) before = sent;
      sender.cancel();
      closing.give();
      yield* socket.close(4_000);
    };
    await serving(talking(talk), async (server) => {
      const client = await FrameClient.connect(portOf(server));
      client.pause();
      await closing.seen;
      // Longer than it waits for an answer once everything is sent.
      await sleep(2_500);
      client.resume();
      assertEquals(await client.closeCode(), 4_000);
      // The one that it waited with was sent as well.
      assertEquals(client.frames.filter(({ opcode }) => opcode === 2).length, sent + 1);
      client.send(8, new Uint8Array([15, 160]));
    });
  });

  it(
    "and the frame come also if it was held up by messages that nobody has received",
    { ignore: !HOLDS_UP },
    async () => {
      const held = sign();
      const talk = function* (socket: ServerWebSocket) {
        yield* socket.receive();
        yield* socket.send("before");
        yield* sleep(50);
        held.give();
      };
      await serving(talking(talk, { backlog: 10_000, limit: 100_000 }), async (server) => {
        const client = await FrameClient.connect(portOf(server));
        for (let i = 0; i < 300; i++) client.send(2, new Uint8Array(50_000));
        await held.seen;
        assertEquals(await client.closeCode(), 1_000);
        assertEquals(client.frames.map(({ opcode }) => opcode), [1, 8]);
        client.leave();
      });
    },
  );

  it("wait for nobody who takes nothing for the time of a heartbeat", { ignore: !PINGS }, async () => {
    const ended = sign();
    const talk = function* (socket: ServerWebSocket) {
      try {
        for (let i = 0; i < 10; i++) yield* socket.send(new Uint8Array(900_000));
      } finally {
        ended.give();
      }
    };
    await serving(talking(talk, { heartbeat: 20 }), async (server) => {
      const client = await FrameClient.connect(portOf(server));
      client.pause();
      await ended.seen;
      while (server.pending > 0) await sleep(5);
      client.leave();
    });
  });
});
