import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { createTask, run, sleep } from "../../mod.ts";
import {
  background,
  type HttpServer,
  type RequestOutcome,
  serve,
  type ServeHandler,
  streamResponse,
} from "../../src/http/mod.ts";
import { RawClient } from "../adapters/raw_client.ts";
import { GRACE, portOf, serving, sign } from "./serving.ts";
import { eventually } from "../within.ts";

const encoder = new TextEncoder();

/** A stream that nothing of the module produces, and that never ends by itself. */
function endless(): Response {
  return new Response(
    new ReadableStream({
      start(controller) {
        controller.enqueue(encoder.encode("begun"));
      },
    }),
  );
}

/** Handles every kind of request that a closing server can have in flight. */
function* handle(request: Request, server: HttpServer, runs: () => void) {
  const { pathname } = new URL(request.url);
  switch (pathname) {
    case "/running":
      runs();
      yield* server.draining.wait();
      yield* sleep(5);
      return new Response("finished");
    case "/sleeping":
      createTask(sleep(60_000), { name: "helper" });
      yield* sleep(60_000);
      return new Response("never");
    case "/stream":
      return streamResponse(function* (stream) {
        for (;;) {
          yield* stream.write("tick");
          yield* sleep(1);
        }
      });
    case "/foreign":
      return endless();
    case "/large":
      return new Response(new Uint8Array(30_000_000));
    default:
      return new Response("idle");
  }
}

describe("A closing server", () => {
  it("ends within its bound whatever its clients do, all of them at once", async () => {
    const told: string[] = [];
    const clients: RawClient[] = [];
    const runs = sign();
    let server: HttpServer;
    const hung = Promise.withResolvers<Response>();
    const handler =
      ((request: Request) =>
        request.url.endsWith("/hung") ? hung.promise : handle(request, server, runs.give)) as ServeHandler;
    const onOutcome = ({ request, outcome }: RequestOutcome) =>
      told.push(`${new URL(request.url).pathname} ${outcome}`);
    const reports = await serving(handler, async (given) => {
      server = given;
      const client = async (path?: string, sign?: string): Promise<RawClient> => {
        const client = await RawClient.connect(portOf(server));
        clients.push(client);
        if (path !== undefined) client.request("GET", path);
        if (sign !== undefined) await client.until(sign);
        return client;
      };
      await client();
      (await client()).send("GET /half HTTP/1.1\r\nHo");
      await client("/idle", "idle");
      await client("/sleeping");
      await client("/hung");
      await client("/stream", "tick");
      await client("/foreign", "begun");
      (await client("/large")).pause();
      const running = await client("/running");
      await runs.seen;
      await eventually(() => server.pending >= 4, "server.pending >= 4");
      server.close();
      await running.until("finished");
      await server.closed;
      for (const client of clients) await client.leave();
    }, { gracePeriod: 1_000, onOutcome });
    hung.resolve(new Response("too late"));
    for (
      const line of ["/idle delivered", "/running delivered", "/sleeping shutdown", "/stream shutdown"]
    ) assert(told.includes(line), `${line} of ${told.join()}`);
    // The one that cannot be stopped is named twice: when it was cancelled, and when it was left behind.
    assertEquals(reports.length, 2);
    assertMatch(reports[0]!.message!, /GET \/sleeping waits for <sleep .*>\n└─ helper waits for <sleep /);
    assertMatch(reports[0]!.message!, /GET \/hung waits for a promise in /);
    assertMatch(reports[1]!.message!, /closed without waiting .*: 1 request\(s\)\nGET \/hung/);
  });

  it("cuts a stream of somebody else's at the end of its grace period, and tells the source", async () => {
    const cancelled = sign();
    const handler: ServeHandler = () =>
      new Response(
        new ReadableStream({
          start(controller) {
            controller.enqueue(encoder.encode("begun"));
          },
          cancel: cancelled.give,
        }),
      );
    const told: RequestOutcome[] = [];
    await serving(handler, async (server) => {
      const client = await RawClient.connect(portOf(server));
      client.request("GET");
      await client.until("begun");
      server.close();
      await server.closed;
      assertEquals(told.map(({ outcome }) => outcome), ["shutdown"]);
      await client.closed;
      assert(!client.received.includes("\r\n0\r\n"));
      await cancelled.seen;
    }, { gracePeriod: GRACE, onOutcome: (outcome) => told.push(outcome) });
  });

  it("ends at once when the last request is done, whatever the grace period", async () => {
    const handler: ServeHandler = () =>
      streamResponse(function* (stream) {
        yield* stream.write("begun");
        yield* sleep(5);
        yield* stream.write("ended");
      });
    await serving(handler, async (server) => {
      const client = await RawClient.connect(portOf(server));
      client.request("GET");
      await client.until("begun");
      server.close();
      await client.until("ended");
      await server.closed;
      await client.leave();
    }, { gracePeriod: null });
  });

  it("lets the background finish", async () => {
    const log: string[] = [];
    const handler: ServeHandler = () => {
      background(function* () {
        yield* sleep(5);
        log.push("finished");
      });
      return new Response("answered");
    };
    await run(async () => {
      const server = await serve(handler, { port: 0, gracePeriod: null });
      await (await fetch(server.url)).text();
      server.close();
      await server.closed;
      log.push("closed");
    });
    assertEquals(log, ["finished", "closed"]);
  });
});
