import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type Context, Hono } from "hono";
import { contextStorage, getContext } from "hono/context-storage";
import { timeout as honoTimeout } from "hono/timeout";
import {
  allTasks,
  background,
  call,
  type Coroutine,
  createTask,
  currentRequest,
  currentTask,
  fromPromise,
  getRunningLoop,
  run,
  sleep,
  timeout,
} from "../../mod.ts";
import { handler, routes } from "../../src/http/hono.ts";
import { RawClient } from "../adapters/raw_client.ts";
import { abandon, WAYS } from "./hono_ways.ts";
import { get, portOf, serving, sign, taskNames } from "./serving.ts";

function* recursion(levels: number): Coroutine<number> {
  return levels === 0 ? 0 : 1 + (yield* call(recursion(levels - 1)));
}

for (const [way, send] of Object.entries(WAYS)) {
  describe(`A Hono handler reached by ${way}`, () => {
    it("may end in its first step", async () => {
      const app = new Hono();
      routes(app).get("/", (c) => c.text("plain"));
      app.get(
        "/coroutine",
        handler(function* (c) {
          if (currentTask() === null) yield* sleep(0);
          return c.text("coroutine");
        }),
      );
      assertEquals(await send(app, "/"), [200, "plain"]);
      assertEquals(await send(app, "/coroutine"), [200, "coroutine"]);
    });

    it("may wait, and is one task from its first step to its last, named after the request", async () => {
      const app = new Hono();
      routes(app).get("/u/:id", function* (c) {
        const task = currentTask()!;
        yield* sleep(1);
        assert(task === currentTask());
        yield* sleep(0);
        return c.text(`${c.req.param("id")} ${task.getName()}`);
      });
      assertEquals(await send(app, "/u/7?x=1"), [200, "7 GET /u/7"]);
    });

    it("may be an async function", async () => {
      const app = new Hono();
      routes(app).get("/", async (c) => {
        await sleep(1);
        return c.text(currentTask()!.getName());
      });
      assertEquals(await send(app, "/"), [200, "GET /"]);
    });

    it("may recurse by call(), before and after it waits", async () => {
      const app = new Hono();
      routes(app).get("/", function* (c) {
        const before = yield* call(recursion(20_000));
        yield* sleep(1);
        return c.text(`${before} ${yield* call(recursion(20_000))}`);
      });
      assertEquals(await send(app, "/"), [200, "20000 20000"]);
    });

    it("may use deadlines and tasks", async () => {
      const log: string[] = [];
      const app = new Hono();
      routes(app).get("/", function* (c) {
        const other = createTask(sleep(1, "other"));
        try {
          yield* timeout(1, function* () {
            try {
              yield* sleep(60_000);
            } finally {
              yield* sleep(1);
              log.push("stopped");
            }
          });
        } catch (error) {
          return c.text(`${(error as Error).name} ${yield* other}`, 504);
        }
        return c.text("never");
      });
      assertEquals(await send(app, "/"), [504, "TimeoutError other"]);
      assertEquals(log, ["stopped"]);
    });

    it("hands its errors to Hono, whenever they are thrown", async () => {
      const app = new Hono();
      routes(app)
        .get("/now", function* () {
          if (currentTask() !== null) throw new RangeError("now");
          yield* sleep(0);
          return new Response();
        })
        .get("/later", function* () {
          yield* sleep(1);
          throw new RangeError("later");
        });
      app.onError((error, c) => c.text(`${error.name} ${error.message}`, 500));
      assertEquals(await send(app, "/now"), [500, "RangeError now"]);
      assertEquals(await send(app, "/later"), [500, "RangeError later"]);
    });

    it("that returns no Response is told what to write", async () => {
      const app = new Hono();
      routes(app)
        .get("/now", (() => undefined) as never)
        .get("/later", function* () {
          yield* sleep(1);
          return "text" as never;
        });
      app.onError((error, c) => c.text(`${error.name}: ${error.message}`, 500));
      const [status, now] = await send(app, "/now");
      assertEquals(status, 500);
      assertMatch(
        now,
        /^TypeError: Cannot answer GET \/now: its handler returned nothing, .* Write return c\.text\(…\)/,
      );
      assertMatch(
        (await send(app, "/later"))[1],
        /^TypeError: Cannot answer GET \/later: its handler returned the string "text"/,
      );
    });

    it("that yields by hand is told so where it does", async () => {
      const app = new Hono();
      const log: string[] = [];
      routes(app).get("/", function* (c) {
        for (const _ of ["in the first step", "later"]) {
          try {
            yield 5 as never;
          } catch (error) {
            log.push((error as Error).message);
          }
          yield* sleep(0);
        }
        return c.text("done");
      });
      assertEquals(await send(app, "/"), [200, "done"]);
      assertEquals(log.length, 2);
      for (const message of log) assertMatch(message, /yielded the number 5, .* yield\* \(a star\)/);
    });

    it("runs behind async middleware, and middleware behind it sees its answer", async () => {
      const app = new Hono();
      app.use(async (c, next) => {
        await Promise.resolve();
        await sleep(1);
        await next();
        c.header("x-status", String(c.res.status));
        c.res = new Response(`${await c.res.text()} after`, c.res);
      });
      routes(app).get("/", function* (c) {
        const before = currentTask()!.getName();
        yield* sleep(1);
        return c.text(`${before} ${currentTask()!.getName()}`);
      });
      // Outside serve() the middleware is nobody's task and may not await what belongs to a loop.
      if (way === "app.request()") await assertNoLoop(app);
      else assertEquals(await send(app, "/"), [200, "GET / GET / after"]);
    });

    it("sees the storage of Hono's own middleware after it has waited", async () => {
      const app = new Hono();
      app.use(contextStorage());
      routes(app).get("/here", function* () {
        const before = getContext().req.path;
        yield* sleep(1);
        return getContext().text(`${before} ${getContext().req.path}`);
      });
      assertEquals(await send(app, "/here"), [200, "/here /here"]);
    });

    it("sees that storage in what it runs by call() too, before and after it has waited", async () => {
      const app = new Hono();
      app.use(contextStorage());
      function* paths(): Coroutine<string[]> {
        const before = getContext().req.path;
        yield* sleep(0);
        return [before, getContext().req.path];
      }
      routes(app).get("/here", function* (c) {
        const first = yield* call(paths());
        yield* sleep(1);
        return c.json([...first, ...(yield* call(paths())), getContext().req.path]);
      });
      assertEquals(await send(app, "/here"), [200, '["/here","/here","/here","/here","/here"]']);
    });

    it("passes a request on by next()", async () => {
      const app = new Hono();
      app.get(
        "/",
        handler(function* (c, next) {
          yield* sleep(1);
          yield* fromPromise(next());
          c.header("x-passed", "yes");
          return c.res;
        }),
      );
      routes(app).get("/", function* (c) {
        yield* sleep(1);
        return c.text("passed on");
      });
      assertEquals(await send(app, "/"), [200, "passed on"]);
    });

    it("answers every method that routes() has", async () => {
      const app = new Hono();
      const answer = function* (c: Context): Coroutine<Response> {
        yield* sleep(0);
        return c.text(c.req.method);
      };
      routes(app).get("/", answer).post("/", answer).put("/", answer).delete("/", answer).patch("/", answer)
        .options("/", answer).all("/all", answer);
      for (const method of ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
        assertEquals(await send(app, "/", { method }), [200, method]);
      }
      assertEquals(await send(app, "/all", { method: "DELETE" }), [200, "DELETE"]);
    });
  });
}

