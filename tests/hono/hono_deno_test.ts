import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Hono } from "hono";
import { currentTask, sleep } from "../../mod.ts";
import { middleware, routes, streamText } from "../../src/hono/mod.ts";
import { RawClient } from "../adapters/raw_client.ts";
import { sign } from "../http/serving.ts";

describe("Deno.serve(app.fetch)", () => {
  it("runs handlers on the shared loop, which is gone after the last request", async () => {
    const app = new Hono();
    routes(app).get("/:ms", function* (c) {
      yield* sleep(Number(c.req.param("ms")));
      return c.text(`slept ${c.req.param("ms")}`);
    });
    const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, app.fetch);
    const answers = await Promise.all(
      [3, 1, 2].map(async (ms) => await (await fetch(`http://127.0.0.1:${server.addr.port}/${ms}`)).text()),
    );
    assertEquals(answers, ["slept 3", "slept 1", "slept 2"]);
    await server.shutdown();
  });

  it("cancels the handler whose client leaves", async () => {
    const [waits, ended] = [sign(), sign()];
    const app = new Hono();
    routes(app).get("/", function* (c) {
      try {
        waits.give();
        yield* sleep(60_000);
      } finally {
        ended.give();
      }
      return c.text("never");
    });
    const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, app.fetch);
    const client = await RawClient.connect(server.addr.port);
    client.request("GET");
    await waits.seen;
    await client.leave();
    await ended.seen;
    await server.shutdown();
  });

  it("cancels a plain async handler behind middleware() whose client leaves", async () => {
    const log: string[] = [];
    const [waits, ended] = [sign(), sign()];
    const app = new Hono();
    app.use(middleware());
    app.get("/", async (c) => {
      try {
        log.push(currentTask()!.getName());
        waits.give();
        await sleep(60_000);
      } catch (error) {
        log.push(String(error));
        throw error;
      } finally {
        ended.give();
      }
      return c.text("never");
    });
    app.onError((error) => new Response(`${log.push(`onError ${error}`)}`));
    const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, app.fetch);
    const client = await RawClient.connect(server.addr.port);
    client.request("GET");
    await waits.seen;
    await client.leave();
    await ended.seen;
    await server.shutdown();
    assertEquals(log, ["GET /", "CancelledError: client left"]);
  });

  it("cancels what writes a stream whose reader leaves", async () => {
    const ended = sign();
    const app = new Hono();
    app.get("/", (c) =>
      streamText(c, function* (stream) {
        try {
          for (;;) {
            yield* stream.write("x");
            yield* stream.sleep(1);
          }
        } finally {
          ended.give();
        }
      }));
    const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, app.fetch);
    const client = await RawClient.connect(server.addr.port);
    client.request("GET");
    // The first chunk may have more than one.
    await client.until("x\r\n");
    await client.leave();
    await ended.seen;
    await server.shutdown();
  });
});
