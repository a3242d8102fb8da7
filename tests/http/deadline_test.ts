import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { createTask, currentTask, sleep } from "../../mod.ts";
import { HttpError, type RequestOutcome, type ServeHandler, streamResponse } from "../../src/http/mod.ts";
import { RawClient } from "../adapters/raw_client.ts";
import { get, portOf, serving, sign, taskNames } from "./serving.ts";
import { eventually } from "../within.ts";

describe("requestTimeout", () => {
  it("answers 504 when it is over, and cancels the handler with all that it has started", async () => {
    const log: string[] = [];
    const handler: ServeHandler = function* () {
      createTask(function* () {
        try {
          yield* sleep(60_000);
        } finally {
          yield* sleep(1);
          log.push("task");
        }
      });
      try {
        yield* sleep(60_000);
      } catch (error) {
        log.push(String(error));
        throw error;
      } finally {
        yield* sleep(1);
        log.push("handler");
      }
      return new Response();
    };
    const reports = await serving(handler, async (server) => {
      assertEquals(await get(server), [504, "Gateway Timeout"]);
      await eventually(() => server.pending === 0, "server.pending === 0");
      assertEquals(taskNames(), []);
    }, { requestTimeout: 5 });
    assertEquals(log, ["CancelledError: request timed out", "handler", "task"]);
    assertEquals(reports, []);
  });

  it("answers 504 in place of a handler that cannot be stopped, and drops what that gives in the end", async () => {
    const [go, dropped] = [sign(), sign()];
    const handler: ServeHandler = async () => {
      await go.seen;
      return new Response(new ReadableStream({ cancel: () => dropped.give() }));
    };
    await serving(handler, async (server) => {
      assertEquals(await get(server), [504, "Gateway Timeout"]);
      assertEquals(server.pending, 1);
      go.give();
      await dropped.seen;
      await eventually(() => server.pending === 0, "server.pending === 0");
    }, { requestTimeout: 5 });
  });

  it("leaves those alone that are done in time, one after the other and many at once", async () => {
    const handler: ServeHandler = function* (request) {
      yield* sleep(new URL(request.url).pathname === "/slow" ? 60_000 : 1);
      return new Response("in time");
    };
    await serving(handler, async (server) => {
      const slow = get(server, "/slow");
      for (let i = 0; i < 5; i++) assertEquals(await get(server), [200, "in time"]);
      const many = await Promise.all(Array.from({ length: 20 }, () => get(server)));
      assertEquals(new Set(many.map(String)), new Set(["200,in time"]));
      assertEquals((await slow)[0], 504);
    }, { requestTimeout: 2_000 });
  });

  it("does not begin with the answer's, when the handler has ended in its first step", async () => {
    await serving(() => new Response("at once"), async (server) => {
      assertEquals(await get(server), [200, "at once"]);
      await sleep(5);
    }, { requestTimeout: 1 });
  });

  it("is over for a client that sends half a body, or one byte after the other", async () => {
    const handler: ServeHandler = async (request) => new Response(await request.text());
    const outcomes: RequestOutcome[] = [];
    const timedOut = () => outcomes.filter(({ outcome, status }) => outcome === "timedOut" && status === 504).length;
    await serving(handler, async (server) => {
      const half = await RawClient.connect(portOf(server));
      half.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf");
      const slow = await RawClient.connect(portOf(server));
      slow.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10000\r\n\r\n");
      const dripping = createTask(function* () {
        for (;;) {
          yield* sleep(2);
          slow.send("x");
        }
      });
      assertEquals(await get(server, "/", { method: "POST", body: "whole" }), [200, "whole"]);
      await half.until("504");
      // One that sends while the server closes may find that out before it reads the answer.
      await eventually(() => timedOut() === 2, "the end of both requests");
      dripping.cancel();
      await half.leave();
      await slow.leave();
      await eventually(() => server.pending === 0, "server.pending === 0");
    }, { requestTimeout: 1_500, onOutcome: (outcome) => outcomes.push(outcome) });
  });

  it("breaks off a body that a task still produces", async () => {
    const log: string[] = [];
    const outcomes: RequestOutcome[] = [];
    const handler: ServeHandler = () =>
      streamResponse(function* (stream) {
        try {
          for (;;) {
            yield* stream.write("tick");
            yield* sleep(1);
          }
        } finally {
          log.push("ended");
        }
      });
    await serving(handler, async (server) => {
      const client = await RawClient.connect(portOf(server));
      client.request("GET");
      await client.until("tick");
      await client.closed;
      assert(!client.received.includes("\r\n0\r\n"));
      await eventually(() => server.pending === 0, "server.pending === 0");
    }, { requestTimeout: 1_000, onOutcome: (outcome) => outcomes.push(outcome) });
    assertEquals(log, ["ended"]);
    assertEquals(outcomes.map(({ outcome }) => outcome), ["timedOut"]);
  });

  it("reports what the handler throws while it cleans up", async () => {
    const handler: ServeHandler = function* () {
      try {
        yield* sleep(60_000);
      } finally {
        // deno-lint-ignore no-unsafe-finally
        throw new RangeError("while cleaning up");
      }
    };
    const reports = await serving(handler, async (server) => {
      assertEquals((await get(server, "/x"))[0], 504);
      await eventually(() => server.pending === 0, "server.pending === 0");
    }, { requestTimeout: 5 });
    assertEquals(reports.map(({ exception }) => String(exception)), ["RangeError: while cleaning up"]);
    assertMatch(reports[0]!.message!, /GET \/x failed when its time was over; the client had got a 504/);
  });
});

