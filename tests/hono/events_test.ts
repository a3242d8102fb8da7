import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Hono } from "hono";
import { sleep } from "../../mod.ts";
import { middleware, routes, streamSSE } from "../../src/hono/mod.ts";
import { RawClient } from "../adapters/raw_client.ts";
import { WAYS } from "./ways.ts";
import { portOf, serving, sign, taskNames } from "../http/serving.ts";
import { eventually } from "../within.ts";

for (const [way, send] of Object.entries(WAYS)) {
  describe(`streamSSE() by ${way}`, () => {
    it("sends the events of a coroutine and of an async function", async () => {
      const app = new Hono();
      routes(app).get("/coroutine", function* (c) {
        yield* sleep(1);
        return streamSSE(c, function* (stream) {
          yield* stream.writeSSE({ event: "tick", id: "1", data: "one\ntwo" });
          yield* stream.sleep(1);
          yield* stream.comment("still here");
        });
      });
      app.use("/async", middleware());
      app.get("/async", (c) =>
        streamSSE(c, async (stream) => {
          await stream.writeSSE({ data: "one" });
          await stream.sleep(1);
          await stream.writeSSE({ data: "two" });
        }, { retry: 5_000 }));
      assertEquals(await send(app, "/coroutine"), [
        200,
        ":\n\nevent: tick\nid: 1\ndata: one\ndata: two\n\n: still here\n\n",
      ]);
      assertEquals(await send(app, "/async"), [200, ":\n\nretry: 5000\n\ndata: one\n\ndata: two\n\n"]);
    });

    it("has the headers of an event stream and of Hono, and knows where the client has stopped", async () => {
      const app = new Hono();
      app.use(async (c, next) => {
        await next();
        const { headers } = c.res;
        assertEquals(
          [headers.get("content-type"), headers.get("cache-control"), headers.get("x-mine")],
          ["text/event-stream", "no-cache", "yes"],
        );
      });
      app.get("/", (c) => {
        c.header("x-mine", "yes");
        return streamSSE(c, function* (stream) {
          yield* stream.writeSSE({ data: `after ${stream.lastEventId}` });
        });
      });
      const headers = { "last-event-id": "7" };
      assertEquals(await send(app, "/", { headers }), [200, ":\n\ndata: after 7\n\n"]);
    });

    it("lets onError send a last event, given as Hono's own helper takes it or as an option", async () => {
      const app = new Hono();
      for (const path of ["/function", "/option"]) {
        const onError = async (error: Error, stream: { writeSSE(event: { data: string }): PromiseLike<unknown> }) => {
          await stream.writeSSE({ data: error.message });
        };
        app.get(path, (c) =>
          streamSSE(c, function* (stream) {
            yield* stream.writeSSE({ data: "one" });
            throw new RangeError("wrong");
          }, path === "/option" ? { onError } : onError));
      }
      assertEquals(await send(app, "/function"), [200, ":\n\ndata: one\n\ndata: wrong\n\n"]);
      assertEquals(await send(app, "/option"), [200, ":\n\ndata: one\n\ndata: wrong\n\n"]);
    });
  });
}

describe("streamSSE()", () => {
  it("is cancelled when its reader leaves", async () => {
    const ended = sign();
    const app = new Hono();
    app.get("/", (c) =>
      streamSSE(c, function* (stream) {
        try {
          for (let i = 1;; i++) {
            yield* stream.writeSSE({ data: `${i}` });
            yield* stream.sleep(1);
          }
        } finally {
          ended.give();
        }
      }));
    const reports = await serving(app.fetch, async (server) => {
      const client = await RawClient.connect(portOf(server));
      client.request("GET");
      await client.until("data: 1\n");
      await client.leave();
      await ended.seen;
      await eventually(() => taskNames().length === 0, "taskNames().length === 0");
    });
    assertEquals(reports, []);
  });

  it("refuses what is no function", async () => {
    const app = new Hono();
    app.get("/", (c) => {
      assertThrows(() => streamSSE(c, undefined as never), TypeError, "streamSSE()");
      for (const options of [null, 5, true]) {
        assertThrows(() => streamSSE(c, function* () {}, options as never), TypeError, "streamSSE() with");
      }
      assertThrows(() => streamSSE(c, function* () {}, { onError: 5 as never }), TypeError, "as onError");
      assertThrows(
        () => streamSSE(c, function* () {}, { retries: 5 } as never),
        TypeError,
        "streamSSE() with the unknown",
      );
      assertThrows(() => streamSSE(c, function* () {}, { heartbeat: 0 }), RangeError, "heartbeat");
      return c.text("refused");
    });
    assertEquals(await (await app.request("/")).text(), "refused");
  });
});
