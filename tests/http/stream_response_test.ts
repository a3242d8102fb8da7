import { assertEquals, assertInstanceOf, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { CancelledError, ContextVar, createTask, currentTask, run, RuntimeError, sleep } from "../../mod.ts";
import {
  currentRequest,
  HttpError,
  type ResponseStream,
  type ServeHandler,
  serverSentEvents,
  streamResponse,
} from "../../src/http/mod.ts";
import { RawClient } from "../adapters/raw_client.ts";
import { get, portOf, serving, sign, taskNames } from "./serving.ts";
import { eventually, within } from "../within.ts";

const MEGABYTE = 1_000_000;

describe("streamResponse()", () => {
  it("sends what a coroutine writes, bytes and text, with the status and the headers that it was given", async () => {
    const handler: ServeHandler = () =>
      streamResponse(function* (stream) {
        yield* stream.write(new TextEncoder().encode("bytes, "));
        yield* stream.write("text, ");
        yield* sleep(1);
        yield* stream.writeln("ünd a line");
        yield* stream.write("");
      }, { status: 201, headers: { "x-kind": "stream" } });
    const reports = await serving(handler, async (server) => {
      const response = await fetch(server.url);
      assertEquals([response.status, response.headers.get("x-kind")], [201, "stream"]);
      assertEquals(await response.text(), "bytes, text, ünd a line\n");
    });
    assertEquals(reports, []);
  });

  it("sends what an async function writes", async () => {
    const handler: ServeHandler = () =>
      streamResponse(async (stream) => {
        for (const part of ["a", "b", "c"]) {
          await stream.write(part);
          await sleep(1);
        }
      });
    await serving(handler, async (server) => assertEquals(await get(server), [200, "abc"]));
  });

  it("sends a part when it is written, not with the next one", async () => {
    const more = sign();
    const handler: ServeHandler = () =>
      streamResponse(function* (stream) {
        yield* stream.write("first");
        more.seen.then(() => gate.setResult(undefined));
        const gate = currentTask()!.getLoop().createFuture<undefined>();
        yield* gate;
        yield* stream.write("second");
      });
    await serving(handler, async (server) => {
      const client = await RawClient.connect(portOf(server));
      client.request("GET");
      assertEquals((await client.until("first")).includes("second"), false);
      more.give();
      await client.until("second");
      await client.leave();
    });
  });

  it("passes everything on in order, however small the parts are, and large ones too", async () => {
    const numbers = Array.from({ length: 20_000 }, (_, i) => `${i},`).join("");
    const large = new Uint8Array(3 * MEGABYTE).map((_, i) => i % 251);
    const handler: ServeHandler = (request) =>
      streamResponse(function* (stream) {
        if (request.url.endsWith("/large")) return yield* stream.write(large);
        for (let i = 0; i < 20_000; i++) yield* stream.write(i % 2 === 0 ? `${i},` : new TextEncoder().encode(`${i},`));
      });
    await serving(handler, async (server) => {
      assertEquals(await get(server), [200, numbers]);
      const bytes = new Uint8Array(await (await fetch(`${server.url}/large`)).arrayBuffer());
      assertEquals(bytes.length, large.length);
      assertEquals(bytes.every((byte, i) => byte === i % 251), true);
    });
  });

  it("holds its producer up while the client does not read, and cancels it when that leaves", async () => {
    const log: string[] = [];
    const [parked, ended] = [sign(), sign()];
    let written = 0;
    const handler: ServeHandler = () =>
      streamResponse(function* (stream) {
        const part = new Uint8Array(100_000);
        let waiting = false;
        const watch = createTask(function* () {
          for (let before = -1; !waiting || before !== written; yield* sleep(40)) before = written;
          parked.give();
        });
        try {
          while (written < 100 * MEGABYTE) {
            waiting = true;
            yield* stream.write(part);
            written += part.length;
          }
        } catch (error) {
          log.push(String(error));
          assertEquals(stream.signal.aborted, true);
          try {
            yield* stream.write("too late");
          } catch (error) {
            log.push(String(error));
          }
          throw error;
        } finally {
          watch.cancel();
          ended.give();
        }
      });
    const reports = await serving(handler, async (server) => {
      const client = await RawClient.connect(portOf(server));
      client.pause();
      client.request("GET", "/download");
      await parked.seen;
      // The system's buffers hold some megabytes.
      assertEquals(written < 20 * MEGABYTE, true, `${written} bytes were written`);
      assertEquals(taskNames(), ["body of GET /download"]);
      await client.leave();
      await ended.seen;
      await sleep(1);
      assertEquals(taskNames(), []);
    });
    assertEquals(log, ["CancelledError: client left", "CancelledError: client left"]);
    assertEquals(reports, []);
  });

  it("cancels a producer that waits for something else when the client leaves", async () => {
    const [waits, ended] = [sign(), sign()];
    const log: unknown[] = [];
    const handler: ServeHandler = () =>
      streamResponse(function* (stream) {
        yield* stream.write("first");
        try {
          waits.give();
          yield* sleep(60_000);
        } catch (error) {
          log.push(error);
          throw error;
        } finally {
          ended.give();
        }
      });
    const reports = await serving(handler, async (server) => {
      const client = await RawClient.connect(portOf(server));
      client.request("GET");
      await client.until("first");
      await waits.seen;
      await client.leave();
      await ended.seen;
    });
    assertInstanceOf(log[0], CancelledError);
    assertEquals(reports, []);
  });

  it("cancels its producer once when the client leaves, however that is told, so that it can clean up", async () => {
    const log: string[] = [];
    const handler: ServeHandler = () =>
      streamResponse(function* (stream) {
        try {
          for (;;) {
            yield* stream.write("tick");
            yield* sleep(1);
          }
        } finally {
          yield* sleep(20);
          log.push(`cleaned up, cancelled ${currentTask()!.cancelling()} time(s)`);
        }
      });
    await serving(handler, async (server) => {
      const client = await RawClient.connect(portOf(server));
      client.request("GET");
      await client.until("tick");
      await client.leave();
      await eventually(() => server.pending === 0, "server.pending === 0");
    });
    assertEquals(log, ["cleaned up, cancelled 1 time(s)"]);
  });

  // Deno finds within a write that its client has left, and tells it there: the write throws, and the task that writes is owed a cancel.
  for (const form of ["a generator", "an async function"] as const) {
    it(`cancels ${form} once that finds by a write that its client has left`, async () => {
      const log: string[] = [];
      const cleanedUp = () => void log.push(`cleaned up, cancelled ${currentTask()!.cancelling()} time(s)`);
      const handler: ServeHandler = () =>
        streamResponse(
          form === "a generator"
            ? function* (stream) {
              try {
                for (;;) {
                  yield* stream.write("tick");
                  yield* sleep(0);
                }
              } finally {
                yield* sleep(1);
                cleanedUp();
              }
            }
            : async (stream) => {
              try {
                for (;;) {
                  await stream.write("tick");
                  await sleep(0);
                }
              } finally {
                await sleep(1);
                cleanedUp();
              }
            },
        );
      const clients = 20;
      await serving(handler, async (server) => {
        for (let i = 0; i < clients; i++) {
          const client = await RawClient.connect(portOf(server));
          client.request("GET");
          await client.until("tick");
          await client.leave();
          await eventually(() => server.pending === 0, "server.pending === 0");
        }
      });
      assertEquals(log, Array(clients).fill("cleaned up, cancelled 1 time(s)"));
    });
  }

  it("breaks the connection off if its producer throws, and reports the error once", async () => {
    // Before a client has a part the failure would be answered by a 500.
    let begun = sign();
    const handler: ServeHandler = () =>
      streamResponse(async (stream) => {
        await stream.write("the beginning");
        await begun.seen;
        throw new RangeError("in the middle");
      });
    const reports = await serving(handler, async (server) => {
      const client = await RawClient.connect(portOf(server));
      client.request("GET", "/broken");
      await client.until("the beginning");
      begun.give();
      await client.closed;
      // A chunk of no length would end the body as it should end.
      assertEquals(client.received.includes("\r\n0\r\n"), false);
      begun = sign();
      const reader = (await fetch(server.url)).body!.getReader();
      await reader.read();
      begun.give();
      await assertRejects(() => within(reader.read(), "the end of a body"));
      await eventually(() => server.pending === 0, "server.pending === 0");
    });
    assertEquals(reports.map(({ exception }) => String(exception)), Array(2).fill("RangeError: in the middle"));
    assertEquals(reports[0]!.message, "The body of the response to GET /broken failed while it was sent");
  });

  it("keeps the request, its tasks and its context until the body is sent", async () => {
    const variable = new ContextVar<string>("variable");
    const seen: string[] = [];
    const handler: ServeHandler = function* (request) {
      yield* sleep(1);
      variable.set("of the handler");
      const helper = createTask(function* () {
        yield* sleep(10);
        return "from a task of the handler";
      });
      return streamResponse(function* (stream) {
        seen.push(new URL(currentRequest().url).pathname, String(currentRequest() === request), variable.get());
        yield* stream.write(yield* helper);
      });
    };
    await serving(handler, async (server) => {
      assertEquals(await get(server, "/where"), [200, "from a task of the handler"]);
    });
    assertEquals(seen, ["/where", "true", "of the handler"]);
  });

  it("says no length of a streamed body to HEAD, unless the response does, and the connection can be used again", async () => {
    const streamed: Record<string, ServeHandler> = {
      "/unknown": () => streamResponse(function* () {}, { headers: { "x-note": "seen" } }),
      "/known": () => streamResponse(function* () {}, { headers: { "content-length": "7" } }),
      "/encoded": () => streamResponse(function* () {}, { headers: { "content-encoding": "gzip" } }),
      "/events": () => serverSentEvents(function* () {}),
      "/parked": function* () {
        yield* sleep(1);
        return streamResponse(function* () {});
      },
    };
    await serving((request, info) => streamed[new URL(request.url).pathname]!(request, info), async (server) => {
      const client = await RawClient.connect(portOf(server));
      for (const path of Object.keys(streamed)) {
        client.received = "";
        client.request("HEAD", path);
        const head = await client.until("\r\n\r\n");
        assertMatch(head, /^HTTP\/1\.1 200 /);
        const [, length] = /^content-length: (\d+)\r$/im.exec(head) ?? [];
        assertEquals(length, path === "/known" ? "7" : undefined, head);
      }
      await client.leave();
    });
  });

  it("does not run the producer of a HEAD request, nor that of a response which the handler throws away", async () => {
    let ran = 0;
    const handler: ServeHandler = function* (request) {
      const { pathname } = new URL(request.url);
      const response = streamResponse(function* (stream) {
        ran++;
        yield* stream.write("body");
      }, { headers: { "x-kind": "stream" } });
      yield* sleep(1);
      if (pathname === "/throws") throw new HttpError(404, "not here");
      return pathname === "/other" ? new Response("other") : response;
    };
    const reports = await serving(handler, async (server) => {
      const response = await fetch(server.url, { method: "HEAD" });
      assertEquals([response.status, response.headers.get("x-kind"), await response.text()], [200, "stream", ""]);
      assertEquals(await get(server, "/other"), [200, "other"]);
      assertEquals(await get(server, "/throws"), [404, "not here"]);
      await eventually(() => taskNames().length === 0, "the end of all tasks", () => taskNames().join());
      assertEquals(ran, 0);
      assertEquals(await get(server, "/"), [200, "body"]);
    });
    assertEquals(reports, []);
  });

  it("pipes a web stream and an iterable, takes no more than is sent, and closes them when the client leaves", async () => {
    const [cancelled, closed] = [sign(), sign()];
    let pulled = 0;
    const handler: ServeHandler = (request) =>
      streamResponse(function* (stream) {
        if (request.url.endsWith("/short")) {
          yield* stream.pipe(["a", "b"]);
          yield* stream.pipe(new Response("c").body!);
          return yield* stream.pipe((async function* () {
            yield new Uint8Array([100]);
          })());
        }
        if (request.url.endsWith("/web")) {
          const endless = new ReadableStream<Uint8Array>({
            pull: (controller) => {
              pulled += 100_000;
              controller.enqueue(new Uint8Array(100_000));
            },
            cancel: cancelled.give,
          }, { highWaterMark: 0 });
          return yield* stream.pipe(endless);
        }
        yield* stream.pipe((async function* () {
          try {
            for (;; pulled += 100_000) yield new Uint8Array(100_000);
          } finally {
            closed.give();
          }
        })());
      });
    const reports = await serving(handler, async (server) => {
      assertEquals(await get(server, "/short"), [200, "abcd"]);
      for (const [path, end] of [["/web", cancelled], ["/iterable", closed]] as const) {
        const client = await RawClient.connect(portOf(server));
        client.pause();
        pulled = 0;
        client.request("GET", path);
        for (let before = -1; pulled === 0 || before !== pulled; await sleep(20)) before = pulled;
        await client.leave();
        await end.seen;
        assertEquals(pulled < 20 * MEGABYTE, true, `${pulled} bytes were taken`);
      }
    });
    assertEquals(reports, []);
  });

  it("is one of many at once", async () => {
    const handler: ServeHandler = (request) =>
      streamResponse(function* (stream) {
        for (let i = 0; i < 20; i++) {
          yield* stream.write(`${new URL(request.url).pathname} ${i};`);
          yield* sleep(0);
        }
      });
    await serving(handler, async (server) => {
      const bodies = await Promise.all(Array.from({ length: 20 }, (_, i) => get(server, `/${i}`)));
      bodies.forEach(([, body], i) => {
        assertEquals(body, Array.from({ length: 20 }, (_, part) => `/${i} ${part};`).join(""));
      });
      await sleep(1);
      assertEquals(taskNames(), []);
    });
  });

  it("refuses what it cannot send, and writes after its end", async () => {
    // deno-lint-ignore no-explicit-any
    const wrong = (value: unknown): any => value;
    assertThrows(() => streamResponse(wrong("text")), TypeError, "Cannot call streamResponse() with");
    assertThrows(() => streamResponse(function* () {}, { status: 204 }), TypeError, "such a response has none");
    let kept: ResponseStream | undefined;
    const response = streamResponse(function* (stream) {
      kept = stream;
      assertThrows(() => stream.write(wrong(5)), TypeError, "Cannot call write() with");
      assertThrows(() => stream.write(wrong(new ArrayBuffer(1))), TypeError, "Make a Uint8Array of it.");
      assertThrows(() => stream.writeln(wrong(new Uint8Array())), TypeError, "Send bytes with write().");
      assertThrows(() => stream.pipe("text"), TypeError, "it is one part");
      yield* stream.write("done");
    });
    assertEquals(await response.text(), "done");
    await assertRejects(() => run(() => kept!.write("late")), RuntimeError, "has ended");
  });
});

describe("streamResponse() where no server runs", () => {
  it("runs its producer once somebody reads, on the loop that runs or on one of its own", async () => {
    let ran = 0;
    const respond = () =>
      streamResponse(function* (stream) {
        ran++;
        yield* sleep(1);
        yield* stream.write("alone");
      });
    respond();
    assertEquals(await respond().text(), "alone");
    assertEquals(await run(async () => await respond().text()), "alone");
    assertEquals(ran, 2);
  });

  it("fails the reader of a body whose producer throws, and cancels it for one that leaves", async () => {
    const failing = streamResponse(function* (stream) {
      yield* stream.write("a");
      throw new RangeError("in the middle");
    });
    const original = console.error;
    console.error = () => {};
    try {
      await assertRejects(() => failing.text(), RangeError, "in the middle");
    } finally {
      console.error = original;
    }
    const ended = sign();
    const response = streamResponse(function* (stream) {
      try {
        for (;;) yield* stream.write("more");
      } finally {
        ended.give();
      }
    });
    const reader = response.body!.getReader();
    await reader.read();
    await reader.cancel();
    await ended.seen;
  });
});
