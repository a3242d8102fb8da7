import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Event, run, sleep } from "../../mod.ts";
import { type HttpServer, serve, type ServeHandler } from "../../src/http/mod.ts";
import { RawClient } from "../adapters/raw_client.ts";
import type { Program } from "../program.ts";
import { eventually } from "../within.ts";
import { talkTo } from "./program.ts";

type Services = Record<string, ServeHandler[]>;

/** Starts services, each with its replicas, and the gateway before them. */
function beforeServices(
  services: Services,
  talk: (port: number, example: Program) => Promise<void>,
  hedge = "60000",
): Promise<void> {
  return run(async () => {
    const servers: HttpServer[] = [];
    const args = ["--port", "0", "--hedge", hedge];
    for (const [name, replicas] of Object.entries(services)) {
      const started: HttpServer[] = [];
      for (const handler of replicas) started.push(await serve(handler, { port: 0, gracePeriod: 0 }));
      servers.push(...started);
      args.push("--upstream", `${name}=${started.map(({ url }) => url)}`);
    }
    try {
      await talkTo("gateway.ts", args, 0, talk);
    } finally {
      for (const server of servers) await server[Symbol.asyncDispose]();
    }
  });
}

/** Answers with its own name. */
function named(name: string): ServeHandler {
  return () => Response.json(name);
}

/** Hangs until the client leaves; what it has seen goes to the log. */
function hanging(log: string[], name: string, waits = new Event(), left = new Event()): ServeHandler {
  return function* () {
    log.push(`${name} waits`);
    waits.set();
    try {
      yield* sleep(60_000);
    } finally {
      log.push(`${name} was left`);
      left.set();
    }
    return new Response();
  };
}

async function get(port: number, path: string): Promise<{ status: number; body: unknown; retryAfter: string | null }> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  const text = await response.text();
  const body = response.ok ? JSON.parse(text) : text;
  return { status: response.status, body, retryAfter: response.headers.get("retry-after") };
}

/**
 * Asks, and checks the answers if they took less than the two seconds after which the gateway gives a service up that does not answer: a machine
 * that stands still answers nothing, and is asked again.
 */
async function inTime(ask: () => Promise<() => void>): Promise<void> {
  for (let attempt = 0; attempt < 10; attempt++) {
    const start = performance.now();
    const check = await ask();
    if (performance.now() - start < 1_900) return check();
  }
  throw new Error("The machine was too busy for an answer within two seconds, ten times over.");
}

