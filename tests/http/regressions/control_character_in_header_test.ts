/** A value with a control character, as `c.redirect(query)` makes one, ended the process on Deno, and was sent on Bun. */
import { assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Hono } from "hono";
import { sleep } from "../../../mod.ts";
import { HttpError, type ServeHandler, type ServeOptions, streamResponse } from "../../../src/http/mod.ts";
import { routes } from "../../../src/hono/mod.ts";
import { get, serving } from "../serving.ts";

const bad = (code: number) => ({ "x-note": `a${String.fromCharCode(code)}b` });

/** Makes one request, and one that shows that the server lives; gives the first answer and what was reported. */
async function answerOf(handler: ServeHandler, options: ServeOptions = {}): Promise<[number, string, string[]]> {
  let answer: [number, string] = [0, ""];
  const reports = await serving(
    (request, info) => request.url.endsWith("/alive") ? new Response("yes") : handler(request, info),
    async (server) => {
      answer = await get(server, "/x?to=%01");
      assertEquals(await get(server, "/alive"), [200, "yes"]);
    },
    options,
  );
  return [...answer, reports.map(({ exception }) => String(exception))];
}

const MESSAGE =
  /^TypeError: Cannot answer GET \/x: the header "x-note" of the response that .* has the character U\+0001, which HTTP does not allow\. /;

const handlers: Record<string, ServeHandler> = {
  "a response of the first step": () => new Response("no", { headers: bad(1) }),
  "a response of a coroutine that parks": function* () {
    yield* sleep(1);
    return new Response("no", { headers: bad(1) });
  },
  "a response of an async function": async () => {
    await sleep(1);
    return new Response("no", { headers: bad(1) });
  },
  "a header that was set later": () => {
    const response = Response.json({});
    response.headers.set("x-note", bad(1)["x-note"]);
    return response;
  },
  "one of several values": () => {
    const response = new Response(null, { status: 204, headers: { "x-note": "good" } });
    response.headers.append("x-note", bad(1)["x-note"]);
    response.headers.append("x-other", "good");
    return response;
  },
  "a body that a task writes": () => streamResponse(function* () {}, { headers: bad(1) }),
  "a body of a stream": () => new Response(new ReadableStream(), { headers: bad(1) }),
  "an HttpError": () => {
    throw new HttpError(400, "no", { headers: bad(1) });
  },
};

describe("A control character in the value of a header", () => {
  for (const [what, handler] of Object.entries(handlers)) {
    it(`is an error of the handler, in ${what}`, async () => {
      const [status, body, reports] = await answerOf(handler);
      assertEquals([status, body, reports.length], [500, "Internal Server Error", 1]);
      assertMatch(reports[0]!, MESSAGE);
    });
  }

  it("is an error of the handler whatever the character is, but a tab", async () => {
    const statuses: Record<number, number> = {};
    const codes = [...Array(32).keys(), 127, 128, 200, 255].filter((code) => ![0, 10, 13].includes(code));
    await serving(
      (request) => new Response("", { headers: bad(Number(new URL(request.url).pathname.slice(1))) }),
      async (server) => {
        for (const code of codes) statuses[code] = (await get(server, `/${code}`))[0];
      },
    );
    assertEquals(statuses, Object.fromEntries(codes.map((code) => [code, code !== 9 && code < 128 ? 500 : 200])));
  });

  it("is an error of a Hono app's handler, as in c.redirect() to what the query says", async () => {
    const app = new Hono();
    app.get("/x", (c) => c.redirect(c.req.query("to")!));
    routes(app).get("/alive", (c) => c.text("yes"));
    const [status, , reports] = await answerOf(app.fetch);
    assertEquals([status, reports.length], [500, 1]);
    assertMatch(reports[0]!, /the header "location" .* U\+0001/i);
  });

  it("is told to onError, whose answer is looked at as well", async () => {
    const seen: string[] = [];
    const headers = [{ "x-note": "good" }, bad(1)];
    for (const [i, status] of [418, 500].entries()) {
      const [found, , reports] = await answerOf(() => new Response("", { headers: bad(1) }), {
        onError: (error) => {
          seen.push(String(error));
          return new Response("mine", { status: 418, headers: headers[i]! });
        },
      });
      assertEquals(found, status);
      // The answer of onError, and what that was to answer.
      assertEquals(reports.length, 2 * i);
      for (const report of reports) assertMatch(report, MESSAGE);
    }
    assertEquals(seen.length, 2);
    for (const error of seen) assertMatch(error, MESSAGE);
  });

  it("is told to onOutcome as a failure", async () => {
    const told: string[] = [];
    await answerOf(() => new Response("", { headers: bad(1) }), {
      onOutcome: ({ outcome, error }) => told.push(`${outcome} ${error}`),
    });
    assertMatch(told[0]!, /^failed TypeError: Cannot answer GET \/x: /);
    assertEquals(told.slice(1), ["delivered undefined"]);
  });
});
