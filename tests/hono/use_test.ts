import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Hono } from "hono";
import { contextStorage, getContext } from "hono/context-storage";
import { coroutine, currentTask, gather, Semaphore, sleep, taskGroup, timeout, TimeoutError } from "../../mod.ts";
import { currentContext, middleware, routes } from "../../src/hono/mod.ts";
import { abandon, WAYS } from "./ways.ts";
import { sign } from "../http/serving.ts";

for (const [way, send] of Object.entries(WAYS)) {
  describe(`The context of contextStorage(), reached by ${way}`, () => {
    it("is known in the coroutines that an async handler awaits", async () => {
      const path = coroutine(function* () {
        yield* sleep(1);
        return getContext().req.path;
      });
      const app = new Hono();
      app.use(middleware(), contextStorage());
      app.get("/u/:id", async (c) => {
        const [first, second] = await gather(path(), path());
        const third = await taskGroup(async (group) => await group.createTask(path()));
        return c.text([await path(), await timeout(1_000, path), first, second, third].join());
      });
      assertEquals(await send(app, "/u/7"), [200, "/u/7,/u/7,/u/7,/u/7,/u/7"]);
    });
  });

  describe(`A middleware of routes().use, reached by ${way}`, () => {
    it("waits before and after the rest, in the one task of the request", async () => {
      const tasks = new Set<unknown>();
      const app = new Hono();
      app.use(contextStorage());
      routes(app)
        .use(function* (c, next) {
          yield* sleep(1);
          tasks.add(currentTask());
          yield* next();
          tasks.add(currentTask());
          yield* sleep(1);
          assert(currentContext() === c && getContext() === c);
          c.header("x-status", String(c.res.status));
        })
        .use("/u/*", async (_c, next) => {
          await sleep(1);
          tasks.add(currentTask());
          await next();
          await sleep(1);
          tasks.add(currentTask());
        })
        .get("/u/:id", function* (c) {
          tasks.add(currentTask());
          yield* sleep(1);
          tasks.add(currentTask());
          return c.text(`${c.req.param("id")} ${getContext().req.path}`);
        });
      assertEquals(await send(app, "/u/7"), [200, "7 /u/7"]);
      assertEquals(tasks.size, 1);
    });

    it("answers in the place of the rest, or is told that it has to", async () => {
      const app = new Hono();
      routes(app)
        .use("/no", function* (c) {
          yield* sleep(1);
          return c.text("no", 403);
        })
        .use("/nothing", function* () {
          yield* sleep(1);
        })
        .all("/*", (c) => c.text("the rest"));
      app.onError((error, c) => c.text(error.message, 500));
      assertEquals(await send(app, "/no"), [403, "no"]);
      assertMatch((await send(app, "/nothing"))[1], /Cannot answer GET \/nothing: its handler returned nothing/);
      assertEquals(await send(app, "/yes"), [200, "the rest"]);
    });

    it("stops the rest by a timeout around it, and goes on", async () => {
      const log: string[] = [];
      const app = new Hono();
      routes(app)
        .use(function* (c, next) {
          try {
            yield* timeout(1, () => next());
          } catch (error) {
            if (!(error instanceof TimeoutError)) throw error;
            c.res = c.json(log, 504);
          }
        })
        .get("/coroutine", function* (c) {
          try {
            yield* sleep(60_000);
          } finally {
            log.push("coroutine");
          }
          return c.text("never");
        });
      app.get("/plain", async (c) => {
        try {
          await sleep(60_000);
        } finally {
          log.push("plain");
        }
        return c.text("never");
      });
      assertEquals(await send(app, "/coroutine"), [504, '["coroutine"]']);
      assertEquals(await send(app, "/plain"), [504, '["coroutine","plain"]']);
    });

    it("holds what it has acquired while the rest runs", async () => {
      const limit = new Semaphore(2);
      let [running, most] = [0, 0];
      const app = new Hono();
      routes(app)
        .use(function* (_c, next) {
          using _place = yield* limit.acquire();
          most = Math.max(most, ++running);
          yield* next();
          running--;
        })
        .get("/", function* (c) {
          yield* sleep(1);
          return c.text("done");
        });
      const answers = way === "app.request()"
        ? await Promise.all(Array.from({ length: 5 }, () => send(app, "/")))
        : [await send(app, "/")];
      assert(answers.every(([status]) => status === 200));
      assertEquals([running, most], [0, Math.min(answers.length, 2)]);
    });
  });
}

describe("A middleware of routes().use", () => {
  for (const outer of [false, true]) {
    it(`sees a cancel go up through it, ${outer ? "behind middleware() too" : "alone"}`, async () => {
      const log: string[] = [];
      const waits = sign();
      const app = new Hono();
      if (outer) app.use(middleware());
      app.onError((error, c) => c.text(`${log.push(`onError ${error}`)}`));
      routes(app).use(function* (_c, next) {
        try {
          yield* next();
          log.push("went on");
        } catch (error) {
          log.push(String(error));
          throw error;
        }
      });
      app.get("/", async (c) => {
        waits.give();
        await sleep(60_000);
        return c.text("never");
      });
      assertEquals(await abandon(app, waits.seen), 503);
      assertEquals(log, ["CancelledError: client left"]);
    });
  }

  it("is refused when it is no function", () => {
    assertThrows(() => routes(new Hono()).use(undefined as never), TypeError, "give the generator function itself");
    assertThrows(() => routes(new Hono()).use("/x", {} as never), TypeError, "give the generator function itself");
  });
});
