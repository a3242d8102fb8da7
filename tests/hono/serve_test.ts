import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { timeout as honoTimeout } from "hono/timeout";
import { currentTask, sleep } from "../../mod.ts";
import { routes } from "../../src/hono/mod.ts";
import { RawClient } from "../adapters/raw_client.ts";
import { get, GRACE, portOf, serving, sign, taskNames } from "../http/serving.ts";

describe("A Hono handler under serve()", () => {
  it("gives Hono a Response and no promise when it ends in its first step", async () => {
    const app = new Hono();
    routes(app).get("/", function* (c) {
      if (currentTask() === null) yield* sleep(0);
      return c.text("done");
    });
    const given: unknown[] = [];
    await serving((request, info) => {
      const response = app.fetch(request, info);
      given.push(response instanceof Response);
      return response;
    }, async (server) => assertEquals(await get(server), [200, "done"]));
    assertEquals(given, [true]);
  });

  for (const [where, middleware] of [["", false], [" behind async middleware", true]] as const) {
    it(`is cancelled when its client leaves${where}, and Hono hears of no error`, async () => {
      const log: string[] = [];
      const [waits, ended] = [sign(), sign()];
      const app = new Hono();
      if (middleware) {
        app.use(async (_c, next) => {
          await Promise.resolve();
          await next();
          log.push("middleware went on");
          ended.give();
        });
      }
      routes(app).get("/slow", function* (c) {
        try {
          waits.give();
          yield* sleep(60_000);
        } catch (error) {
          log.push(String(error));
          throw error;
        } finally {
          yield* sleep(1);
          log.push("cleaned up");
          if (!middleware) ended.give();
        }
        return c.text("never");
      });
      app.onError((error, c) => {
        log.push(`onError ${error}`);
        return c.text("error", 500);
      });
      const reports = await serving(app.fetch, async (server) => {
        const client = await RawClient.connect(portOf(server));
        client.request("GET", "/slow");
        await waits.seen;
        assertEquals(taskNames(), ["GET /slow"]);
        await client.leave();
        await ended.seen;
        await sleep(1);
        assertEquals(taskNames(), []);
      });
      assertEquals(reports, []);
      assertEquals(log, ["CancelledError: client left", "cleaned up", ...(middleware ? ["middleware went on"] : [])]);
    });
  }

  it("is answered 503 when the grace time of the closing server is over", async () => {
    const waits = sign();
    const app = new Hono();
    routes(app).get("/", function* (c) {
      waits.give();
      yield* sleep(60_000);
      return c.text("never");
    });
    await serving(app.fetch, async (server) => {
      const answer = get(server);
      await waits.seen;
      server.close();
      assertEquals(await answer, [503, "Service Unavailable"]);
    }, { gracePeriod: GRACE });
  });

  it("is stopped when a middleware answers in its place", async () => {
    const stopped = sign();
    const heard: unknown[] = [];
    const app = new Hono();
    app.onError((error) => {
      heard.push(error);
      return (error as HTTPException).getResponse();
    });
    app.use(honoTimeout(5));
    routes(app).get("/", function* (c) {
      try {
        yield* sleep(60_000);
      } finally {
        stopped.give();
      }
      return c.text("never");
    });
    await serving(app.fetch, async (server) => {
      assertEquals((await get(server))[0], 504);
      await stopped.seen;
      assertEquals(taskNames(), []);
    });
    // What the handler ends with is nobody's any more.
    assertEquals(heard.map((error) => error instanceof HTTPException), [true]);
  });

  it("learns where the client is as Hono's adapter for Deno says it", async () => {
    const app = new Hono<{ Bindings: { remoteAddr: { hostname: string } } }>();
    routes(app).get("/", (c) => c.text(c.env.remoteAddr.hostname));
    await serving(app.fetch, async (server) => assertEquals(await get(server), [200, "127.0.0.1"]));
  });
});
