import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type Context, Hono } from "hono";
import { type Coroutine, createTask, Event, sleep } from "../../mod.ts";
import { currentContext, middleware, routes, streamText, type TextStream } from "../../src/hono/mod.ts";
import { RawClient } from "../adapters/raw_client.ts";
import { WAYS } from "./ways.ts";
import { portOf, serving, sign, taskNames } from "../http/serving.ts";
import { eventually } from "../within.ts";

function* count(stream: TextStream): Coroutine<void> {
  for (let i = 1; i <= 3; i++) {
    yield* stream.writeln(`${i}`);
    yield* stream.sleep(1);
  }
}

/** The same stream behind every kind of handler. */
function addHandlers(app: Hono, answer: (c: Context) => Response): void {
  app.get("/plain", answer);
  app.get("/async", async (c) => {
    await Promise.resolve();
    return answer(c);
  });
  routes(app).get("/coroutine", function* (c) {
    yield* sleep(1);
    return answer(c);
  });
  app.use("/task/*", middleware()).get("/task/plain", answer);
  app.get("/task/async", async (c) => {
    await sleep(1);
    return answer(c);
  });
}

const PATHS = ["/plain", "/async", "/coroutine", "/task/plain", "/task/async"];

for (const [way, send] of Object.entries(WAYS)) {
  describe(`streamText() by ${way}`, () => {
    it("sends what a coroutine writes, with the headers of Hono and its own", async () => {
      const app = new Hono();
      app.use(async (c, next) => {
        await next();
        const { headers } = c.res;
        assertEquals(
          [headers.get("content-type"), headers.get("x-content-type-options"), headers.get("x-mine")],
          ["text/plain; charset=UTF-8", "nosniff", "yes"],
        );
      });
      addHandlers(app, (c) => {
        c.header("x-mine", "yes");
        c.status(201);
        return streamText(c, count);
      });
      // Where no loop runs the shared one is taken; what a loop's own response is read by runs on that.
      for (const path of PATHS) assertEquals(await send(app, path), [201, "1\n2\n3\n"], path);
    });

    it("sends what an async function writes", async () => {
      const app = new Hono();
      addHandlers(app, (c) =>
        streamText(c, async (stream) => {
          await stream.write("one ");
          await stream.sleep(1);
          await stream.write(new TextEncoder().encode("two "));
          await stream.pipe(["three ", "four"]);
        }));
      for (const path of PATHS) assertEquals(await send(app, path), [200, "one two three four"], path);
    });

    it("knows the context and the tasks of its request", async () => {
      const app = new Hono();
      routes(app).get("/here", function* (c) {
        yield* sleep(0);
        const task = createTask(sleep(2, "task"));
        return streamText(c, function* (stream) {
          yield* stream.write(`${currentContext().req.path} ${yield* task}`);
        });
      });
      assertEquals(await send(app, "/here"), [200, "/here task"]);
    });

    it("lets onError have the last word", async () => {
      const app = new Hono();
      const handlers = {
        *coroutine(error: Error, stream: TextStream): Coroutine<void> {
          yield* stream.write(error.message);
        },
        async async(error: Error, stream: TextStream): Promise<void> {
          await stream.write(error.message);
        },
      };
      for (const [name, onError] of Object.entries(handlers)) {
        routes(app).get(`/${name}`, (c) =>
          streamText(c, function* (stream) {
            yield* stream.write("one ");
            throw new RangeError(name);
          }, onError));
      }
      for (const name of Object.keys(handlers)) {
        assertEquals(await send(app, `/${name}`), [200, `one ${name}`]);
      }
    });
  });
}

describe("streamText()", () => {
  it("is cancelled in write when its client leaves, and no onError hears of it", async () => {
    const log: string[] = [];
    const ended = sign();
    const app = new Hono();
    routes(app).get("/", (c) =>
      streamText(c, function* (stream) {
        try {
          for (;;) {
            yield* stream.write("x".repeat(65_536));
            yield* stream.sleep(1);
          }
        } catch (error) {
          log.push(String(error));
          throw error;
        } finally {
          ended.give();
        }
      }, (error) => void log.push(`onError ${error}`)));
    app.onError((error) => new Response(`${log.push(`app.onError ${error}`)}`));
    const reports = await serving(app.fetch, async (server) => {
      const client = await RawClient.connect(portOf(server));
      client.request("GET");
      await client.until("xxx");
      await client.leave();
      await ended.seen;
      await eventually(() => taskNames().length === 0, "taskNames().length === 0");
    });
    assertEquals([log, reports], [["CancelledError: client left"], []]);
  });

  it("breaks the response off when it fails and nobody has an answer to that", async () => {
    const app = new Hono();
    const hasBegun = new Event();
    routes(app).get("/", (c) =>
      streamText(c, function* (stream) {
        yield* stream.write("one ");
        yield* hasBegun.wait();
        throw new RangeError("wrong");
      }));
    const reports = await serving(app.fetch, async (server) => {
      const reader = (await fetch(server.url)).body!.getReader();
      assertEquals(new TextDecoder().decode((await reader.read()).value), "one ");
      // Before that the failure would be answered by a 500.
      hasBegun.set();
      assertEquals(await reader.read().then(({ done }) => done ? "whole" : "more", () => "broken off"), "broken off");
    });
    assertEquals(reports.length, 1);
    assertMatch(String(reports[0]!.exception), /wrong/);
  });

  it("answers HEAD without running the function", async () => {
    const app = new Hono();
    let ran = false;
    app.get("/", (c) =>
      streamText(c, function* (stream) {
        ran = true;
        yield* stream.write("one");
      }));
    const response = await app.request("/", { method: "HEAD" });
    assertEquals([response.status, await response.text()], [200, ""]);
    await serving(app.fetch, async (server) => {
      assertEquals((await fetch(server.url, { method: "HEAD" })).status, 200);
    });
    assert(!ran);
  });

  it("refuses what is no function", async () => {
    const app = new Hono();
    app.get("/", (c) => {
      assertThrows(() => streamText(c, undefined as never), TypeError, "streamText()");
      for (const onError of [null, true, {}]) {
        assertThrows(() => streamText(c, function* () {}, onError as never), TypeError, "as onError: give a function");
      }
      return c.text("refused");
    });
    assertEquals(await (await app.request("/")).text(), "refused");
  });
});
