import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Hono } from "hono";
import { sleep } from "../../mod.ts";
import { routes } from "../../src/http/hono.ts";
import { RawClient } from "../adapters/raw_client.ts";
import { sign } from "./serving.ts";

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
});
