/**
 * Bodies of streamResponse() that the handler reads itself, or a middleware that makes a checksum or a copy of them: until then nobody but
 * the host was taken for a reader.
 *
 * @module
 */
import { assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { fromPromise, sleep } from "../../../mod.ts";
import { runningScope } from "../../../src/http/current_request.ts";
import { type RequestOutcome, type ServeHandler, streamResponse } from "../../../src/http/mod.ts";
import { RawClient } from "../../adapters/raw_client.ts";
import { eventually } from "../../within.ts";
import { portOf, serving, sign } from "../serving.ts";

/** What happened to one request: what its client has got, how it ended, what was reported. */
interface Ended {
  readonly received: string;
  readonly told: RequestOutcome;
  readonly reports: readonly string[];
}

/** Makes one request, which ends by itself or when the client leaves at the sign. */
async function ending(handler: ServeHandler, leaves?: Promise<void>): Promise<Ended> {
  const told: RequestOutcome[] = [];
  let received = "";
  const reports = await serving(handler, async (server) => {
    const client = await RawClient.connect(portOf(server));
    client.request("GET", "/x", "Connection: close");
    if (leaves === undefined) await client.closed;
    else {
      await leaves;
      await client.leave();
    }
    received = client.received;
    await eventually(() => told.length === 1, "the outcome");
    assertEquals(server.pending, 0);
  }, { onOutcome: (outcome) => told.push(outcome) });
  return { received, told: told[0]!, reports: reports.map(({ exception }) => String(exception)) };
}

/** The body that is read, and what its function goes through. */
function body(steps: string[], begun?: () => void): Response {
  return streamResponse(function* (stream) {
    try {
      yield* stream.write("part");
      begun?.();
      yield* sleep(60_000);
    } finally {
      steps.push("cleans up");
      yield* sleep(5);
      steps.push("has cleaned up");
    }
  });
}

/** Handlers in each form that do something with a body, and answer by what comes of it. */
const ways = (made: () => Response, use: (response: Response) => Promise<unknown>): Record<string, ServeHandler> => ({
  "an async function": async () => new Response(String(await use(made()))),
  "a coroutine": function* () {
    const response = made();
    return new Response(String(yield* fromPromise(use(response))));
  },
});

const CLEAN = ["cleans up", "has cleaned up"];

describe("A body that its own handler reads", () => {
  for (const way of ["an async function", "a coroutine"]) {
    it(`is cancelled once with the handler if the client leaves: ${way}`, async () => {
      const steps: string[] = [];
      const begun = sign();
      const handler = ways(() => body(steps, begun.give), (response) => response.text())[way]!;
      const { told, reports } = await ending(handler, begun.seen);
      assertEquals([told.outcome, told.status, told.bytes, told.error], ["clientGone", null, null, undefined]);
      assertEquals([steps, reports], [CLEAN, []]);
    });

    it(`is cancelled once with the handler if the server stops the request: ${way}`, async () => {
      const steps: string[] = [];
      // As the server does when its time is over. The answer of a handler that ends so is a 503.
      const stop = () => runningScope()!.stop("timedOut");
      const handler = ways(() => body(steps, stop), (response) => response.text())[way]!;
      const { received, told, reports } = await ending(handler);
      assertMatch(received, /^HTTP\/1\.1 503 /);
      assertEquals([told.outcome, told.status, told.bytes, told.error], ["timedOut", 503, null, undefined]);
      assertEquals([steps, reports], [CLEAN, []]);
    });

    it(`ends with a handler that fails in between: ${way}`, async () => {
      for (const reads of [true, false]) {
        const steps: string[] = [];
        const handler = ways(() => body(steps), async (response) => {
          const reader = response.body!.getReader();
          if (reads) await reader.read();
          throw new RangeError("oops");
        })[way]!;
        const { received, told, reports } = await ending(handler);
        assertMatch(received, /^HTTP\/1\.1 500 /);
        assertEquals([told.outcome, told.status, String(told.error)], ["failed", 500, "RangeError: oops"]);
        assertEquals([steps, reports], [reads ? CLEAN : [], ["RangeError: oops"]]);
      }
    });

    it(`may be cancelled by the handler, whose answer is delivered: ${way}`, async () => {
      for (const reads of [true, false]) {
        const steps: string[] = [];
        const handler = ways(() => body(steps), async (response) => {
          const reader = response.body!.getReader();
          if (reads) await reader.read();
          await reader.cancel();
          return "something else";
        })[way]!;
        const { received, told, reports } = await ending(handler);
        assertMatch(received, /^HTTP\/1\.1 200 .*something else$/s);
        assertEquals([told.outcome, told.status, told.bytes, told.error], ["delivered", 200, 14, undefined]);
        assertEquals([steps, reports], [reads ? CLEAN : [], []]);
      }
    });

    it(`throws what has made it fail at the handler: ${way}`, async () => {
      const failing = () =>
        streamResponse(function* (stream) {
          yield* stream.write("part");
          yield* sleep(1);
          throw new RangeError("oops");
        });
      const use = (response: Response) => response.text().catch((error: unknown) => `caught ${error}`);
      const { received, told, reports } = await ending(ways(failing, use)[way]!);
      assertMatch(received, /^HTTP\/1\.1 200 .*caught RangeError: oops$/s);
      assertEquals([told.status, String(told.error), reports], [200, "RangeError: oops", ["RangeError: oops"]]);
    });
  }
});
