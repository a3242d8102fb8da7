import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { createTask, sleep } from "../../mod.ts";
import { type EventStream, type ServeHandler, serverSentEvents, streamResponse } from "../../src/http/mod.ts";
import { RawClient } from "../adapters/raw_client.ts";
import { get, portOf, serving, sign, taskNames } from "./serving.ts";
import { eventually } from "../within.ts";

/** The whole stream of a body that ends by itself. */
function textOf(body: (events: EventStream) => Generator<never, unknown> | unknown, options = {}): Promise<string> {
  return serverSentEvents(body as never, options).text();
}

describe("serverSentEvents()", () => {
  it("sends the fields of events, with a line for each line of the data", async () => {
    const text = await textOf(function* (events: EventStream) {
      yield* events.send("text alone");
      yield* events.send({ event: "named", id: "7", retry: 250, data: "one\ntwo\r\nthree\rfour\n" });
      yield* events.send({ data: "" });
      yield* events.send({ id: "8" });
      yield* events.comment("not heard\nby anybody");
    }, { retry: 1_000 });
    assertEquals(text.split("\n\n"), [
      ":",
      "retry: 1000",
      "data: text alone",
      "event: named\nid: 7\nretry: 250\ndata: one\ndata: two\ndata: three\ndata: four\ndata: ",
      "data: ",
      "id: 8",
      ": not heard\n: by anybody",
      "",
    ]);
  });

  it("says that it is a stream of events, and takes more headers", async () => {
    const handler: ServeHandler = () => serverSentEvents(function* () {}, { headers: { "cache-control": "no-store" } });
    await serving(handler, async (server) => {
      const response = await fetch(server.url);
      assertEquals(response.headers.get("content-type"), "text/event-stream");
      assertEquals(response.headers.get("cache-control"), "no-store");
      assertEquals(await response.text(), ":\n\n");
    });
  });

  it("refuses fields that no client would understand", () => {
    let tried = false;
    const check = (events: EventStream) => {
      // deno-lint-ignore no-explicit-any
      const refuse = (event: any, message: string, error: typeof TypeError | typeof RangeError = TypeError) =>
        void assertThrows(() => events.send(event), error, message);
      refuse({}, "neither data nor id nor retry");
      refuse({ event: "name" }, "an event without data");
      refuse({ event: "a\nb", data: "" }, "a line break in its event");
      refuse({ id: "a\rb", data: "" }, "a line break in its id");
      refuse({ id: "a\0b", data: "" }, "a NUL in its id");
      refuse({ data: { some: "object" } }, "JSON.stringify() makes one");
      refuse({ data: "", retry: -1 }, "retry: -1", RangeError);
      refuse({ data: "", retry: 1.5 }, "retry: 1.5", RangeError);
      refuse({ data: "", retry: "1" }, "as retry");
      refuse(5, "as an event");
      refuse(null, "as an event");
      tried = true;
    };
    return textOf(function* (events: EventStream) {
      check(events);
      yield* events.comment("none was sent");
    }).then((text) => assertEquals([tried, text], [true, ":\n\n: none was sent\n\n"]));
  });

  it("refuses options that are none", () => {
    const body = function* () {};
    // deno-lint-ignore no-explicit-any
    const wrong = (value: unknown): any => value;
    assertThrows(() => serverSentEvents(wrong("text")), TypeError, "Cannot call serverSentEvents() with");
    assertThrows(() => serverSentEvents(body, { heartbeat: 0 }), RangeError, "a heartbeat of 0");
    assertThrows(() => serverSentEvents(body, { heartbeat: wrong("1 s") }), TypeError, "as heartbeat");
    assertThrows(() => serverSentEvents(body, { retry: -1 }), RangeError, "retry: -1");
    assertThrows(() => serverSentEvents(body, { onDraining: wrong("stop") }), TypeError, 'Give "end" or "continue".');
  });

  it("tells the client's last event id, of the request that is handled or of one that is given", async () => {
    const tell = function* (events: EventStream) {
      yield* events.send(String(events.lastEventId));
    };
    await serving(() => serverSentEvents(tell), async (server) => {
      assertEquals(await get(server), [200, ":\n\ndata: null\n\n"]);
      assertEquals(await get(server, "/", { headers: { "last-event-id": "41" } }), [200, ":\n\ndata: 41\n\n"]);
    });
    const request = new Request("http://localhost/", { headers: { "last-event-id": "42" } });
    assertEquals(await textOf(tell, { request }), ":\n\ndata: 42\n\n");
  });

  it("arrives at once, and beats while its producer is quiet", async () => {
    const [waits, go] = [sign(), sign()];
    const handler: ServeHandler = () =>
      serverSentEvents(async (events) => {
        waits.give();
        await go.seen;
        await events.send("at last");
      }, { heartbeat: 5 });
    await serving(handler, async (server) => {
      const client = await RawClient.connect(portOf(server));
      client.request("GET");
      await waits.seen;
      // The first one is no heartbeat.
      await eventually(() => client.received.split(":\n\n").length > 3, 'client.received.split(":\n\n").length > 3');
      go.give();
      assertEquals((await client.until("data: at last\n\n")).startsWith("HTTP/1.1 200"), true);
      await client.leave();
    });
  });

  it("does not beat for a client that does not read, and is cancelled with one that leaves", async () => {
    const [full, ended] = [sign(), sign()];
    let sent = 0;
    const handler: ServeHandler = () =>
      serverSentEvents(function* (events) {
        const watch = createTask(function* () {
          for (let before = -1; before !== sent; yield* sleep(40)) before = sent;
          full.give();
        });
        try {
          for (;;) {
            yield* events.send("x".repeat(10_000));
            sent++;
          }
        } finally {
          watch.cancel();
          ended.give();
        }
      }, { heartbeat: 1 });
    const reports = await serving(handler, async (server) => {
      const client = await RawClient.connect(portOf(server));
      client.pause();
      client.request("GET", "/events");
      await full.seen;
      await client.leave();
      await ended.seen;
      await sleep(1);
      assertEquals(taskNames(), []);
    });
    assertEquals(sent < 2_000, true, `${sent} events were sent`);
    assertEquals(reports, []);
  });

  it("loses nothing that was sent before its producer ended or threw", async () => {
    const handler: ServeHandler = () =>
      serverSentEvents(function* (events) {
        for (let i = 0; i < 1_000; i++) yield* events.send({ id: `${i}`, data: `event ${i}` });
      });
    await serving(handler, async (server) => {
      const [, text] = await get(server);
      const ids = [...text.matchAll(/^id: (\d+)\ndata: event \1\n\n/gm)].map(([, id]) => Number(id));
      assertEquals(ids, Array.from({ length: 1_000 }, (_, i) => i));
    });
  });

  it("ends well when the server begins to close, after what its producer says then; other bodies go on", async () => {
    const started = [sign(), sign(), sign()] as const;
    const go = sign();
    const handler: ServeHandler = (request) => {
      const { pathname } = new URL(request.url);
      if (pathname === "/download") {
        return streamResponse(async (stream) => {
          await stream.write("half");
          started[0].give();
          await go.seen;
          await stream.write(" and half");
        });
      }
      return serverSentEvents(function* (events) {
        try {
          yield* events.send("welcome");
          started[pathname === "/stays" ? 1 : 2].give();
          yield* sleep(pathname === "/stays" ? 50 : 60_000);
          yield* events.send("still here");
        } finally {
          yield* events.send("good bye");
        }
      }, { onDraining: pathname === "/stays" ? "continue" : "end" });
    };
    const reports = await serving(handler, async (server) => {
      const answers = ["/download", "/stays", "/leaves"].map((path) => get(server, path));
      await Promise.all(started.map(({ seen }) => seen));
      server.close();
      assertEquals(await answers[2], [200, ":\n\ndata: welcome\n\ndata: good bye\n\n"]);
      go.give();
      assertEquals(await answers[0], [200, "half and half"]);
      assertEquals(await answers[1], [200, ":\n\ndata: welcome\n\ndata: still here\n\ndata: good bye\n\n"]);
    });
    assertEquals(reports, []);
  });
});
