import { assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { currentTask, sleep } from "../../mod.ts";
import { runningScope } from "../../src/http/current_request.ts";
import {
  type RequestOutcome,
  type ResponseStream,
  type ServeHandler,
  serverSentEvents,
  streamResponse,
} from "../../src/http/mod.ts";
import type { StopCause } from "../../src/http/request_scope.ts";
import { RawClient } from "../adapters/raw_client.ts";
import { eventually } from "../within.ts";
import { get, GRACE, portOf, serving, sign } from "./serving.ts";

/** Makes one request, and gives the answer, how it ended and what was reported. */
async function stopped(handler: ServeHandler): Promise<{ received: string; ended: string; reports: unknown[] }> {
  const told: RequestOutcome[] = [];
  let received = "";
  const reports = await serving(handler, async (server) => {
    const client = await RawClient.connect(portOf(server));
    client.request("GET", "/x", "Connection: close");
    await client.closed;
    received = client.received;
    await eventually(() => told.length === 1, "the outcome");
    assertEquals(server.pending, 0);
  }, { onOutcome: (outcome) => told.push(outcome) });
  const [{ outcome, status, error }] = told as [RequestOutcome];
  return { received, ended: `${outcome} ${status} ${error}`, reports };
}

/** Stops its own request, as the server does that. */
const stopBy = (cause: StopCause) =>
  function* (stream: ResponseStream) {
    runningScope()!.stop(cause);
    yield* stream.write("");
    yield* sleep(60_000);
  };

const compressed = ({ body }: Response) =>
  new Response(body!.pipeThrough(new CompressionStream("gzip")), { headers: { "content-encoding": "gzip" } });

describe("A body that is cancelled before any of it was sent", () => {
  for (const [cause, status] of [["timedOut", 504], ["shutdown", 503]] as const) {
    it(`is answered with a ${status}, as a handler is: ${cause}`, async () => {
      const { received, ended, reports } = await stopped(() => streamResponse(stopBy(cause)));
      assertMatch(received, new RegExp(`^HTTP/1\\.1 ${status} `));
      assertEquals([ended, reports], [`${cause} ${status} undefined`, []]);
    });
  }

  for (const [cause, status] of [["timedOut", 504], ["shutdown", 503]] as const) {
    it(`is answered with a ${status} as well if somebody compresses it: ${cause}`, async () => {
      const { received, ended, reports } = await stopped(() => compressed(streamResponse(stopBy(cause))));
      assertMatch(received, new RegExp(`^HTTP/1\\.1 ${status} `));
      assertEquals([ended, reports], [`${cause} ${status} undefined`, []]);
    });
  }

  it("has no status if its client has left", async () => {
    const { ended, reports } = await stopped(() => streamResponse(stopBy("clientGone")));
    assertEquals([ended, reports], ["clientGone null undefined", []]);
  });

  it("is answered with a 503 if somebody else has cancelled it, before it has begun and after", async () => {
    const early: ServeHandler = () => {
      const response = streamResponse(function* () {});
      for (const task of runningScope()!.running().keys()) if (task !== currentTask()) task.cancel();
      return response;
    };
    const late: ServeHandler = () =>
      streamResponse(function* () {
        currentTask()!.cancel();
        yield* sleep(60_000);
      });
    for (const handler of [early, late]) {
      const { received, ended, reports } = await stopped(handler);
      assertMatch(received, /^HTTP\/1\.1 503 /);
      assertEquals([ended, reports], ["failed 503 undefined", []]);
    }
  });

  it("has the outcome with the status that its client has got, whenever it fails", async () => {
    for (let turns = 0; turns < 8; turns++) {
      for (const writes of [false, true]) {
        const { received, ended, reports } = await stopped(() =>
          streamResponse(async (stream) => {
            if (writes) await stream.write("part");
            for (let turn = 0; turn < turns; turn++) await sleep(0);
            throw new RangeError("oops");
          })
        );
        // Bun sends no head to a client that gets nothing of the body.
        const [, status = "200"] = /^HTTP\/1\.1 (\d+) /.exec(received) ?? [];
        assertEquals([turns, writes, ended], [turns, writes, `failed ${status} RangeError: oops`]);
        assertEquals(reports.length, 1);
      }
    }
  });

  for (
    const [what, made] of [["streamResponse()", streamResponse], ["serverSentEvents()", serverSentEvents]] as const
  ) {
    it(`is answered with a 503 at once if the server had cancelled its handler: ${what}`, async () => {
      const [waits, goesOn] = [sign(), sign()];
      const told: string[] = [];
      const handler: ServeHandler = function* (request) {
        // Until this one is done the server cuts no connection.
        if (request.url.endsWith("/other")) {
          try {
            yield* sleep(60_000);
          } finally {
            while (!told.includes("/x shutdown 503")) yield* sleep(1);
          }
        }
        try {
          waits.give();
          yield* sleep(60_000);
        } catch {
          goesOn.give();
        }
        return made(function* () {});
      };
      await serving(handler, async (server) => {
        const other = get(server, "/other");
        const answer = get(server, "/x");
        await waits.seen;
        await eventually(() => server.pending === 2, "both requests");
        server.close();
        await goesOn.seen;
        assertEquals(await answer, [503, "Service Unavailable"]);
        await eventually(() => told.includes("/x shutdown 503"), "the outcome");
        assertEquals((await other)[0], 503);
      }, {
        gracePeriod: GRACE,
        onOutcome: ({ url, outcome, status }) => told.push(`${new URL(url).pathname} ${outcome} ${status}`),
      });
    });
  }
});
