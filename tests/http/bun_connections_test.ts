/** What Bun limits of its connections, in its own seconds. docs/limits.md lists what it does not; when a test of that fails, Bun was mended. */
import { assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { sleep } from "../../mod.ts";
import { type ServeHandler, streamResponse } from "../../src/http/mod.ts";
import { RawClient } from "../adapters/raw_client.ts";
import { portOf, serving } from "./serving.ts";

/** Longer than the step in which Bun counts. */
const LONG = 5_000;

const pause = () => new Promise<void>((resolve) => setTimeout(resolve, LONG));

const handlers: Record<string, ServeHandler> = {
  "/quick": () => new Response("the end"),
  "/async": async () => {
    await pause();
    return new Response("the end");
  },
  "/parks": function* () {
    yield* sleep(LONG);
    return new Response("the end");
  },
  "/writes": () =>
    streamResponse(function* (stream) {
      yield* stream.write("begun");
      yield* sleep(LONG);
      yield* stream.write("the end");
    }),
  "/foreign": () => {
    let count = 0;
    return new Response(
      new ReadableStream({
        async pull(controller) {
          if (count++ > 0) await pause();
          controller.enqueue(new TextEncoder().encode(count < 3 ? "begun" : "the end"));
          if (count === 3) controller.close();
        },
      }, { highWaterMark: 0 }),
    );
  },
};

describe("A connection on Bun", { ignore: !("Bun" in globalThis) }, () => {
  it("is closed when it is not used again, and not while an answer takes longer than that", async () => {
    const handler: ServeHandler = (request, info) => handlers[new URL(request.url).pathname]!(request, info);
    await serving(handler, async (server) => {
      await Promise.all(
        Object.keys(handlers).map(async (path) => {
          const client = await RawClient.connect(portOf(server));
          client.request("GET", path);
          await client.until("the end");
          await client.closed;
        }),
      );
    }, { keepAliveTimeout: 1_000 });
  });

  it("may take its time for its first head, whatever headTimeout says", async () => {
    await serving(() => new Response("the end"), async (server) => {
      const client = await RawClient.connect(portOf(server));
      client.send("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ");
      for (const letter of "slow") {
        await new Promise((resolve) => setTimeout(resolve, 200));
        client.send(letter);
      }
      client.send("\r\n\r\n");
      await client.until("the end");
      await client.leave();
    }, { headTimeout: 100 });
  });

  it("is one of any number, whatever maxConnections says", async () => {
    await serving(() => new Response("the end"), async (server) => {
      const clients = await Promise.all([1, 2, 3].map(() => RawClient.connect(portOf(server))));
      for (const client of clients) {
        client.request("GET");
        await client.until("the end");
      }
      for (const client of clients) await client.leave();
    }, { maxConnections: 2 });
  });

  it("ends when a further request comes before the answer to the last one", async () => {
    await serving(async () => {
      await sleep(5);
      return new Response("the end");
    }, async (server) => {
      const client = await RawClient.connect(portOf(server));
      client.request("GET", "/1");
      client.request("GET", "/2");
      await client.closed;
      assertEquals(client.received, "");
    });
  });

  it("brings a stream in chunks, whatever length its response says", async () => {
    const body = () =>
      handlers["/foreign"]!(new Request("http://localhost/"), { remoteAddr: null as never }) as Response;
    await serving(() => new Response(body().body, { headers: { "content-length": "17" } }), async (server) => {
      const client = await RawClient.connect(portOf(server));
      client.request("GET");
      assertMatch(await client.until("begun"), /^transfer-encoding: chunked\r$/im);
      await client.leave();
    });
  });
});
