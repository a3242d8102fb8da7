import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Hono } from "hono";
import { contextStorage, getContext } from "hono/context-storage";
import {
  call,
  ContextVar,
  type Coroutine,
  createTask,
  currentTask,
  gather,
  RuntimeError,
  sleep,
  taskGroup,
} from "../../mod.ts";
import { currentContext, handler, middleware, routes } from "../../src/hono/mod.ts";
import { RawClient } from "../adapters/raw_client.ts";
import { abandon, WAYS } from "./ways.ts";
import { portOf, serving, sign, taskNames } from "../http/serving.ts";

for (const [way, send] of Object.entries(WAYS)) {
  describe(`A request behind middleware() by ${way}`, () => {
    it("is one task in plain async handlers and middleware, before and after they await", async () => {
      const app = new Hono();
      const tasks: unknown[] = [];
      const note = () => tasks.push(currentTask());
      app.use(middleware());
      app.use(async (_c, next) => {
        await Promise.resolve();
        note();
        await sleep(1);
        note();
        await next();
        note();
      });
      app.get("/plain", async (c) => {
        note();
        await Promise.resolve();
        note();
        await sleep(1);
        note();
        return c.text(currentTask()!.getName());
      });
      assertEquals(await send(app, "/plain?x=1"), [200, "GET /plain"]);
      assertEquals([tasks.length, new Set(tasks).size], [6, 1]);
    });

    it("has context variables of its own", async () => {
      const user = new ContextVar("user", { default: "nobody" });
      const app = new Hono();
      app.use(middleware());
      app.use(async (c, next) => {
        user.set(c.req.query("user")!);
        await next();
      });
      app.get("/", async (c) => {
        await sleep(1);
        const inTask = await createTask(async () => {
          await sleep(0);
          return user.get();
        });
        return c.text(`${user.get()} ${inTask}`);
      });
      assertEquals(
        await Promise.all(["ada", "bob"].map((name) => send(app, `/?user=${name}`))),
        [[200, "ada ada"], [200, "bob bob"]],
      );
    });

    it("may use everything that belongs to a loop", async () => {
      const app = new Hono();
      app.use(middleware());
      app.get("/", async (c) => {
        const two = await gather(sleep(2, "two"), sleep(1, "one"));
        const three = await taskGroup(async (group) => await group.createTask(sleep(1, "three")));
        return c.json([...two, three]);
      });
      assertEquals(await send(app, "/"), [200, '["two","one","three"]']);
    });

    it("still gives its errors to Hono, those of somebody else's cancelled task as well", async () => {
      const app = new Hono();
      app.use(middleware());
      app.get("/error", async () => {
        await sleep(1);
        throw new RangeError("wrong");
      });
      app.get("/cancelled", async (c) => {
        const task = createTask(sleep(60_000));
        task.cancel("not yours");
        await task;
        return c.text("never");
      });
      app.onError((error, c) => c.text(`${error.name} ${error.message}`, 500));
      assertEquals(await send(app, "/error"), [500, "RangeError wrong"]);
      assertEquals(await send(app, "/cancelled"), [500, "CancelledError not yours"]);
      assertEquals((await send(app, "/nowhere"))[0], 404);
    });

    it("leaves the storage of Hono alone, in coroutines and in plain handlers", async () => {
      const app = new Hono();
      app.use(contextStorage(), middleware());
      routes(app).get("/coroutine", function* () {
        yield* sleep(1);
        yield* call((function* () {
          yield* sleep(0);
        })());
        return getContext().text(getContext().req.path);
      });
      app.get("/plain", async () => {
        await sleep(1);
        return getContext().text(getContext().req.path);
      });
      assertEquals(await send(app, "/coroutine"), [200, "/coroutine"]);
      assertEquals(await send(app, "/plain"), [200, "/plain"]);
    });

    it("knows Hono's Context by currentContext() at any depth", async () => {
      function* path(depth: number): Coroutine<string> {
        yield* sleep(0);
        return depth === 0 ? currentContext().req.path : yield* path(depth - 1);
      }
      const app = new Hono();
      app.use(middleware());
      app.get("/plain", async (c) => {
        assert(currentContext() === c);
        await sleep(1);
        assert(currentContext() === c);
        const inTasks = await gather(
          path(3),
          createTask(async () => {
            await sleep(0);
            return currentContext().req.path;
          }),
        );
        return c.json(inTasks);
      });
      routes(app).get("/coroutine", function* (c) {
        assert(currentContext() === c);
        const here = yield* path(3);
        return c.json([here, yield* call(path(3)), yield* createTask(path(2)), yield* gather(path(1))]);
      });
      assertEquals(await send(app, "/plain"), [200, '["/plain","/plain"]']);
      assertEquals(await send(app, "/coroutine"), [200, '["/coroutine","/coroutine","/coroutine",["/coroutine"]]']);
    });
  });
}

