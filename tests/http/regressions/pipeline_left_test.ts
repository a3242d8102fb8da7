import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { sleep } from "../../../mod.ts";
import { type HttpServer, upgradeWebSocket } from "../../../src/http/mod.ts";
import { RawClient, upgradeRequest } from "../../adapters/raw_client.ts";
import { within } from "../../within.ts";
import { get, portOf, serving } from "../serving.ts";

/** Where it is the module that learns it. Deno and Bun do not read on while a request waits for its answer. */
const READS = !("Deno" in globalThis) && !("Bun" in globalThis);

const ask = (path: string) => `GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`;
const upload = `POST /hangs HTTP/1.1\r\nHost: h\r\nContent-Length: 70000\r\n\r\n${"x".repeat(70_000)}`;
const upgrade = upgradeRequest("/upgrade");

/** What stood in the way of the news that the client has left. */
const PIPELINES: Record<string, string> = {
  "half a request behind one that hangs": `${ask("/hangs")}GET /ha`,
  "what is no request behind one that hangs": `${ask("/hangs")}\x01\x02\r\n\r\n`,
  "large answers behind one that hangs": ask("/hangs") + ask("/large").repeat(5),
  "an upgrade behind an upload that nobody reads": upload + ask("/plain") + upgrade,
  "a CONNECT behind one that hangs": `${ask("/hangs")}CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n`,
};

function* handler(request: Request) {
  const { pathname } = new URL(request.url);
  if (pathname === "/hangs") yield* sleep(600_000);
  if (pathname === "/large") return new Response(new Uint8Array(500_000));
  if (pathname === "/upgrade") return upgradeWebSocket(request, function* () {});
  return new Response("plain");
}

async function untilIdle(server: HttpServer): Promise<void> {
  while (server.pending > 0) await sleep(1);
}

async function untilBusy(server: HttpServer): Promise<void> {
  while (server.pending === 0) await sleep(1);
}

describe("A client that leaves a pipeline of requests", { ignore: !READS }, () => {
  const leaves: Record<string, (client: RawClient) => void> = {
    "closes": (client) => void client.leave(),
    "ends its half": (client) => client.finish(),
  };
  for (const [what, bytes] of Object.entries(PIPELINES)) {
    for (const [how, leave] of Object.entries(leaves)) {
      it(`is gone, with all of them, when it ${how}: ${what}`, async () => {
        const reports = await serving(handler, async (server) => {
          const client = await RawClient.connect(portOf(server));
          client.send(bytes);
          await within(untilBusy(server), "the first request");
          leave(client);
          await within(untilIdle(server), "the requests to be over");
          assertEquals(await get(server, "/good"), [200, "plain"]);
          await client.leave();
        });
        assertEquals(reports, []);
      });
    }
  }

  it("is held up when it sends more than are handled at once, and gets every answer in the end", async () => {
    const COUNT = 8_000;
    let handled = 0;
    let most = 0;
    let release!: () => void;
    const first = new Promise<void>((resolve) => release = resolve);
    const reports = await serving(async ({ url }) => {
      most = Math.max(most, ++handled);
      if (url.endsWith("/first")) await first;
      return new Response("one;");
    }, async (server) => {
      const client = await RawClient.connect(portOf(server));
      client.send(ask("/first") + ask("/next").repeat(COUNT));
      await sleep(200);
      const before = most;
      assertEquals(before < COUNT / 2, true, `${before} requests were handled behind one that was not answered`);
      release();
      await within(
        (async () => {
          while (client.received.split("one;").length <= COUNT + 1) await sleep(50);
        })(),
        "every answer",
      );
      assertEquals(client.received.split("one;").length - 1, COUNT + 1);
      await client.leave();
    });
    assertEquals(reports, []);
  });
});