async function assertNoLoop(app: Hono): Promise<void> {
  app.onError((error, c) => c.text(error.message, 500));
  const response = await app.request("/");
  assertEquals(response.status, 500);
  assertMatch(await response.text(), /no event loop is running here/);
}

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
    }, { gracePeriod: 0 });
  });

  it("is stopped when a middleware answers in its place", async () => {
    const stopped = sign();
    const app = new Hono();
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
  });

  it("learns where the client is as Hono's adapter for Deno says it", async () => {
    const app = new Hono<{ Bindings: { remoteAddr: { hostname: string } } }>();
    routes(app).get("/", (c) => c.text(c.env.remoteAddr.hostname));
    await serving(app.fetch, async (server) => assertEquals(await get(server), [200, "127.0.0.1"]));
  });
});

describe("A Hono handler where no loop runs", () => {
  it("shares one loop with the requests beside it, and the next request gets a new one", async () => {
    const loops: unknown[] = [];
    const app = new Hono();
    routes(app).get("/", function* (c) {
      loops.push(getRunningLoop());
      yield* sleep(1);
      return c.text(String(allTasks().size));
    });
    const responses = await Promise.all([app.request("/"), app.request("/"), app.request("/")]);
    assertEquals(await responses[0]!.text(), "3");
    await app.request("/");
    assert(loops[0] === loops[1] && loops[0] === loops[2]);
    assert(loops[3] !== loops[0]);
    assert((loops[0] as { isClosed(): boolean }).isClosed());
  });

  it("gives its Response at once if it ends in its first step", async () => {
    const app = new Hono();
    app.get(
      "/",
      handler(function* (c) {
        if (currentTask() === null) yield* sleep(0);
        return c.text("done");
      }),
    );
    const response = app.fetch(new Request("http://127.0.0.1/"));
    assert(response instanceof Response);
    assertEquals(await response.text(), "done");
  });

  it("knows its request, and may leave work behind in the background, for which the loop lives on", async () => {
    const done = sign();
    const app = new Hono();
    routes(app).get("/here", function* (c) {
      background(function* () {
        yield* sleep(5);
        done.give();
      });
      yield* sleep(1);
      return c.json([
        currentRequest() === c.req.raw,
        yield* createTask(async () => {
          await sleep(0);
          return currentRequest().method;
        }),
      ]);
    });
    assertEquals(await (await app.request("/here")).json(), [true, "GET"]);
    await done.seen;
  });

  it("ends what it has started when it has answered, as under a server", async () => {
    const log: string[] = [];
    const app = new Hono();
    routes(app).get("/", function* (c) {
      createTask(function* () {
        try {
          yield* sleep(60_000);
        } finally {
          yield* sleep(1);
          log.push("ended");
        }
      });
      yield* sleep(1);
      return c.text("done");
    });
    await run(function* () {
      const response = yield* fromPromise(async () => await app.request("/"));
      assertEquals([response.status, log], [200, []]);
      while (allTasks().size > 1) yield* sleep(1);
      assertEquals(log, ["ended"]);
    });
  });

  it("is cancelled when the signal of its request aborts", async () => {
    const waits = sign();
    const log: string[] = [];
    const app = new Hono();
    routes(app).get("/", function* (c) {
      try {
        waits.give();
        yield* sleep(60_000);
      } catch (error) {
        log.push(String(error));
        throw error;
      }
      return c.text("never");
    });
    assertEquals(await abandon(app, waits.seen), 503);
    assertEquals(log, ["CancelledError: client left"]);
  });
});

describe("handler() and routes()", () => {
  it("refuse what is not a function, and what is not an app", () => {
    assertThrows(() => handler(undefined as never), TypeError, "give the generator function itself");
    assertThrows(() => handler(sleep(0) as never), TypeError, "a coroutine that was made already");
    assertThrows(
      () => routes(new Hono()).get("/", undefined as never),
      TypeError,
      "give the generator function itself",
    );
    assertThrows(() => routes({} as never), TypeError, "routes(new Hono())");
  });

  it("take middleware before the handler", async () => {
    const app = new Hono();
    routes(app).get("/", async (c, next) => {
      c.header("x-before", "yes");
      await next();
    }, function* (c) {
      yield* sleep(1);
      return c.text("after");
    });
    const response = await app.request("/");
    assertEquals([response.headers.get("x-before"), await response.text()], ["yes", "after"]);
  });
});
