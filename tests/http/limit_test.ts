import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { sleep } from "../../mod.ts";
import { type RequestOutcome, serve, type ServeHandler } from "../../src/http/mod.ts";
import { RawClient } from "../adapters/raw_client.ts";
import { reportsOf } from "../debug/reports.ts";
import { get, portOf, serving, sign } from "./serving.ts";
import { eventually } from "../within.ts";

describe("maxConcurrency", () => {
  it("lets so many requests run, the others wait in the order that they came", async () => {
    let running = 0;
    let most = 0;
    const order: string[] = [];
    const go = sign();
    const handler: ServeHandler = async (request) => {
      most = Math.max(most, ++running);
      order.push(new URL(request.url).pathname);
      await go.seen;
      await sleep(1);
      running--;
      return new Response("answered");
    };
    await serving(handler, async (server) => {
      const answers: Promise<[number, string]>[] = [];
      for (let i = 0; i < 6; i++) {
        answers.push(get(server, `/${i}`));
        await eventually(() => server.pending > i, "server.pending > i");
      }
      go.give();
      assertEquals(new Set((await Promise.all(answers)).map(String)), new Set(["200,answered"]));
    }, { maxConcurrency: 2, maxWaiting: 10 });
    assertEquals(most, 2);
    assertEquals(order, [...order].sort());
  });

  it("sends those away that find no room to wait, with a 503 and Retry-After, and lets others in later", async () => {
    const told: RequestOutcome[] = [];
    const [first, go] = [sign(), sign()];
    const handler: ServeHandler = async () => {
      first.give();
      await go.seen;
      return new Response("answered");
    };
    await serving(handler, async (server) => {
      const one = get(server, "/1");
      await first.seen;
      const two = get(server, "/2");
      await eventually(() => server.pending >= 2, "server.pending >= 2");
      const refused = await fetch(`${server.url}/3`);
      assertEquals([refused.status, refused.headers.get("retry-after")], [503, "1"]);
      await refused.text();
      go.give();
      assertEquals([await one, await two], [[200, "answered"], [200, "answered"]]);
      assertEquals(await get(server, "/4"), [200, "answered"]);
      await eventually(() => told.length >= 4, "told.length >= 4");
    }, { maxConcurrency: 1, maxWaiting: 1, onOutcome: (outcome) => told.push(outcome) });
    const outcomes = told.map(({ request, outcome }) => `${new URL(request.url).pathname} ${outcome}`);
    assertEquals(outcomes.sort(), ["/1 delivered", "/2 delivered", "/3 failed", "/4 delivered"]);
  });

  it("counts no request any more that was answered in its first step", async () => {
    await serving(() => new Response("at once"), async (server) => {
      for (let i = 0; i < 5; i++) assertEquals(await get(server), [200, "at once"]);
    }, { maxConcurrency: 1, maxWaiting: 0 });
  });

  it("says in debug mode of no turn that nobody has awaited it", async () => {
    const { warnings } = await reportsOf(async () => {
      await using server = await serve(() => new Response("at once"), { port: 0, maxConcurrency: 1, maxWaiting: 0 });
      for (let i = 0; i < 5; i++) assertEquals(await get(server), [200, "at once"]);
    });
    assertEquals(warnings.filter((warning) => warning.includes("never awaited")), []);
  });

  it("does not let a client wait that has left, nor one whose time is over", async () => {
    const told: string[] = [];
    const [first, go] = [sign(), sign()];
    const handler: ServeHandler = async (request) => {
      if (request.url.endsWith("/first")) {
        first.give();
        await go.seen;
      }
      return new Response("answered");
    };
    const onOutcome = ({ request, outcome }: RequestOutcome) =>
      told.push(`${new URL(request.url).pathname} ${outcome}`);
    await serving(handler, async (server) => {
      const one = await RawClient.connect(portOf(server));
      one.request("GET", "/first");
      await first.seen;
      const leaving = await RawClient.connect(portOf(server));
      leaving.request("GET", "/leaving");
      await eventually(() => server.pending >= 2, "server.pending >= 2");
      await leaving.leave();
      await eventually(() => told.includes("/leaving clientGone"), 'told.includes("/leaving clientGone")');
      assertEquals(await get(server, "/late"), [504, "Gateway Timeout"]);
      await one.until("504");
      go.give();
      await one.leave();
      await eventually(() => server.pending === 0, "server.pending === 0");
    }, { maxConcurrency: 1, maxWaiting: 1, requestTimeout: 1_500, onOutcome });
    assertEquals(told.sort(), ["/first timedOut", "/late timedOut", "/leaving clientGone"]);
  });

  it("answers those that wait when the server closes, within its grace period", async () => {
    const [first, go] = [sign(), sign()];
    const handler: ServeHandler = async () => {
      first.give();
      await go.seen;
      return new Response("answered");
    };
    await serving(handler, async (server) => {
      const one = get(server);
      await first.seen;
      const two = get(server);
      await eventually(() => server.pending >= 2, "server.pending >= 2");
      server.close();
      go.give();
      assertEquals([await one, await two], [[200, "answered"], [200, "answered"]]);
    }, { maxConcurrency: 1, gracePeriod: null });
  });
});
