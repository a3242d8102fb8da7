import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Hono } from "hono";
import {
  allTasks,
  createTask,
  currentTask,
  fromPromise,
  gather,
  getRunningLoop,
  run,
  sleep,
  timeout,
} from "../../mod.ts";
import { background, currentRequest } from "../../src/http/mod.ts";
import { handler, middleware, routes } from "../../src/hono/mod.ts";
import { abandon } from "./ways.ts";
import { sign } from "../http/serving.ts";

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

  it("says what to write if it is a plain async function that uses the module, and does it once that is written", async () => {
    const waits: Record<string, () => PromiseLike<unknown>> = {
      "an await": () => sleep(1),
      "an await of several": () => gather(sleep(1), sleep(1)),
      "a task": () => createTask(sleep(1)),
      "the end of a deadline": () => timeout(1_000, () => sleep(1)),
      "the loop": () => Promise.resolve(getRunningLoop()),
    };
    for (const [what, wait] of Object.entries(waits)) {
      for (const use of [false, true]) {
        const app = new Hono();
        app.onError((error, c) => c.text(error.message, 500));
        if (use) app.use(middleware());
        app.get("/", async (c) => {
          await wait();
          return c.text("answered");
        });
        const response = await app.request("/");
        const text = await response.text();
        assertEquals(response.status, use ? 200 : 500, what);
        if (use) assertEquals(text, "answered");
        else assertMatch(text, /^Cannot .* running .* write app\.use\(middleware\(\)\) before it\.$/);
      }
    }
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
