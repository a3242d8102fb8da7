import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  type Coroutine,
  createTask,
  currentTask,
  forEach,
  type LazyAwaitable,
  OSError,
  run,
  RuntimeError,
  sleep,
  timeout,
  TimeoutError,
} from "../../mod.ts";
import { HttpError, readBody, type ServeHandler } from "../../src/http/mod.ts";
import { RawClient } from "../adapters/raw_client.ts";
import { get, portOf, serving, sign } from "./serving.ts";

const post = (body: BodyInit) => ({ method: "POST", body });

describe("readBody()", () => {
  it("reads parts, everything, text and JSON", async () => {
    const large = new Uint8Array(300_000).map((_, i) => i % 251);
    const handler: ServeHandler = function* (request) {
      const body = readBody(request);
      const { pathname } = new URL(request.url);
      if (pathname === "/text") return new Response(yield* body.text());
      if (pathname === "/json") return Response.json((yield* body.json<{ a: number[] }>()).a);
      if (pathname === "/all") return new Response(yield* body.readAll());
      let sum = 0;
      for (let part = yield* body.read(); part !== null; part = yield* body.read()) sum += part.length;
      return new Response(`${sum} ${body.received} ${body.length}`);
    };
    await serving(handler, async (server) => {
      assertEquals(await get(server, "/text", post("\uFEFFgrüße")), [200, "grüße"]);
      assertEquals(await get(server, "/json", post('{"a":[1,2]}')), [200, "[1,2]"]);
      assertEquals(await get(server, "/parts", post(large)), [200, "300000 300000 300000"]);
      const echo = await fetch(`${server.url}/all`, post(large));
      assertEquals(new Uint8Array(await echo.arrayBuffer()), large);
    });
  });

  it("gives null at the end, again and again, and at once where there is no body", async () => {
    const handler: ServeHandler = function* (request) {
      const body = readBody(request);
      const all = yield* body.text();
      return new Response(`${all}|${yield* body.read()}|${yield* body.read()}|${(yield* body.readAll()).length}`);
    };
    await serving(handler, async (server) => {
      assertEquals(await get(server, "/", post("some")), [200, "some|null|null|0"]);
      assertEquals(await get(server), [200, "|null|null|0"]);
    });
  });

  it("is iterated by forEach() and by for await", async () => {
    const read = async (asynchronous: boolean) => {
      const request = new Request("http://localhost/", post("to be counted"));
      const body = readBody(request);
      let sum = 0;
      if (asynchronous) { for await (const part of body) sum += part.length; }
      else {
        await forEach(body, function* (part) {
          yield* sleep(0);
          sum += part.length;
        });
      }
      return sum;
    };
    assertEquals(await run(() => read(true)), 13);
    assertEquals(await run(() => read(false)), 13);
  });

  it("answers 413 when the client announces more than the limit, and when it sends more", async () => {
    const handler: ServeHandler = function* (request) {
      return new Response(yield* readBody(request, { limit: 1_000 }).text());
    };
    const reports = await serving(handler, async (server) => {
      const whole = "The body of the request is larger than 1000 bytes.";
      assertEquals(await get(server, "/", post("a".repeat(1_000))), [200, "a".repeat(1_000)]);
      assertEquals(await get(server, "/", post("a".repeat(1_001))), [413, whole]);

      const announced = await RawClient.connect(portOf(server));
      announced.request("POST", "/", "Content-Length: 100000000000");
      assertEquals((await announced.until(whole)).startsWith("HTTP/1.1 413 "), true);
      await announced.leave();

      const sent = await RawClient.connect(portOf(server));
      sent.request("POST", "/", "Transfer-Encoding: chunked");
      sent.send(`400\r\n${"a".repeat(1_024)}\r\n`);
      assertEquals((await sent.until(whole)).startsWith("HTTP/1.1 413 "), true);
      await sent.leave();
    });
    assertEquals(reports, []);
  });

  it("lets a client hear the 413 that is still sending megabytes, and serves others on", async () => {
    const handler: ServeHandler = function* (request) {
      return new Response(yield* readBody(request, { limit: 100_000 }).text());
    };
    await serving(handler, async (server) => {
      const client = await RawClient.connect(portOf(server));
      client.request("POST", "/", "Content-Length: 20000000");
      for (let i = 0; i < 20; i++) client.send("a".repeat(1_000_000));
      assertEquals((await client.until("HTTP/1.1 413")).startsWith("HTTP/1.1 413 "), true);
      await client.leave();
      assertEquals(await get(server, "/", post("small")), [200, "small"]);
    });
  });

  it("keeps refusing once the limit was passed", async () => {
    const body = readBody(new Request("http://localhost/", post("too much")), { limit: 3 });
    const reads: (() => LazyAwaitable<unknown>)[] = [() => body.read(), () => body.readAll(), () => body.text()];
    for (const read of reads) {
      const error = await assertRejects(() => run(read), HttpError);
      assertEquals(error.status, 413);
    }
  });

  it("answers 400 to what is not JSON", async () => {
    const handler: ServeHandler = function* (request) {
      return Response.json(yield* readBody(request).json());
    };
    await serving(handler, async (server) => {
      assertEquals(await get(server, "/", post("{no")), [400, "The body of the request is not JSON."]);
      assertEquals(await get(server, "/", { method: "POST" }), [400, "The body of the request is not JSON."]);
    });
  });

  it("takes no more from the client than is read", async () => {
    const [waits, go] = [sign(), sign()];
    const handler: ServeHandler = async (request) => {
      const body = readBody(request, { limit: null });
      await body.read();
      waits.give();
      await go.seen;
      const before = body.received;
      return new Response(`${before < 10_000_000} ${before + (await body.readAll()).length}`);
    };
    await serving(handler, async (server) => {
      const answer = get(server, "/", post(new Uint8Array(30_000_000)));
      await waits.seen;
      await sleep(20);
      go.give();
      assertEquals(await answer, [200, "true 30000000"]);
    });
  });

  it("loses nothing when a read is cancelled", async () => {
    const first = sign();
    const handler: ServeHandler = function* (request) {
      const body = readBody(request);
      const outcomes: string[] = [];
      try {
        yield* timeout(5, () => body.read());
      } catch (error) {
        outcomes.push((error as Error).name);
      }
      try {
        yield* timeout(50, () => {
          first.give();
          return body.readAll();
        });
      } catch (error) {
        outcomes.push((error as Error).name);
      }
      outcomes.push(yield* body.text());
      return new Response(outcomes.join(" "));
    };
    await serving(handler, async (server) => {
      const client = await RawClient.connect(portOf(server));
      client.request("POST", "/", "Content-Length: 10");
      await first.seen;
      client.send("01234");
      await sleep(100);
      client.send("56789");
      await client.until(`${TimeoutError.prototype.name} ${TimeoutError.prototype.name} 0123456789`);
      await client.leave();
    });
  });

  it("is cancelled when the client leaves in the middle, in the handler and in a task of it", async () => {
    for (const inChild of [false, true]) {
      const [reads, ended] = [sign(), sign()];
      const log: string[] = [];
      const drain = function* (request: Request): Coroutine<undefined> {
        const body = readBody(request);
        try {
          for (let part = yield* body.read(); part !== null; part = yield* body.read()) reads.give();
        } catch (error) {
          log.push(String(error));
          throw error;
        } finally {
          yield* sleep(1);
          log.push(`cleaned up, cancelled ${currentTask()!.cancelling() > 0 || inChild}`);
          ended.give();
        }
        return undefined;
      };
      const handler: ServeHandler = function* (request) {
        if (inChild) yield* createTask(drain(request));
        else yield* drain(request);
        return new Response("whole");
      };
      const reports = await serving(handler, async (server) => {
        const client = await RawClient.connect(portOf(server));
        client.request("POST", "/", "Content-Length: 100");
        client.send("half of it");
        await reads.seen;
        await client.leave();
        await ended.seen;
        await sleep(5);
      });
      assertEquals(log, ["CancelledError: client left", "cleaned up, cancelled true"]);
      assertEquals(reports, []);
    }
  });

  it("fails with an OSError where no server of the module brings the request", async () => {
    const broken = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error("gone")) });
    const request = new Request("http://localhost/x", { ...post(broken), duplex: "half" } as RequestInit);
    const error = await assertRejects(() => run(readBody(request).read()), OSError, "the client left after 0 bytes");
    assertEquals(error.code, "ECONNRESET");
  });

  it("refuses what it cannot read, and a second reader", async () => {
    // deno-lint-ignore no-explicit-any
    const wrong = (value: unknown): any => value;
    const request = new Request("http://localhost/", post("body"));
    assertThrows(() => readBody(wrong("text")), TypeError, "Cannot read the body of");
    assertThrows(() => readBody(request, { limit: wrong("1 MB") }), TypeError, "as limit");
    for (const options of [null, 10, "10", []]) {
      assertThrows(() => readBody(request, wrong(options)), TypeError, "as its options: give an object");
    }
    assertThrows(() => readBody(request, wrong({ maxSize: 10 })), TypeError, 'unknown option "maxSize"');
    assertThrows(() => readBody(request, { limit: -1 }), RangeError, "a limit of -1");
    assertThrows(() => readBody(request, { limit: NaN }), RangeError, "a limit of NaN");
    readBody(request);
    assertThrows(() => readBody(request), RuntimeError, "it was read already");
    const used = new Request("http://localhost/", post("body"));
    await used.text();
    assertThrows(() => readBody(used), RuntimeError, "it was read already");

    const silent = new ReadableStream<Uint8Array>({});
    const waiting = readBody(new Request("http://localhost/", { ...post(silent), duplex: "half" } as RequestInit));
    await run(function* () {
      const first = createTask(waiting.read());
      yield* sleep(0);
      let error: unknown;
      try {
        yield* waiting.read();
      } catch (caught) {
        error = caught;
      }
      assertEquals(error instanceof RuntimeError, true);
      first.cancel();
    });
  });
});
