import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { createTask, forEach, Queue, RuntimeError, sleep, taskGroup, timeout } from "../../mod.ts";
import {
  HttpError,
  type RequestOutcome,
  type ServeHandler,
  type ServerWebSocket,
  upgradeWebSocket,
  WebSocketClosed,
} from "../../src/http/mod.ts";
import { get, portOf, serving, sign, taskNames } from "./serving.ts";
import { Client, FrameClient, talking } from "./web_socket_clients.ts";
import { eventually } from "../within.ts";

describe("upgradeWebSocket()", () => {
  it("receives and sends text and bytes, and ends with the client", async () => {
    const ends: string[] = [];
    const talk = function* (socket: ServerWebSocket) {
      try {
        for (;;) {
          const message = yield* socket.receive();
          yield* socket.send(typeof message === "string" ? `echo of ${message}` : message.map((byte) => byte + 1));
        }
      } catch (error) {
        if (error instanceof WebSocketClosed) ends.push(`${error.code} ${error.reason} ${error.ok}`);
        throw error;
      }
    };
    const outcomes: string[] = [];
    const onOutcome = ({ outcome }: RequestOutcome) => void outcomes.push(outcome);
    const reports = await serving(talking(talk), async (server) => {
      const client = await new Client(server.url).open();
      client.socket.send("grüße");
      client.socket.send(new Uint8Array([1, 2, 3]));
      client.socket.send("");
      assertEquals(await client.messages(3), ["echo of grüße", new Uint8Array([2, 3, 4]), "echo of "]);
      assertEquals((await client.close(3_000, "enough")).code, 3_000);
      await eventually(() => ends.length >= 1, "ends.length >= 1");
      const other = await new Client(server.url).open();
      await other.close(1_000);
    }, { onOutcome });
    assertEquals(ends, ["3000 enough false", "1000  true"]);
    assertEquals(outcomes, ["delivered", "delivered"]);
    assertEquals(reports, []);
  });

  it("is a part of its request, until the function ends", async () => {
    const [open, go] = [sign(), sign()];
    const talk = async (socket: ServerWebSocket) => {
      open.give();
      await go.seen;
      await socket.send("good bye");
    };
    await serving(talking(talk), async (server) => {
      const client = await new Client(`${server.url}/chat`).open();
      await open.seen;
      assertEquals(taskNames(), ["WebSocket of GET /chat"]);
      go.give();
      assertEquals((await client.end()).code, 1_000);
      assertEquals(client.got, ["good bye"]);
      await eventually(() => taskNames().length === 0, "the end of all tasks", () => taskNames().join());
    });
  });

  it("is iterated by for await and by forEach(), and talks in async functions", async () => {
    const asynchronous = async (socket: ServerWebSocket) => {
      for await (const message of socket) await socket.send(`async ${message}`);
      ended.give();
    };
    const coroutine = function* (socket: ServerWebSocket) {
      yield* forEach(socket, function* (message) {
        yield* socket.send(`coroutine ${message}`);
      });
      ended.give();
    };
    let ended = sign();
    const handler: ServeHandler = (request) =>
      upgradeWebSocket(request, request.url.endsWith("/async") ? asynchronous : coroutine);
    const reports = await serving(handler, async (server) => {
      for (const kind of ["async", "coroutine"]) {
        ended = sign();
        const client = await new Client(`${server.url}/${kind}`).open();
        client.socket.send("a");
        client.socket.send("b");
        assertEquals(await client.messages(2), [`${kind} a`, `${kind} b`]);
        await client.close();
        await ended.seen;
      }
    });
    assertEquals(reports, []);
  });

  it("agrees on the first of its protocols that the client knows", async () => {
    const talk = function* (socket: ServerWebSocket) {
      yield* socket.send(`speaking ${socket.protocol}`);
    };
    await serving(talking(talk, { protocols: ["v2.chat", "v1.chat"] }), async (server) => {
      const known = await new Client(server.url, ["v0.chat", "v1.chat", "v2.chat"]).open();
      assertEquals([known.socket.protocol, ...(await known.messages(1))], ["v2.chat", "speaking v2.chat"]);
      await known.end();
      const silent = await new Client(server.url).open();
      assertEquals([silent.socket.protocol, ...(await silent.messages(1))], ["", "speaking "]);
      await silent.end();
    });
  });

  it("gives every message that came before the client has closed", async () => {
    const got: unknown[] = [];
    const [closed, done] = [sign(), sign()];
    const talk = async (socket: ServerWebSocket) => {
      got.push(await socket.receive());
      await closed.seen;
      for await (const message of socket) got.push(message);
      got.push("end");
      done.give();
    };
    const reports = await serving(talking(talk), async (server) => {
      const client = await new Client(server.url).open();
      for (const message of ["a", "b", "c"]) client.socket.send(message);
      await client.close(1_000, "done");
      await sleep(5);
      closed.give();
      await done.seen;
    });
    assertEquals(got, ["a", "b", "c", "end"]);
    assertEquals(reports, []);
  });

  it("loses no message when a wait is cancelled", async () => {
    const talk = function* (socket: ServerWebSocket) {
      const got: unknown[] = [];
      while (got.length < 3) {
        try {
          got.push(yield* timeout(3, () => socket.receive()));
        } catch {
          yield* socket.send("again");
        }
      }
      yield* socket.send(got.join(" "));
    };
    await serving(talking(talk), async (server) => {
      const client = await new Client(server.url).open();
      for (const message of ["one", "two", "three"]) {
        const before = client.got.length;
        await client.until(() => client.got.length > before);
        client.socket.send(message);
      }
      await client.end();
      assertEquals(client.got.at(-1), "one two three");
    });
  });

  it("lets tasks of the function receive and send, and ends them with it", async () => {
    const rooms = new Set<Queue<string>>();
    const talk = function* (socket: ServerWebSocket) {
      const room = new Queue<string>();
      rooms.add(room);
      try {
        yield* taskGroup(function* (group) {
          group.createTask(function* () {
            for (;;) {
              const message = yield* socket.receive();
              for (const other of rooms) other.putNowait(`said ${message}`);
            }
          });
          for (;;) yield* socket.send(yield* room.get());
        });
      } finally {
        rooms.delete(room);
      }
    };
    const reports = await serving(talking(talk), async (server) => {
      const clients = await Promise.all([1, 2, 3].map(() => new Client(server.url).open()));
      await eventually(() => rooms.size >= 3, "rooms.size >= 3");
      clients[0]!.socket.send("hi");
      for (const client of clients) assertEquals(await client.messages(1), ["said hi"]);
      await clients[0]!.close();
      await eventually(() => rooms.size <= 2, "rooms.size <= 2");
      clients[1]!.socket.send("bye");
      assertEquals(await clients[2]!.messages(2), ["said hi", "said bye"]);
      await Promise.all([clients[1]!.close(), clients[2]!.close()]);
      await eventually(() => rooms.size === 0, "rooms.size === 0");
      await eventually(() => taskNames().length === 0, "the end of all tasks", () => taskNames().join());
    });
    assertEquals(reports, []);
  });

  it("refuses requests that ask for something else, and answers them", async () => {
    const upgrade = { connection: "Upgrade", upgrade: "websocket" };
    const key = "dGhlIHNhbXBsZSBub25jZQ==";
    const statuses: unknown[] = [];
    const handler: ServeHandler = (request) => {
      for (
        const headers of [
          {},
          { ...upgrade, "sec-websocket-version": "8", "sec-websocket-key": key },
          { ...upgrade, "sec-websocket-version": "13", "sec-websocket-key": "short" },
        ]
      ) {
        const asked = new Headers(headers as HeadersInit);
        const disguised = new Proxy(request, {
          get: (target, name) => name === "headers" ? asked : Reflect.get(target, name, target),
        });
        assertThrows(() => upgradeWebSocket(disguised, function* () {}), RuntimeError, "the request of the handler");
      }
      return upgradeWebSocket(request, function* () {});
    };
    const reports = await serving(handler, async (server) => {
      statuses.push(...await get(server));
    });
    assertEquals(statuses, [426, "This is for WebSockets."]);
    assertEquals(reports, []);
  });

  it("is given up with the handler that fails after it", async () => {
    let ran = 0;
    const handler: ServeHandler = function* (request) {
      upgradeWebSocket(request, function* (socket) {
        ran++;
        for (;;) yield* socket.receive();
      });
      yield* sleep(1);
      throw new HttpError(403, "not for you");
    };
    const reports = await serving(handler, async (server) => {
      const client = await FrameClient.connect(portOf(server));
      // A host that has sent its answer closes the WebSocket instead.
      if (client.head.startsWith("HTTP/1.1 101")) assertEquals(await client.closeCode(), 1_011);
      else assertEquals([client.head.slice(0, 12), ran], ["HTTP/1.1 403", 0]);
      client.leave();
      await eventually(() => taskNames().length === 0, "taskNames().length === 0");
    });
    assertEquals(reports, []);
  });

  it("refuses what is no function, option, code or message", async () => {
    // deno-lint-ignore no-explicit-any
    const wrong = (value: unknown): any => value;
    const request = new Request("http://localhost/");
    const talk = function* () {};
    assertThrows(() => upgradeWebSocket(wrong(talk), wrong({})), TypeError, "write upgradeWebSocket(request, …)");
    assertThrows(() => upgradeWebSocket(request, talk, wrong({ pings: 5 })), TypeError, 'unknown option "pings"');
    for (const options of [null, 5, true, []]) {
      assertThrows(() => upgradeWebSocket(request, talk, wrong(options)), TypeError, "as its options: give an object");
    }
    assertThrows(() => upgradeWebSocket(request, wrong("text")), TypeError, "Cannot call upgradeWebSocket() with");
    assertThrows(() => upgradeWebSocket(request, talk, { limit: wrong("1") }), TypeError, "as limit");
    assertThrows(() => upgradeWebSocket(request, talk, { backlog: 0 }), RangeError, "a backlog of 0");
    assertThrows(() => upgradeWebSocket(request, talk, { heartbeat: NaN }), RangeError, "a heartbeat of NaN");
    assertThrows(() => upgradeWebSocket(request, talk, { protocols: ["a b"] }), TypeError, "as protocols");
    assertThrows(() => upgradeWebSocket(request, talk, { onDraining: wrong(1) }), TypeError, "onDraining");
    assertThrows(
      () => upgradeWebSocket(request, talk),
      RuntimeError,
      "Cannot upgrade to a WebSocket outside a request",
    );
    const tried = sign();
    const refuse = function* (socket: ServerWebSocket) {
      assertThrows(() => socket.send(wrong({})), TypeError, "Cannot call send() with");
      assertThrows(() => socket.close(wrong("1000")), TypeError, "as its code");
      for (const code of [0, 999, 1_004, 1_005, 1_006, 2_000, 5_000, 1_000.5]) {
        assertThrows(() => socket.close(code), RangeError, `with the code ${code}`);
      }
      assertThrows(() => socket.close(1_000, wrong(5)), TypeError, "as the reason");
      assertThrows(() => socket.close(1_000, "ü".repeat(62)), RangeError, "a reason of 124 bytes");
      const first = createTask(socket.receive());
      yield* sleep(0);
      try {
        yield* socket.receive();
      } catch (error) {
        if (error instanceof RuntimeError) tried.give();
      }
      first.cancel();
    };
    const reports = await serving(talking(refuse), async (server) => {
      const client = await new Client(server.url).open();
      await tried.seen;
      await client.end();
    });
    assertEquals(reports, []);
  });
});