describe("The gateway", () => {
  it("asks all services for an overview at once", async () => {
    const asked = new Set<string>();
    let all = new Event();
    // None answers before all three are asked.
    const together = (name: string): ServeHandler =>
      function* () {
        asked.add(name);
        if (asked.size === 3) all.set();
        yield* all.wait();
        return Response.json(name);
      };
    await beforeServices({ users: [together("u")], orders: [together("o")], tips: [together("t")] }, async (port) => {
      for (let attempt = 0; attempt < 10; attempt++) {
        asked.clear();
        all = new Event();
        const { status, body } = await get(port, "/overview/7");
        // Tips that come after a second are left out, and on a busy machine all may be late.
        if (status === 504 || (body as { tips: unknown }).tips === null) continue;
        return assertEquals([status, body], [200, { user: "u", orders: "o", tips: "t" }]);
      }
      throw new Error("The machine was too busy for an overview within a second, ten times over.");
    });
  });

  it("does without tips, and not without the user, who is asked for once if there is none", async () => {
    let asked = 0;
    const users: ServeHandler = (request) => {
      if (!request.url.endsWith("/8")) return Response.json("u");
      asked++;
      return new Response(null, { status: 404 });
    };
    const services = { users: [users], orders: [named("o")], tips: [() => new Response(null, { status: 404 })] };
    await beforeServices(services, (port) =>
      inTime(async () => {
        asked = 0;
        const overview = await get(port, "/overview/7");
        const nobody = await get(port, "/overview/8");
        const nothing = await get(port, "/nothing/7");
        return () => {
          assertEquals(overview.body, { user: "u", orders: "o", tips: null });
          assertEquals([nobody.status, asked, nothing.status], [404, 1, 404]);
        };
      }));
  });

  it("asks again when a service fails", async () => {
    let asked = 0;
    const orders: ServeHandler = () => ++asked < 3 ? new Response(null, { status: 503 }) : Response.json("at last");
    await beforeServices({ orders: [orders] }, (port) =>
      inTime(async () => {
        // An answer first: what has failed five times in a row is not asked again.
        asked = 3;
        await get(port, "/orders/7");
        asked = 0;
        const { body } = await get(port, "/orders/7");
        return () => assertEquals([body, asked], ["at last", 3]);
      }));
  });

  it("asks a second replica when the first does not answer, and lets go of the first", async () => {
    const log: string[] = [];
    const left = new Event();
    const waits = new Event();
    // On a busy machine it may be asked before the first has heard anything.
    const two: ServeHandler = function* () {
      yield* waits.wait();
      return Response.json("two");
    };
    const users = [hanging(log, "one", waits, left), two];
    await beforeServices({ users }, async (port) => {
      assertEquals((await get(port, "/users/7")).body, "two");
      await left.wait();
      assertEquals(log, ["one waits", "one was left"]);
    }, "1");
  });

  it("lets go of every service when its client leaves", async () => {
    const log: string[] = [];
    const events = ["users", "orders", "tips"].map((name) => ({ name, waits: new Event(), left: new Event() }));
    const services = Object.fromEntries(
      events.map(({ name, waits, left }) => [name, [hanging(log, name, waits, left)]]),
    );
    await beforeServices(services, async (port) => {
      const client = await RawClient.connect(port);
      client.request("GET", "/overview/7");
      for (const { waits } of events) await waits.wait();
      await client.leave();
      for (const { left } of events) await left.wait();
    });
  });

  it("does not ask a service any more that has failed five times in a row", async () => {
    for (let attempt = 0; attempt < 10; attempt++) {
      const { took, check } = await failingFiveTimes();
      // Two seconds later it is asked again, which a busy machine may come to.
      if (took < 1_900) return check();
    }
    throw new Error("The machine was too busy to ask four times within two seconds, ten times over.");
  });

  /** Asks for a user who cannot be had, and for others; gives how long that took, and what checks the answers. */
  async function failingFiveTimes(): Promise<{ took: number; check: () => void }> {
    let asked = 0;
    const users: ServeHandler = () => {
      asked++;
      return new Response(null, { status: 500 });
    };
    let took = 0;
    let seen: unknown[] = [];
    let retryAfter = "";
    let services: { name: string; circuit: string; running: number }[] = [];
    await beforeServices({ users: [users], orders: [named("o")] }, async (port) => {
      const first = await get(port, "/users/1");
      const start = performance.now();
      const second = await get(port, "/users/2");
      retryAfter = String(second.retryAfter);
      const before = asked;
      const overview = await get(port, "/overview/3");
      const orders = await get(port, "/orders/4");
      seen = [first.status, second.status, before, overview.status, asked, orders.body];
      services = (await get(port, "/status")).body as typeof services;
      took = performance.now() - start;
    });
    const check = () => {
      assertEquals(seen, [502, 503, 5, 503, 5, "o"]);
      assertMatch(retryAfter, /^[12]$/);
      assertEquals(services.map(({ name, circuit }) => `${name} ${circuit}`), [
        "users open",
        "orders closed",
        "tips closed",
      ]);
      assert(services.every(({ running }) => running === 0));
    };
    return { took, check };
  }

  it("sends a service eight requests at once and no more", async () => {
    let [running, most, answered] = [0, 0, 0];
    const orders: ServeHandler = function* () {
      most = Math.max(most, ++running);
      try {
        yield* sleep(2);
      } finally {
        running--;
      }
      return Response.json("o");
    };
    await beforeServices({ orders: [orders] }, (port) =>
      inTime(async () => {
        // One that was given up may be over a little later.
        await eventually(() => running === 0, "the end of all requests");
        [most, answered] = [0, 0];
        await Promise.all(Array.from({ length: 30 }, async () => {
          if ((await get(port, "/orders/7")).status === 200) answered++;
        }));
        return () => {
          assertEquals(answered, 30);
          assert(most <= 8, `${most} at once`);
        };
      }));
  });

  it("starts services of its own when it is told of none", async () => {
    await run(() =>
      talkTo("gateway.ts", ["--port", "0"], 0, async (port) => {
        // They fail and hang by chance, so that every one of these is an answer.
        const { status } = await get(port, "/overview/7");
        assert([200, 502, 503, 504].includes(status), `${status}`);
        const services = (await get(port, "/status")).body as { name: string }[];
        assertEquals(services.map(({ name }) => name), ["users", "orders", "tips"]);
      })
    );
  });
});
