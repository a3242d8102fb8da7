import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type Context, Hono } from "hono";
import { contextStorage, getContext } from "hono/context-storage";
import { call, type Coroutine, createTask, currentTask, fromPromise, sleep, timeout } from "../../mod.ts";
import { handler, routes } from "../../src/hono/mod.ts";
import { WAYS } from "./ways.ts";

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
