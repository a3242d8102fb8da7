import { assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { sleep } from "../../../mod.ts";
import { type HttpServer, type ServeHandler, upgradeWebSocket } from "../../../src/http/mod.ts";
import { RawClient, upgradeRequest } from "../../adapters/raw_client.ts";
import { within } from "../../within.ts";
import { get, portOf, serving, sign } from "../serving.ts";

const UPGRADE = upgradeRequest("/upgrade");

/** What comes in one write, before something that is not plain HTTP. */
const BEFORE: Record<string, string> = {
  "a GET": "GET /a HTTP/1.1\r\nHost: h\r\n\r\n",
  "a slow GET": "GET /slow HTTP/1.1\r\nHost: h\r\n\r\n",
  "a slow GET and two more":
    "GET /slow HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\nGET /slow HTTP/1.1\r\nHost: h\r\n\r\n",
  "a POST": "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody",
  "a POST in chunks": "POST /slow HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n",
  "a GET and a request without a Host": "GET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\n\r\n",
  "a slow GET and a request without a Host": "GET /slow HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\n\r\n",
  "a request without a Host": "GET /b HTTP/1.1\r\n\r\n",
  "an expectation that nobody knows":
    "GET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\nExpect: wonders\r\n\r\n",
  "an expectation that is met": "GET /slow HTTP/1.1\r\nHost: h\r\n\r\nPOST /b HTTP/1.1\r\nHost: h\r\n" +
    "Expect: 100-continue\r\nContent-Length: 4\r\n\r\nbody",
  "a large answer": "GET /large HTTP/1.1\r\nHost: h\r\n\r\n",
};

const BEHIND: Record<string, string> = {
  "a request for a WebSocket": UPGRADE,
  "a request for another protocol": "GET /c HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
  "a CONNECT": "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n",
  "what is no request": "\x01\x02\x03 / HTTP/1.1\r\n\r\n",
  "a request without a Host": "GET /d HTTP/1.1\r\n\r\n",
};

function* handler(request: Request) {
  const { pathname } = new URL(request.url);
  if (pathname === "/upgrade") {
    return upgradeWebSocket(request, function* (socket) {
      yield* socket.send("hello");
    });
  }
  if (pathname === "/slow") yield* sleep(20);
  if (pathname === "/large") return new Response("x".repeat(2_000_000));
  return new Response(`answer ${pathname};`);
}

/** Where it is the module that keeps the answers in order. The other hosts do, or answer the last first, and may keep the connection. */
const ORDERS = !("Deno" in globalThis) && !("Bun" in globalThis);

async function checkOrder(client: RawClient): Promise<void> {
  await client.closed;
  const statuses = [...client.received.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
  assertMatch(statuses.join(" "), /^((100|200|400|417)( |$))+(101|400|426|501)?$/);
}

describe("What is not plain HTTP behind other requests of one write", () => {
  for (const [behind, last] of Object.entries(BEHIND)) {
    for (const [before, first] of Object.entries(BEFORE)) {
      it(`does the server no harm, and is not answered before them: ${behind} behind ${before}`, async () => {
        const reports = await serving(handler, async (server) => {
          const client = await RawClient.connect(portOf(server));
          client.send(first + last);
          if (ORDERS) await checkOrder(client);
          else await sleep(50);
          assertEquals(await get(server, "/good"), [200, "answer /good;"]);
          await client.leave();
          await within(untilIdle(server), "the requests to be over");
        });
        assertEquals(reports, []);
      });
    }
  }

  it("does not keep a server from closing", async () => {
    const begun = sign();
    const slow: ServeHandler = function* (request) {
      begun.give();
      yield* sleep(1);
      return yield* handler(request);
    };
    const reports = await serving(slow, async (server) => {
      const clients = await Promise.all(
        Object.values(BEHIND).map(async (last) => {
          const client = await RawClient.connect(portOf(server));
          client.send(BEFORE["a slow GET and two more"]! + last);
          return client;
        }),
      );
      await begun.seen;
      server.close();
      await within(server.closed, "the server to close");
      for (const client of clients) await client.leave();
    }, { gracePeriod: 1_000 });
    assertEquals(reports, []);
  });
});

async function untilIdle(server: HttpServer): Promise<void> {
  while (server.pending > 0) await sleep(1);
}
