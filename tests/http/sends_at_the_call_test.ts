/** What looks as if it were sent at the call is: with or without an await, in the order of the calls. */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { CancelledError, createTask, run, RuntimeError, sleep } from "../../mod.ts";
import {
  type EventStream,
  type ResponseStream,
  serverSentEvents,
  type ServerWebSocket,
  streamResponse,
  WebSocketClosed,
} from "../../src/http/mod.ts";
import { RawClient } from "../adapters/raw_client.ts";
import { eventually } from "../within.ts";
import { portOf, serving, sign, taskNames } from "./serving.ts";
import { Client, FrameClient, talking } from "./web_socket_clients.ts";

describe("ServerWebSocket.send()", () => {
  it("sends what nobody awaits, before what is awaited later", async () => {
    const talk = function* (socket: ServerWebSocket) {
      socket.send("one");
      const two = socket.send("two");
      createTask(async () => {
        await sleep(0);
        socket.send("four");
      });
      yield* socket.send("three");
      yield* two;
      yield* sleep(1);
      yield* socket.receive();
    };
    const reports = await serving(talking(talk), async (server) => {
      const client = await new Client(server.url).open();
      assertEquals(await client.messages(4), ["one", "two", "three", "four"]);
      client.socket.send("bye");
      assertEquals((await client.end()).code, 1_000);
    });
    assertEquals(reports, []);
  });

  it("sends from a callback of the host, where nothing can be awaited", async () => {
    const talk = async (socket: ServerWebSocket) => {
      setTimeout(() => socket.send("from a callback"), 1);
      await socket.receive();
    };
    await serving(talking(talk), async (server) => {
      const client = await new Client(server.url).open();
      assertEquals(await client.messages(1), ["from a callback"]);
      client.socket.send("bye");
      await client.end();
    });
  });

  it("throws at the call once the program has closed the WebSocket", async () => {
    const log: unknown[] = [];
    let kept: ServerWebSocket | undefined;
    const talk = function* (socket: ServerWebSocket) {
      kept = socket;
      socket.close(4_000, "done");
      log.push(socket.isClosing());
      log.push(String(assertThrows(() => socket.send("late"), WebSocketClosed)));
      yield* socket.closed;
    };
    const reports = await serving(talking(talk), async (server) => {
      const client = await new Client(server.url).open();
      assertEquals(await client.end(), { code: 4_000, reason: "done" });
      await eventually(() => taskNames().length === 0, "taskNames().length === 0");
      assertThrows(() => kept!.send("later still"), WebSocketClosed);
    });
    assertEquals(log, [true, "WebSocketClosed: The WebSocket is closed: 4000 done."]);
    assertEquals(reports, []);
  });

  it("drops what is sent to a client that has left, and says so only to who awaits it", async () => {
    const log: unknown[] = [];
    const ended = sign();
    const talk = async (socket: ServerWebSocket) => {
      await socket.closed;
      const late = socket.send("nobody awaits this");
      log.push((await assertRejects(async () => await late, WebSocketClosed)).code);
      socket.send("nor this");
      ended.give();
    };
    const reports = await serving(talking(talk), async (server) => {
      const client = await FrameClient.connect(portOf(server));
      client.leave();
      await ended.seen;
    });
    assertEquals(log, [1_006]);
    assertEquals(reports, []);
  });
});

describe("ServerWebSocket.closed", () => {
  it("is over when the client has closed it, also for several who wait", async () => {
    const log: string[] = [];
    const talk = function* (socket: ServerWebSocket) {
      const other = createTask(socket.closed);
      yield* socket.closed;
      yield* other;
      log.push(`${socket.isClosing()}`);
    };
    const reports = await serving(talking(talk), async (server) => {
      await (await new Client(server.url).open()).close();
      await eventually(() => log.length > 0, "log.length > 0");
    });
    assertEquals([log, reports], [["true"], []]);
  });
});

describe("ResponseStream.write() and EventStream.send()", () => {
  it("send what nobody awaits, in the order of the calls", async () => {
    const lines = function* (stream: ResponseStream) {
      stream.write("a");
      const b = stream.writeln("b");
      stream.write(new Uint8Array([99]));
      yield* stream.write("d");
      yield* b;
      stream.write("e");
    };
    assertEquals(await streamResponse(lines).text(), "ab\ncde");
    const news = async (events: EventStream) => {
      events.send("one");
      events.comment("two");
      await sleep(1);
      events.send("three");
    };
    assertEquals(await serverSentEvents(news).text(), ":\n\ndata: one\n\n: two\n\ndata: three\n\n");
  });

  it("throw at the call once the function has ended", async () => {
    let stream!: ResponseStream;
    let events!: EventStream;
    await run(async () => {
      await streamResponse(async (made) => {
        stream = made;
        await made.write("all");
      }).text();
      await serverSentEvents(async (made) => {
        events = made;
        await made.send("all");
      }).text();
      assertThrows(() => stream.write("more"), RuntimeError, "has ended with the function that produces it");
      assertThrows(() => events.send("more"), RuntimeError, "has ended with the function that produces it");
    });
  });

  it("drop what is for a client that has left, and say so only to who awaits it", async () => {
    const log: string[] = [];
    const ended = sign();
    const handler = () =>
      streamResponse(function* (stream) {
        try {
          yield* stream.write("begun");
          yield* sleep(60_000);
        } finally {
          stream.write("nobody awaits this");
          try {
            yield* stream.write("this is awaited");
          } catch (error) {
            log.push(`${error} ${error instanceof CancelledError}`);
          }
          ended.give();
        }
      });
    const reports = await serving(handler, async (server) => {
      const client = await RawClient.connect(portOf(server));
      client.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
      await client.until("begun");
      client.leave();
      await ended.seen;
    });
    assertEquals(log, ["CancelledError: client left true"]);
    assertEquals(reports, []);
  });
});
