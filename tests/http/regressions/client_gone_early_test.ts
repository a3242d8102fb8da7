import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { sleep } from "../../../mod.ts";
import type { RequestOutcome, ServeHandler } from "../../../src/http/mod.ts";
import { RawClient } from "../../adapters/raw_client.ts";
import { get, portOf, serving, sign, taskNames } from "../serving.ts";
import { eventually } from "../../within.ts";

// Hosts have missed clients that left while their request was on its way to the handler.
describe("A client that leaves as soon as it has asked", () => {
  it("leaves no task behind, however many do", async () => {
    const handler: ServeHandler = function* () {
      yield* sleep(60_000);
      return new Response();
    };
    await serving(handler, async (server) => {
      for (let i = 0; i < 20; i++) {
        const client = await RawClient.connect(portOf(server));
        client.request("GET");
        if (i % 2 === 0) await sleep(0);
        await client.leave();
      }
      await eventually(() => server.pending === 0, "server.pending === 0");
      assertEquals(taskNames(), []);
    });
  });
});

// An HTTP client that closes its half has left, on every runtime; it could as well wait for its answer.
describe("A client that says no more but still listens", () => {
  it("is gone, and nothing is left of it", async () => {
    const told: string[] = [];
    const waits = sign();
    const handler: ServeHandler = function* () {
      waits.give();
      yield* sleep(60_000);
      return new Response("answered");
    };
    await serving(handler, async (server) => {
      const client = await RawClient.connect(portOf(server));
      client.request("GET");
      await waits.seen;
      client.finish();
      await client.closed;
      await eventually(() => told.length > 0, "told.length > 0");
      assertEquals([told, client.received, server.pending], [["clientGone"], "", 0]);
    }, { onOutcome: ({ outcome }) => told.push(outcome) });
  });
});

describe("A client that leaves in the middle of its body", () => {
  it("is gone, and not an error of the handler that reads it", async () => {
    const told: RequestOutcome[] = [];
    const begun = sign();
    const handler: ServeHandler = async (request) => {
      begun.give();
      return new Response(await request.text());
    };
    const reports = await serving(handler, async (server) => {
      const client = await RawClient.connect(portOf(server));
      client.send("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf");
      await begun.seen;
      await client.leave();
      await eventually(() => told.length > 0, "told.length > 0");
      assertEquals(await get(server, "/", { method: "POST", body: "whole" }), [200, "whole"]);
    }, { onOutcome: (outcome) => told.push(outcome) });
    assertEquals(told[0]!.outcome, "clientGone");
    assertEquals(reports, []);
  });
});

describe("A client that reads nothing of a large body", () => {
  it("holds up neither the others nor, once it has left, the server", async () => {
    const large = new Uint8Array(100_000_000);
    const handler: ServeHandler = (request) =>
      request.url.endsWith("/large") ? new Response(large) : new Response("small");
    await serving(handler, async (server) => {
      const client = await RawClient.connect(portOf(server));
      client.pause();
      client.request("GET", "/large");
      for (let i = 0; i < 5; i++) assertEquals(await get(server), [200, "small"]);
      await client.leave();
    }, { gracePeriod: null });
  });
});
