import { assert, assertEquals, assertInstanceOf, assertMatch, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { CancelledError, createTask, newEventLoop, run, RuntimeError, sleep } from "../../mod.ts";
import { type HttpServer, serve, type ServeHandler } from "../../src/http/mod.ts";
import { RawClient } from "../adapters/raw_client.ts";
import { freePort } from "../free_port.ts";
import { get, GRACE, portOf, serving, sign, taskNames } from "./serving.ts";

const plain: ServeHandler = () => new Response("plain");

describe("HttpServer.close()", () => {
  it("lets a request finish that is being handled, and accepts no other", async () => {
    const [waits, go] = [sign(), sign()];
    const handler: ServeHandler = async () => {
      waits.give();
      await go.seen;
      return new Response("finished");
    };
    const reports = await serving(handler, async (server) => {
      const answer = get(server);
      await waits.seen;
      server.close();
      assert(!server.isServing());
      assertEquals(String(server), `<HttpServer closing ${server.url}>`);
      await assertRejects(() => RawClient.connect(portOf(server)));
      go.give();
      assertEquals(await answer, [200, "finished"]);
      await server.waitClosed();
      assertEquals(String(server), `<HttpServer closed ${server.url}>`);
    });
    assertEquals(reports, []);
  });

  it("cancels what is not done after the grace period, answers it 503, and reports it", async () => {
    const log: unknown[] = [];
    const waits = sign();
    const handler: ServeHandler = function* () {
      try {
        waits.give();
        yield* sleep(60_000);
      } catch (error) {
        log.push(error);
        throw error;
      } finally {
        yield* sleep(1);
        log.push("cleaned up");
      }
      return new Response();
    };
    const reports = await serving(handler, async (server) => {
      const answer = get(server, "/slow");
      await waits.seen;
      server.close();
      assertEquals(await answer, [503, "Service Unavailable"]);
      await server.waitClosed();
      assertEquals(taskNames(), []);
    }, { gracePeriod: GRACE });
    assertInstanceOf(log[0], CancelledError);
    assertEquals(log.map(String), ["CancelledError: server closed", "cleaned up"]);
    assertEquals(reports.length, 1);
    assertMatch(
      reports[0]!.message!,
      /cancelled .* grace period of 1000 ms: 1 request.*\nGET \/slow waits for <sleep .*>$/,
    );
  });

  it("waits without end for a request when the grace period is null", async () => {
    const [waits, go] = [sign(), sign()];
    const handler: ServeHandler = async () => {
      waits.give();
      await go.seen;
      return new Response("finished");
    };
    await serving(handler, async (server) => {
      const answer = get(server);
      await waits.seen;
      server.close();
      await sleep(1);
      go.give();
      assertEquals(await answer, [200, "finished"]);
    }, { gracePeriod: null });
  });

  it("ends at once when nothing is being handled, though clients keep their connections", async () => {
    await serving(plain, async (server) => {
      const client = await RawClient.connect(portOf(server));
      client.request("GET");
      await client.until("plain");
      server.close();
      await server.waitClosed();
      await client.closed;
    }, { gracePeriod: null });
  });

  it("called twice does nothing the second time", async () => {
    await serving(plain, async (server) => {
      server.close();
      server.close();
      await server.waitClosed();
      server.close();
      await server.waitClosed();
    });
  });

  it("wakes everyone who waits, and not who was cancelled before", async () => {
    await serving(plain, async (server) => {
      const log: string[] = [];
      const wait = (name: string) =>
        createTask(function* () {
          yield* server.waitClosed();
          log.push(name);
        });
      const [one, two, three] = [wait("one"), wait("two"), wait("three")];
      await sleep(0);
      two.cancel();
      server.close();
      await one;
      await three;
      assertEquals(log, ["one", "three"]);
      assert(two.cancelled());
    });
  });

  it("frees the port", async () => {
    await run(async () => {
      const port = await freePort();
      const server = await serve(plain, { port });
      server.close();
      await server.waitClosed();
      await using again = await serve(plain, { port });
      assertEquals(await get(again), [200, "plain"]);
    });
  });
});

describe("HttpServer.serveForever()", () => {
  it("returns once the server has closed", async () => {
    await run(async () => {
      const server = await serve(plain, { port: 0 });
      const forever = createTask(server.serveForever());
      assertEquals(await get(server), [200, "plain"]);
      server.close();
      await forever;
      assertEquals(String(server), `<HttpServer closed ${server.url}>`);
    });
  });

  it("cancelled closes the server, waits for that, and ends cancelled", async () => {
    const [waits, go] = [sign(), sign()];
    const handler: ServeHandler = async () => {
      waits.give();
      await go.seen;
      return new Response("finished");
    };
    await run(async () => {
      const server = await serve(handler, { port: 0 });
      const forever = createTask(server.serveForever());
      const answer = get(server);
      await waits.seen;
      forever.cancel("enough");
      await sleep(0);
      await sleep(0);
      assert(!forever.done());
      assert(!server.isServing());
      go.give();
      assertEquals(await answer, [200, "finished"]);
      await assertRejects(async () => await forever, CancelledError, "enough");
      assertEquals(String(server), `<HttpServer closed ${server.url}>`);
    });
  });

  it("is refused on a closed server, and while somebody else awaits it", async () => {
    await run(async () => {
      const server = await serve(plain, { port: 0 });
      const forever = createTask(server.serveForever());
      await sleep(0);
      await assertRejects(async () => await server.serveForever(), RuntimeError, "Use waitClosed()");
      server.close();
      await forever;
      await assertRejects(async () => await server.serveForever(), RuntimeError, "Call serve() again");
    });
  });
});

describe("A server whose loop", () => {
  it("closes is cut off", async () => {
    let server: HttpServer | undefined;
    let client: RawClient | undefined;
    await run(async () => {
      server = await serve(plain, { port: 0 });
      client = await RawClient.connect(portOf(server));
      client.request("GET");
      await client.until("plain");
    });
    await client!.closed;
    assertEquals(String(server), `<HttpServer closed ${server!.url}>`);
    await assertRejects(() => RawClient.connect(portOf(server!)));
  });

  it("stands still answers when it runs again", async () => {
    const loop = newEventLoop();
    const handler: ServeHandler = function* () {
      yield* sleep(0);
      return new Response("late");
    };
    const server = await loop.runUntilComplete(() => serve(handler, { port: 0 }));
    const client = await RawClient.connect(portOf(server));
    client.request("GET");
    await loop.runUntilComplete(async () => {
      await client.until("late");
      await server[Symbol.asyncDispose]();
    });
    await client.closed;
    loop.close();
  });
});