describe("onError", () => {
  it("answers in place of the 500, and nothing is reported", async () => {
    const handler: ServeHandler = function* (request) {
      yield* sleep(0);
      throw new RangeError(new URL(request.url).pathname);
    };
    const reports = await serving(handler, async (server) => {
      assertEquals(await get(server, "/x"), [418, "GET RangeError: /x"]);
    }, { onError: (error, { method }) => new Response(`${method} ${error}`, { status: 418 }) });
    assertEquals(reports, []);
  });

  it("that gives nothing leaves it at the 500 and the report, and at what an HttpError says", async () => {
    const seen: unknown[] = [];
    const handler: ServeHandler = (request) => {
      if (request.url.endsWith("/404")) throw new HttpError(404, "not here");
      throw new RangeError("oops");
    };
    const reports = await serving(handler, async (server) => {
      assertEquals(await get(server), [500, "Internal Server Error"]);
      assertEquals(await get(server, "/404"), [404, "not here"]);
    }, { onError: (error) => void seen.push(String(error)) });
    assertEquals(reports.map(({ exception }) => String(exception)), ["RangeError: oops"]);
    assertEquals(seen, ["RangeError: oops", "HttpError: not here"]);
  });

  it("that throws is reported as well", async () => {
    const handler: ServeHandler = () => {
      throw new RangeError("oops");
    };
    const reports = await serving(handler, async (server) => assertEquals((await get(server))[0], 500), {
      onError: () => {
        throw new TypeError("in onError");
      },
    });
    assertEquals(reports.map(({ exception }) => String(exception)), ["TypeError: in onError", "RangeError: oops"]);
  });

  it("hears of a response that was used before", async () => {
    const used = new Response("once");
    await used.text();
    const handlers: ServeHandler[] = [() => used, function* () {
      if (currentTask() !== null) yield* sleep(0);
      return used;
    }];
    for (const handler of handlers) {
      const seen: unknown[] = [];
      await serving(handler, async (server) => assertEquals(await get(server), [500, "mine"]), {
        onError: (error) => {
          seen.push(error);
          return new Response("mine", { status: 500 });
        },
      });
      assertEquals(seen.length, 1);
      assertMatch(String(seen[0]), /TypeError: Cannot answer GET \/: .*was read already/);
    }
  });
});
