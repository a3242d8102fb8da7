import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { createTask, currentTask, sleep } from "../../mod.ts";
import {
  HttpError,
  type RequestOutcome,
  type ServeHandler,
  type ServeOptions,
  streamResponse,
  upgradeWebSocket,
} from "../../src/http/mod.ts";
import { RawClient, UPGRADE } from "../adapters/raw_client.ts";
import { get, GRACE, portOf, serving, sign } from "./serving.ts";
import { eventually } from "../within.ts";

/** Serves, makes one request, and gives what is told of its end. */
async function outcomeOf(
  handler: ServeHandler,
  visit: (client: RawClient) => Promise<void>,
  options: ServeOptions = {},
): Promise<RequestOutcome> {
  const told: RequestOutcome[] = [];
  const ended = sign();
  const onOutcome = (outcome: RequestOutcome) => {
    told.push(outcome);
    ended.give();
  };
  await serving(handler, async (server) => {
    const client = await RawClient.connect(portOf(server));
    await visit(client);
    await ended.seen;
    await client.leave();
  }, { onOutcome, ...options });
  assertEquals(told.length, 1);
  const { request, duration } = told[0]!;
  assert(duration >= 0);
  assertMatch(`${request.method} ${request.url}`, /^GET http:\/\/127\.0\.0\.1.*\/x$/);
  return told[0]!;
}

const encoder = new TextEncoder();

/** A body that nothing of the module produces. */
function foreign(next: (count: number) => Promise<string | null>, gone = () => {}): Response {
  let count = 0;
  return new Response(
    new ReadableStream({
      async pull(controller) {
        const text = await next(count++);
        if (text === null) controller.close();
        else controller.enqueue(encoder.encode(text));
      },
      cancel: gone,
    }),
  );
}

const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 5));

/** A body that a task writes, of which each part is sent twice. */
function passedOn(headers: HeadersInit = {}): Response {
  const { body } = streamResponse(function* (stream) {
    yield* stream.write("1, ");
    yield* sleep(5);
    yield* stream.write("2, ");
  });
  const twice = new TransformStream<Uint8Array, Uint8Array>({
    transform(part, controller) {
      controller.enqueue(part);
      controller.enqueue(part);
    },
  });
  return new Response(body!.pipeThrough(twice) as ReadableStream<Uint8Array<ArrayBuffer>>, { headers });
}

const delivered: Record<string, ServeHandler> = {
  "a response of the first step": () => new Response("the end"),
  "a response without a body": () => new Response(null, { headers: { "x-say": "the end" } }),
  "a response of a handler that parked": function* () {
    yield* sleep(1);
    return new Response("the end");
  },
  "a body that a task writes": () =>
    streamResponse(function* (stream) {
      yield* stream.write("begun, ");
      yield* sleep(1);
      yield* stream.write("the end");
    }),
  "a stream of somebody else": () =>
    foreign(async (count) => {
      await pause();
      return ["begun, ", "the end", null][count]!;
    }),
  "a response whose tasks are cancelled with it": function* () {
    createTask(sleep(60_000));
    yield* sleep(1);
    return new Response("the end");
  },
};

