import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Hono } from "hono";
import { contextStorage, getContext } from "hono/context-storage";
import { createTask, currentTask, fromPromise, run, sleep } from "../../mod.ts";
import { currentContext, deadline, middleware, routes } from "../../src/hono/mod.ts";
import { RawClient } from "../adapters/raw_client.ts";
import { type Send, WAYS } from "./ways.ts";
import { get, portOf, serving, sign, taskNames } from "../http/serving.ts";
import { eventually } from "../within.ts";

/** Whether the handlers of a test have come to where they wait. */
class Waiting {
  #isSo = false;

  /** Says so, before the wait. */
  begin(): void {
    this.#isSo = true;
  }

  /** Sends a request whose deadline passes while its handler waits: where the machine stands still it may pass before that, and then another is sent. */
  async send(send: Send, app: Hono, path: string): Promise<[status: number, text: string]> {
    for (let tries = 0; tries < 100; tries++) {
      this.#isSo = false;
      const answer = await send(app, path);
      if (this.#isSo) return answer;
    }
    throw new Error(`The handler of ${path} has not begun to wait in a hundred requests.`);
  }
}

for (const [way, send] of Object.entries(WAYS)) {
  describe(`A handler behind deadline(), reached by ${way}`, () => {
    it("is stopped, as a coroutine and as an async function, and its finally ends before the answer", async () => {
      const log: string[] = [];
      const waiting = new Waiting();
      const app = new Hono();
      app.use(deadline(5));
      routes(app).get("/coroutine", function* (c) {
        try {
          waiting.begin();
          yield* sleep(60_000);
        } finally {
          yield* sleep(1);
          log.push("coroutine");
        }
        return c.text("never");
      });
      app.get("/plain", async (c) => {
        try {
          waiting.begin();
          await sleep(60_000);
        } finally {
          await sleep(1);
          log.push("plain");
        }
        return c.text("never");
      });
      app.onError((error, c) => c.text(`onError ${error}`, 500));
      assertEquals(await waiting.send(send, app, "/coroutine"), [504, "Gateway Timeout"]);
      assertEquals(await waiting.send(send, app, "/plain"), [504, "Gateway Timeout"]);
      assertEquals(log, ["coroutine", "plain"]);
    });

    it("is the one task of its request, and knows its context", async () => {
      const app = new Hono();
      app.use(contextStorage(), middleware(), async (_c, next) => {
        await sleep(1);
        tasks.add(currentTask());
        await next();
        tasks.add(currentTask());
      }, deadline(60_000));
      const tasks = new Set<unknown>();
      routes(app).get("/", function* (c) {
        tasks.add(currentTask());
        yield* sleep(1);
        tasks.add(currentTask());
        return c.json([getContext() === c, currentContext() === c, currentTask()!.getName()]);
      });
      assertEquals(await send(app, "/"), [200, '[true,true,"GET /"]']);
      assertEquals(tasks.size, 1);
    });

    it("may be answered for in any way, with what a middleware has set forgotten", async () => {
      const app = new Hono();
      app.use(
        "/coroutine",
        deadline(1, {
          *answer(c) {
            yield* sleep(1);
            return c.json({ task: currentTask()!.getName() }, 503);
          },
        }),
      );
      app.use("/async", deadline(1, { answer: async (c) => await Promise.resolve(c.text("async", 503)) }));
      app.use(async (c, next) => {
        c.res = new Response("a draft", { headers: { "x-draft": "yes" } });
        await next();
      });
      routes(app).get("/*", function* (c) {
        yield* sleep(60_000);
        return c.text("never");
      });
      assertEquals(await send(app, "/coroutine"), [503, '{"task":"GET /coroutine"}']);
      assertEquals(await send(app, "/async"), [503, "async"]);
    });

    it("answers by itself if it is in time, fails, or answers its cancel", async () => {
      const waiting = new Waiting();
      const app = new Hono();
      app.use("/in/*", deadline(60_000)).use("/late/*", deadline(1));
      routes(app)
        .get("/in/time", function* (c) {
          yield* sleep(1);
          return c.text("in time");
        })
        .get("/late/error", function* (c) {
          try {
            waiting.begin();
            yield* sleep(60_000);
          } finally {
            yield* fromPromise(Promise.reject(new RangeError("while it cleaned up")));
          }
          return c.text("never");
        })
        .get("/late/answer", function* (c) {
          try {
            waiting.begin();
            yield* sleep(60_000);
          } catch {
            return c.text("a part of it", 206);
          }
          return c.text("never");
        });
      app.onError((error, c) => c.text(error.message, 500));
      assertEquals(await send(app, "/in/time"), [200, "in time"]);
      assertEquals(await send(app, "/in/nowhere"), [404, "404 Not Found"]);
      assertEquals(await waiting.send(send, app, "/late/error"), [500, "while it cleaned up"]);
      assertEquals(await waiting.send(send, app, "/late/answer"), [206, "a part of it"]);
    });

    it("heeds the sooner of two deadlines", async () => {
      const app = new Hono();
      const answer = (text: string) => ({ answer: () => new Response(text, { status: 504 }) });
      app.use("/inner", deadline(60_000, answer("outer")), deadline(1, answer("inner")));
      app.use("/outer", deadline(1, answer("outer")), deadline(60_000, answer("inner")));
      app.get("/*", async (c) => {
        await sleep(60_000);
        return c.text("never");
      });
      assertEquals(await send(app, "/inner"), [504, "inner"]);
      assertEquals(await send(app, "/outer"), [504, "outer"]);
    });

    it("has the tasks that it has started end with it", async () => {
      const ended = sign();
      const waiting = new Waiting();
      const app = new Hono();
      app.use(deadline(1));
      app.get("/", async (c) => {
        const task = createTask(async () => {
          try {
            waiting.begin();
            await sleep(60_000);
          } finally {
            ended.give();
          }
        });
        await task;
        return c.text("never");
      });
      assertEquals((await waiting.send(send, app, "/"))[0], 504);
      await ended.seen;
    });
  });
}

describe("deadline()", () => {
  it("leaves a handler alone that waits for what cannot be cancelled, answers, and reports it", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = new Waiting();
    const app = new Hono();
    app.use(deadline(1, { gracePeriod: 1 }));
    const late = sign();
    app.get("/", async (c) => {
      waiting.begin();
      await promise;
      late.give();
      return c.text("too late");
    });
    const reports = await serving(app.fetch, async (server) => {
      assertEquals(await waiting.send((_app, path) => get(server, path), app, "/"), [504, "Gateway Timeout"]);
      assertEquals(taskNames(), []);
      resolve();
      await late.seen;
      assertEquals((await get(server, "/nowhere"))[0], 404);
    });
    assertEquals(reports.length, 1);
    assertMatch(reports[0]!.message!, /GET \/ goes on, .* deadline of 1 ms has passed .* currentTask\(\)\.signal/);
  });

  it("reports no handler that heeds the signal of its task", async () => {
    const app = new Hono();
    app.use(deadline(1, { gracePeriod: 60_000 }));
    app.get("/", async (c) => {
      const { signal } = currentTask()!;
      await new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      return c.text("never");
    });
    const reports = await serving(app.fetch, async (server) => assertEquals((await get(server))[0], 504));
    assertEquals(reports, []);
  });

  it("lets the cancel of a client that leaves pass", async () => {
    const log: string[] = [];
    const [waits, ended] = [sign(), sign()];
    const app = new Hono();
    app.use(deadline(60_000, { answer: (c) => c.text(`${log.push("answered")}`) }));
    app.get("/", async (c) => {
      try {
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
    const reports = await serving(app.fetch, async (server) => {
      const client = await RawClient.connect(portOf(server));
      client.request("GET");
      await waits.seen;
      await client.leave();
      await ended.seen;
      await eventually(() => taskNames().length === 0, "taskNames().length === 0");
    });
    assertEquals([log, reports], [["CancelledError: client left"], []]);
  });

  it("does not leave a handler alone whose client has left before its time is over", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const waits = sign();
    const app = new Hono();
    app.use(deadline(60_000, { gracePeriod: 0 }));
    app.get("/", async (c) => {
      waits.give();
      await promise;
      await sleep(60_000);
      return c.text("never");
    });
    const reports = await serving(app.fetch, async (server) => {
      const client = await RawClient.connect(portOf(server));
      client.request("GET");
      await waits.seen;
      await client.leave();
      await sleep(5);
      assertEquals(taskNames(), ["GET /"]);
      resolve();
      await eventually(() => taskNames().length === 0, "taskNames().length === 0");
    });
    assertEquals(reports, []);
  });

  it("leaves no timer behind when the handler is done", async () => {
    await run(async () => {
      const app = new Hono();
      app.use(deadline(60_000));
      app.get("/", (c) => c.text("done"));
      assertEquals((await app.request("/")).status, 200);
    });
    // The sanitizers of the runner see one that is left.
  });

  it("refuses times that are none, and an answer that is no function", () => {
    assertThrows(
      () => deadline("5" as never),
      TypeError,
      "as limit: write a number of milliseconds, or null for no limit",
    );
    assertThrows(() => deadline(-1), RangeError, "a limit of -1");
    assertThrows(() => deadline(1, { gracePeriod: NaN }), RangeError, "a gracePeriod of NaN");
    assertThrows(() => deadline(1, { answer: new Response() as never }), TypeError, "give a function");
    deadline(null);
  });
});
