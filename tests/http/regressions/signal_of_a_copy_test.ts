import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { sleep } from "../../../mod.ts";
import type { ServeHandler } from "../../../src/http/mod.ts";
import { RawClient } from "../../adapters/raw_client.ts";
import { within } from "../../within.ts";
import { get, portOf, serving, sign } from "../serving.ts";

const COPIES: Record<string, (request: Request) => Request> = {
  "clone()": (request) => request.clone(),
  "new Request()": (request) => new Request(request),
  "new Request() with other headers": (request) => new Request(request, { headers: { "x-other": "yes" } }),
  "a clone of a copy": (request) => new Request(request).clone(),
  "a copy of a clone": (request) => new Request(request.clone()),
};

/** Deno looks at no connection that has still to bring a body which nobody reads. */
const METHODS = "Deno" in globalThis ? ["GET"] : ["GET", "POST"];

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

describe("The signal of a copy of a request", () => {
  for (const [what, copy] of Object.entries(COPIES)) {
    for (const method of METHODS) {
      it(`aborts when the client leaves: ${what} of a ${method}`, async () => {
        const made = Promise.withResolvers<Request>();
        const handler: ServeHandler = function* (request) {
          made.resolve(copy(request));
          yield* sleep(60_000);
          return new Response("late");
        };
        await serving(handler, async (server) => {
          const client = await RawClient.connect(portOf(server));
          client.request(method, "/", ...(method === "POST" ? ["Content-Length: 10"] : []));
          const { signal } = await within(made.promise, "the request");
          assert(!signal.aborted);
          await client.leave();
          await within(aborted(signal), "the signal of the copy");
        });
      });
    }

    it(`does not abort when the response was sent: ${what}`, async () => {
      let signal: AbortSignal | undefined;
      await serving((request) => {
        signal = copy(request).signal;
        return new Response("sent");
      }, async (server) => {
        assertEquals(await get(server), [200, "sent"]);
        await sleep(10);
        assert(!signal!.aborted);
      });
    });
  }

  it("is aborted from the beginning if the copy is made later", async () => {
    const left = sign();
    const copied = Promise.withResolvers<boolean[]>();
    const handler: ServeHandler = async (request) => {
      const leaves = aborted(request.signal);
      left.give();
      await leaves;
      copied.resolve(Object.values(COPIES).map((copy) => copy(request).signal.aborted));
      return new Response("late");
    };
    await serving(handler, async (server) => {
      const client = await RawClient.connect(portOf(server));
      client.request("GET");
      await left.seen;
      await client.leave();
      assertEquals(await within(copied.promise, "the copies"), Object.values(COPIES).map(() => true));
    });
  });

  it("ends what is fetched with it", async () => {
    const begun = sign();
    const ended = sign();
    let upstream = "";
    const handler: ServeHandler = async (request) => {
      if (request.url.endsWith("/upstream")) {
        begun.give();
        await sleep(60_000);
        return new Response("late");
      }
      try {
        return await fetch(new Request(upstream, request));
      } finally {
        ended.give();
      }
    };
    await serving(handler, async (server) => {
      upstream = `${server.url}/upstream`;
      const client = await RawClient.connect(portOf(server));
      client.request("GET");
      await begun.seen;
      await client.leave();
      await ended.seen;
    });
  });
});