describe("onOutcome is told", () => {
  for (const [what, handler] of Object.entries(delivered)) {
    it(`"delivered" of ${what}`, async () => {
      const { outcome, error } = await outcomeOf(handler, async (client) => {
        client.request("GET", "/x");
        await client.until("the end");
      });
      assertEquals([outcome, error], ["delivered", undefined]);
    });
  }

  it('"clientGone" of a client that leaves while the handler runs', async () => {
    const waits = sign();
    const { outcome, error } = await outcomeOf(function* () {
      waits.give();
      yield* sleep(60_000);
      return new Response();
    }, async (client) => {
      client.request("GET", "/x");
      await waits.seen;
      await client.leave();
    });
    assertEquals([outcome, error], ["clientGone", undefined]);
  });

  it('"clientGone" of a client that leaves a body that a task writes', async () => {
    const log: string[] = [];
    const { outcome, error } = await outcomeOf(
      () =>
        streamResponse(function* (stream) {
          try {
            for (;;) {
              yield* stream.write("tick");
              yield* sleep(1);
            }
          } catch (error) {
            log.push(String(error));
            throw error;
          }
        }),
      async (client) => {
        client.request("GET", "/x");
        await client.until("tick");
        await client.leave();
      },
    );
    assertEquals([outcome, error], ["clientGone", undefined]);
    assertEquals(log, ["CancelledError: client left"]);
  });

  it('"clientGone" of a client that leaves a stream of somebody else, whose source is told', async () => {
    const gone = sign();
    const { outcome, error } = await outcomeOf(() =>
      foreign(async (count) => {
        if (count > 0) await gone.seen;
        return "tick";
      }, gone.give), async (client) => {
      client.request("GET", "/x");
      await client.until("tick");
      await client.leave();
      await gone.seen;
    });
    assertEquals([outcome, error], ["clientGone", undefined]);
  });

  it('"timedOut" of a request whose time is over', async () => {
    const { outcome, duration } = await outcomeOf(function* () {
      yield* sleep(60_000);
      return new Response();
    }, async (client) => {
      client.request("GET", "/x");
      await client.until("504");
    }, { requestTimeout: 5 });
    assertEquals(outcome, "timedOut");
    assert(duration >= 4);
  });

  it('"shutdown" of a request that the closing server cancels, and "delivered" of one that is done before', async () => {
    for (const last of ["shutdown", "delivered"]) {
      const told: RequestOutcome[] = [];
      const [waits, go] = [sign(), sign()];
      const handler: ServeHandler = async () => {
        waits.give();
        await (last === "delivered" ? go.seen : sleep(60_000));
        return new Response("done");
      };
      await serving(handler, async (server) => {
        const answer = get(server);
        await waits.seen;
        server.close();
        go.give();
        assertEquals((await answer)[0], last === "delivered" ? 200 : 503);
      }, { onOutcome: (outcome) => told.push(outcome), gracePeriod: last === "delivered" ? null : GRACE });
      assertEquals(told.map(({ outcome }) => outcome), [last]);
    }
  });

  const failing: [string, ServeHandler, RegExp][] = [
    ["a handler that throws", () => {
      throw new RangeError("oops");
    }, /^RangeError: oops$/],
    ["a handler that throws after it has waited", function* () {
      yield* sleep(1);
      throw new RangeError("oops");
    }, /^RangeError: oops$/],
    ["a handler that returns nothing", (() => undefined) as unknown as ServeHandler, /^TypeError: .*returned nothing/],
    ["a handler that somebody cancels", function* () {
      const task = currentTask()!;
      task.getLoop().callSoon(() => task.cancel("from outside"));
      yield* sleep(60_000);
      return new Response();
    }, /^CancelledError: from outside$/],
  ];
  for (const [what, handler, error] of failing) {
    it(`"failed" of ${what}, with the error`, async () => {
      const ended = await outcomeOf(handler, async (client) => {
        client.request("GET", "/x");
        await client.until("\r\n\r\n");
      });
      assertEquals(ended.outcome, "failed");
      assertMatch(String(ended.error), error);
    });
  }

  it('"failed" of a response that was used before', async () => {
    const used = new Response("once");
    await used.text();
    const { outcome, error } = await outcomeOf(() => used, async (client) => {
      client.request("GET", "/x");
      await client.until("500");
    });
    assertEquals(outcome, "failed");
    assertMatch(String(error), /read already/);
  });

  it('"failed" of Response.error(), which no host can send', async () => {
    const { outcome, error } = await outcomeOf(() => Response.error(), async (client) => {
      client.request("GET", "/x");
      await client.until("500");
    });
    assertEquals(outcome, "failed");
    assertMatch(String(error), /Response\.error\(\)/);
  });

  it('"failed" of a body whose task throws after it has begun, and the client sees that it is not whole', async () => {
    const begun = sign();
    const { outcome, error } = await outcomeOf(
      () =>
        streamResponse(async (stream) => {
          await stream.write("begun");
          await begun.seen;
          throw new RangeError("in the middle");
        }),
      async (client) => {
        client.request("GET", "/x");
        await client.until("begun");
        begun.give();
        await client.closed;
        assert(!client.received.includes("\r\n0\r\n"));
      },
    );
    assertEquals([outcome, String(error)], ["failed", "RangeError: in the middle"]);
  });

  it('"failed" of a stream of somebody else that fails after it has begun, and the client sees that it is not whole', async () => {
    const begun = sign();
    const { outcome } = await outcomeOf(() =>
      foreign(async (count) => {
        if (count === 1) await begun.seen;
        if (count === 2) throw new RangeError("in the middle");
        return "begun";
      }), async (client) => {
      client.request("GET", "/x");
      await client.until("begun");
      begun.give();
      await client.closed;
      assert(!client.received.includes("\r\n0\r\n"));
    });
    assertEquals(outcome, "failed");
  });

  describe("has what a line of a log of accesses needs", () => {
    const line = ({ method, url, headers, status, bytes }: RequestOutcome) => {
      const { pathname, search } = new URL(url);
      return `${method} ${pathname}${search} ${headers.get("x-note")} ${status} ${bytes}`;
    };

    /** Until the client has the first part of the body. */
    let hasPart: Promise<unknown> = Promise.resolve();
    const answered: [string, ServeHandler, string][] = [
      ["a response of the first step", () => new Response("some text", { status: 201 }), "201 9"],
      ["a response of a handler that parked", function* () {
        yield* sleep(1);
        return new Response("some text");
      }, "200 9"],
      ["a text that is longer as bytes", () => new Response("f\u00fcr \u4f60"), "200 8"],
      ["a response without a body", () => new Response(null, { status: 204 }), "204 0"],
      ["a body that a task writes", () =>
        streamResponse(function* (stream) {
          yield* stream.write("some ");
          yield* sleep(5);
          yield* stream.write("text");
        }), "200 9"],
      ["a body that a task writes and that breaks off", () =>
        streamResponse(async (stream) => {
          await stream.write("some ");
          await hasPart;
          throw new RangeError("oops");
        }), "200 5"],
      ["a body that a task writes and that somebody else makes longer", () => passedOn(), "200 12"],
      ["such a body that says how it is encoded", () => passedOn({ "content-encoding": "x-twice" }), "200 12"],
      ["a body that a task writes, passed on, and that fails at once", () => {
        const { body } = streamResponse(() => {
          throw new RangeError("oops");
        });
        return new Response(body!.pipeThrough(new TransformStream()));
      }, "500"],
      ["a stream of somebody else", () =>
        foreign(async (count) => {
          await pause();
          return ["some ", "text", null][count]!;
        }), "200 9"],
      ["a stream that ends at once", () => foreign((count) => Promise.resolve(["some ", null][count]!)), "200 5"],
      ["a handler that throws", () => {
        throw new RangeError("oops");
      }, "500"],
      ["an HttpError", () => {
        throw new HttpError(418, "some text");
      }, "418 9"],
      ["a handler that returns nothing", (() => undefined) as unknown as ServeHandler, "500"],
    ];
    for (const [what, handler, expected] of answered) {
      it(`for ${what}`, async () => {
        const ended = await outcomeOf(handler, async (client) => {
          hasPart = client.until("some ").catch(() => {});
          client.request("GET", "/x", "X-Note: seen", "Connection: close");
          await client.closed;
        });
        assertMatch(line(ended), new RegExp(`^GET /x seen ${expected}( |$)`));
        assertEquals(ended.remoteAddr!.transport, "tcp");
      });
    }

    for (const [version, status] of [["13", 101], ["8", 426]] as const) {
      it(`for a request for a WebSocket that is answered with ${status}`, async () => {
        const ended = await outcomeOf((request) => upgradeWebSocket(request, async () => {}), async (client) => {
          client.request("GET", "/x", "X-Note: seen", ...UPGRADE.map((line) => line.replace("13", version)));
          await client.until("\r\n\r\n");
          await pause();
          await client.leave();
        });
        assertMatch(line(ended), new RegExp(`^GET /x seen ${status} `));
      });
    }

    it("for a client that leaves before there is an answer: no status", async () => {
      const waits = sign();
      const ended = await outcomeOf(async () => {
        waits.give();
        await sleep(60_000);
        return new Response();
      }, async (client) => {
        client.request("GET", "/x", "X-Note: seen");
        await waits.seen;
        await client.leave();
      });
      assertEquals([line(ended), ended.outcome], ["GET /x seen null null", "clientGone"]);
    });

    it("for requests whose time is over, that are one too many, or that a closing server cancels", async () => {
      const told: RequestOutcome[] = [];
      const onOutcome = (outcome: RequestOutcome) => void told.push(outcome);
      const forever: ServeHandler = async () => {
        await sleep(60_000);
        return new Response();
      };
      const headers = { "x-note": "seen" };
      await serving(forever, async (server) => {
        await Promise.all([get(server, "/x?y", { headers }), get(server, "/x?y", { headers, method: "PUT" })]);
        await eventually(() => told.length === 2, "two outcomes");
      }, { onOutcome, requestTimeout: 500, maxConcurrency: 1, maxWaiting: 0 });
      await serving(forever, async (server) => {
        const answer = get(server, "/x?y", { headers, method: "DELETE" });
        await eventually(() => server.pending > 0, "the request");
        server.close();
        await answer;
      }, { onOutcome, gracePeriod: GRACE });
      const lines = told.map((ended) =>
        `${ended.outcome} ${line(ended)}`.replace(/^(\w+) (?:GET|PUT) /, "$1 GET|PUT ")
      );
      assertEquals(lines.map((line) => line.replace(/ \w+$/, "")).sort(), [
        "failed GET|PUT /x?y seen 503",
        "shutdown DELETE /x?y seen 503",
        "timedOut GET|PUT /x?y seen 504",
      ]);
    });

    it("for the address of a client, as the handler sees it", async () => {
      const told: RequestOutcome[] = [];
      await serving((_request, info) => Response.json(info.remoteAddr), async (server) => {
        const [, seen] = await get(server);
        await eventually(() => told.length === 1, "the outcome");
        assertEquals(told[0]!.remoteAddr, JSON.parse(seen));
      }, { onOutcome: (outcome) => told.push(outcome) });
    });
  });

  it("once of each of many requests at once", async () => {
    const told = new Map<string, string>();
    const handler: ServeHandler = function* (request) {
      const number = Number(new URL(request.url).pathname.slice(1));
      if (number % 3 === 0) yield* sleep(number % 4);
      if (number % 5 === 0) throw new RangeError("five");
      return new Response("answered");
    };
    await serving(handler, async (server) => {
      await Promise.all(Array.from({ length: 30 }, (_, number) => get(server, `/${number}`)));
      await eventually(() => told.size >= 30, "told.size >= 30");
    }, {
      onOutcome: ({ request, outcome }) => {
        const { pathname } = new URL(request.url);
        assert(!told.has(pathname));
        told.set(pathname, outcome);
      },
    });
    for (let number = 0; number < 30; number++) {
      assertEquals(told.get(`/${number}`), number % 5 === 0 ? "failed" : "delivered");
    }
  });

  it("and its own error is reported", async () => {
    let told = 0;
    const onOutcome = () => {
      told++;
      throw new RangeError("in onOutcome");
    };
    const reports = await serving(() => new Response("answered"), async (server) => {
      assertEquals(await get(server), [200, "answered"]);
      await eventually(() => told > 0, "the outcome");
    }, { onOutcome });
    assertEquals(reports.map(({ exception }) => String(exception)), ["RangeError: in onOutcome"]);
  });
});
