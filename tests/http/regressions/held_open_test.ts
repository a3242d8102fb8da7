import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { connect, type Socket } from "node:net";
import { sleep } from "../../../mod.ts";
import type { HttpServer, ServerWebSocket } from "../../../src/http/mod.ts";
import { RawClient, upgradeRequest } from "../../adapters/raw_client.ts";
import { LOCALHOST } from "../../contract/certificates.ts";
import { within } from "../../within.ts";
import { portOf, serving, sign } from "../serving.ts";
import { FrameClient, talking } from "../web_socket_clients.ts";

const ON_NODE = !("Deno" in globalThis) && !("Bun" in globalThis);

async function untilIdle(server: HttpServer): Promise<void> {
  while (server.pending > 0) await sleep(5);
}

/** Far more than any of these may take. */
const LONG = 60_000;

describe("close() is not held up", () => {
  // Deno and Bun wait for them, and cannot be made to cut them: the grace period passes.
  it("by TLS handshakes that are not finished", async () => {
    await serving(() => new Response("served"), async (server) => {
      const silent = await RawClient.connect(portOf(server));
      const half = await RawClient.connect(portOf(server));
      half.send("\x16\x03\x01\x02\x00\x01");
      await sleep(20);
      server.close();
      await within(server.closed, "the server to close");
      if (ON_NODE) await Promise.all([silent.closed, half.closed]);
      else await Promise.all([silent.leave(), half.leave()]);
    }, { tls: LOCALHOST, gracePeriod: ON_NODE ? LONG : 200 });
  });

  // Deno waits for the rest of a body that nobody reads.
  it("by connections left behind with half a request", { ignore: "Deno" in globalThis }, async () => {
    await serving(() => new Response("served"), async (server) => {
      const clients = await Promise.all(Array.from({ length: 4 }, () => RawClient.connect(portOf(server))));
      clients[0]!.send("GET / HTTP/1.1\r\nHost");
      clients[1]!.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf");
      clients[2]!.request("GET");
      await clients[2]!.until("served");
      await sleep(20);
      server.close();
      await within(server.closed, "the server to close");
      for (const client of clients) await client.leave();
    }, { gracePeriod: LONG });
  });
});

describe("A WebSocket whose client keeps the connection open", () => {
  /** Answers the frame that closes, or sends its own, and never ends the connection. */
  async function keepOpen(port: number, first: boolean): Promise<Socket> {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    socket.on("error", () => {});
    socket.write(upgradeRequest());
    const close = new Uint8Array([0x88, 0x82, 1, 2, 3, 4, 1 ^ 3, 2 ^ 232]);
    const frame = Promise.withResolvers<void>();
    socket.on("data", (bytes: Uint8Array) => {
      if (bytes.at(-4) === 0x88 || bytes.includes(0x88)) frame.resolve();
    });
    if (first) socket.write(close);
    await within(frame.promise, "the frame that closes");
    if (!first) socket.write(close);
    return socket;
  }

  for (const first of [true, false]) {
    it(`is cut, and holds up nobody: ${first ? "it closes" : "it is closed"}`, async () => {
      const talk = function* (socket: ServerWebSocket) {
        if (first) yield* socket.receive();
      };
      await serving(talking(talk), async (server) => {
        const socket = await keepOpen(portOf(server), first);
        await within(untilIdle(server), "the request to be over");
        socket.destroy();
      }, { gracePeriod: LONG });
    });
  }

  it("lets a closing server close", async () => {
    const open = sign();
    const talk = function* (socket: ServerWebSocket) {
      open.give();
      yield* socket.receive();
    };
    await serving(talking(talk), async (server) => {
      const client = await FrameClient.connect(portOf(server));
      await open.seen;
      server.close();
      assertEquals(await client.closeCode(), 1_001);
      client.send(8, new Uint8Array([3, 233]));
      await within(server.closed, "the server to close");
      client.leave();
    }, { gracePeriod: 1_000 });
  });
});