describe("currentContext()", () => {
  it("is each app's own where one app asks another", async () => {
    const inner = new Hono();
    routes(inner).get("/inner", function* (c) {
      yield* sleep(1);
      return c.text(currentContext().req.path);
    });
    const outer = new Hono();
    outer.use(middleware());
    outer.get("/outer", async (c) => {
      const text = await (await inner.request("/inner")).text();
      return c.text(`${text} ${currentContext().req.path}`);
    });
    assertEquals(await WAYS["app.request()"]!(outer, "/outer"), [200, "/inner /outer"]);
    assertEquals(await WAYS["serve(app.fetch)"]!(outer, "/outer"), [200, "/inner /outer"]);
  });

  it("says outside a request what is missing", () => {
    assertThrows(() => currentContext(), RuntimeError, "app.use(middleware())");
  });
});

describe("A plain async handler that is cancelled", () => {
  /** An app whose handler waits, and what it and Hono had to say. */
  function waitingApp(): { app: Hono; log: string[]; waits: Promise<void>; ended: Promise<void> } {
    const log: string[] = [];
    const [waits, ended] = [sign(), sign()];
    const app = new Hono();
    const inner = new Hono();
    for (const [name, of] of Object.entries({ app, inner })) {
      of.onError((error, c) => {
        log.push(`onError of ${name}: ${error}`);
        return c.text("error", 500);
      });
    }
    const wait = async () => {
      try {
        waits.give();
        await sleep(60_000);
      } catch (error) {
        log.push(String(error));
        throw error;
      } finally {
        await sleep(1);
        log.push("cleaned up");
        ended.give();
      }
      return new Response();
    };
    inner.get("/", wait);
    app.use("/plain/*", middleware());
    app.get("/plain", wait).route("/plain/inner", inner).get("/handler", handler(wait));
    return { app, log, waits: waits.seen, ended: ended.seen };
  }

  for (const path of ["/plain", "/plain/inner", "/handler"]) {
    it(`at ${path} is nothing that onError hears of, when its client leaves the server`, async () => {
      const { app, log, waits, ended } = waitingApp();
      const reports = await serving(app.fetch, async (server) => {
        const client = await RawClient.connect(portOf(server));
        client.request("GET", path);
        await waits;
        assertEquals(taskNames(), [`GET ${path}`]);
        await client.leave();
        await ended;
        await sleep(1);
        assertEquals(taskNames(), []);
      });
      assertEquals([log, reports], [["CancelledError: client left", "cleaned up"], []]);
    });

    it(`at ${path} neither, when the signal of a request without a server aborts`, async () => {
      const { app, log, waits } = waitingApp();
      assertEquals(await abandon(app, waits, path), 503);
      assertEquals(log, ["CancelledError: client left", "cleaned up"]);
    });
  }

  it("goes up through the middleware around it as a cancel", async () => {
    const waits = sign();
    const log: unknown[] = [];
    const app = new Hono();
    app.use(middleware());
    app.use(async (_c, next) => {
      try {
        await next();
        log.push("went on");
      } finally {
        log.push("finally");
      }
    });
    app.get("/", async (c) => {
      waits.give();
      await sleep(60_000);
      return c.text("never");
    });
    assertEquals(await abandon(app, waits.seen), 503);
    assertEquals(log, ["finally"]);
  });
});
