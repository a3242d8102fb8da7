import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { createTask, sleep } from "../../mod.ts";
import {
  type RequestOutcome,
  type ServeHandler,
  type ServerWebSocket,
  upgradeWebSocket,
  WebSocketClosed,
} from "../../src/http/mod.ts";
import { GRACE, portOf, serving, sign, taskNames } from "./serving.ts";
import { Client, FrameClient, talking } from "./web_socket_clients.ts";
import { eventually } from "../within.ts";

describe("The end of a WebSocket", () => {
  it("closes with what it is told to, and waits for that", async () => {
    const log: unknown[] = [];
    const talk = function* (socket: ServerWebSocket) {
      yield* socket.close(4_321, "because");
      log.push(socket.isClosing());
      for (const use of [() => socket.send("late"), () => socket.receive()]) {
        try {
          yield* use();
        } catch (error) {
          log.push(String(error));
        }
      }
    };
    await serving(talking(talk), async (server) => {
      const client = await new Client(server.url).open();
      assertEquals(await client.end(), { code: 4_321, reason: "because" });
      await eventually(() => log.length >= 3, "log.length >= 3");
    });
    assertEquals(log, [true, ...Array(2).fill("WebSocketClosed: The WebSocket is closed: 4321 because.")]);
  });

  it("closes with 1011 if the function throws, and reports the error", async () => {
    const talk = function* () {
      yield* sleep(1);
      throw new RangeError("in the middle");
    };
    const outcomes: string[] = [];
    const reports = await serving(talking(talk), async (server) => {
      const client = await new Client(`${server.url}/fails`).open();
      assertEquals((await client.end()).code, 1_011);
      await eventually(() => outcomes.length > 0, "outcomes.length > 0");
    }, { onOutcome: ({ outcome }) => void outcomes.push(outcome) });
    assertEquals(reports.map(({ exception }) => String(exception)), ["RangeError: in the middle"]);
    assertEquals(reports[0]!.message, "WebSocket of GET /fails failed; it was closed with 1011");
    assertEquals(outcomes, ["failed"]);
  });

  it("is for a function that still sends when its server has been cut", async () => {
    let cut = () => {};
    const ended = sign();
    const talk = function* (socket: ServerWebSocket) {
      try {
        // More than the client's system takes, so that some of it waits here.
        void socket.send("x".repeat(8_000_000));
        cut();
        void socket.send("late");
        void socket.close();
        yield* sleep(60_000);
      } finally {
        ended.give();
      }
    };
    await serving(talking(talk), async (server) => {
      cut = () => server.abort();
      const client = await new Client(server.url).open();
      await ended.seen;
      await client.end();
    });
  });

  it("cancels a function that waits for something else when the client closes or is lost", async () => {
    const log: string[] = [];
    let waits = sign();
    let ended = sign();
    const talk = function* (socket: ServerWebSocket) {
      try {
        yield* socket.send("hello");
        waits.give();
        yield* sleep(60_000);
      } catch (error) {
        log.push(`${error} ${socket.signal.aborted}`);
        throw error;
      } finally {
        ended.give();
      }
    };
    const outcomes: string[] = [];
    const onOutcome = ({ outcome }: RequestOutcome) => void outcomes.push(outcome);
    const reports = await serving(talking(talk), async (server) => {
      const client = await new Client(server.url).open();
      await waits.seen;
      await client.close();
      await ended.seen;
      [waits, ended] = [sign(), sign()];
      const lost = await FrameClient.connect(portOf(server));
      await waits.seen;
      lost.leave();
      await ended.seen;
      await eventually(() => outcomes.length >= 2, "outcomes.length >= 2");
      assertEquals(taskNames(), []);
    }, { onOutcome });
    assertEquals(log, Array(2).fill("CancelledError: client left true"));
    assertEquals(outcomes, ["delivered", "clientGone"]);
    assertEquals(reports, []);
  });

  it("tells a lost connection by the code 1006", async () => {
    const ends: number[] = [];
    const outcomes: string[] = [];
    const talk = function* (socket: ServerWebSocket) {
      try {
        for (;;) yield* socket.receive();
      } catch (error) {
        ends.push((error as WebSocketClosed).code);
        throw error;
      }
    };
    const reports = await serving(talking(talk), async (server) => {
      const client = await FrameClient.connect(portOf(server));
      client.send(1, "hello");
      client.leave();
      await eventually(() => outcomes.length > 0, "outcomes.length > 0");
    }, { onOutcome: ({ outcome }) => void outcomes.push(outcome) });
    assertEquals(ends, [1_006]);
    assertEquals(outcomes, ["clientGone"]);
    assertEquals(reports, []);
  });

  it("cancels a function whose own task has learnt that the client is gone", async () => {
    const ended = sign();
    const talk = function* (socket: ServerWebSocket) {
      createTask(function* () {
        for (;;) yield* socket.receive();
      });
      try {
        yield* sleep(60_000);
      } finally {
        ended.give();
      }
    };
    const reports = await serving(talking(talk), async (server) => {
      const client = await new Client(server.url).open();
      client.socket.send("hello");
      await client.close();
      await ended.seen;
      await sleep(1);
    });
    assertEquals(reports.filter(({ exception }) => !(exception instanceof WebSocketClosed)), []);
  });

  it("closes with 1001 when the server begins to close, after what the function says then", async () => {
    const waits = [sign(), sign()] as const;
    const handler: ServeHandler = (request) => {
      const stays = request.url.endsWith("/stays");
      return upgradeWebSocket(request, function* (socket) {
        try {
          yield* socket.send("welcome");
          waits[stays ? 0 : 1].give();
          yield* sleep(stays ? 30 : 60_000);
        } finally {
          yield* socket.send("good bye");
        }
      }, { onDraining: stays ? "continue" : "end" });
    };
    const reports = await serving(handler, async (server) => {
      const [stays, leaves] = await Promise.all(
        ["/stays", "/leaves"].map((path) => new Client(server.url + path).open()),
      ) as [Client, Client];
      await Promise.all(waits.map(({ seen }) => seen));
      server.close();
      assertEquals((await leaves.end()).code, 1_001);
      assertEquals(leaves.got, ["welcome", "good bye"]);
      assertEquals((await stays.end()).code, 1_000);
      assertEquals(stays.got, ["welcome", "good bye"]);
    });
    assertEquals(reports, []);
  });

  it("ends with the server, whether its client answers, or its function heeds the cancel, or not", async () => {
    const waits = [sign(), sign()] as const;
    let over = false;
    const handler: ServeHandler = (request) => {
      const deaf = request.url.endsWith("/deaf");
      return upgradeWebSocket(request, function* () {
        for (;;) {
          try {
            waits[deaf ? 0 : 1].give();
            yield* sleep(60_000);
          } catch (error) {
            if (!deaf || over) throw error;
          }
        }
      }, { onDraining: "continue" });
    };
    const reports = await serving(handler, async (server) => {
      const deaf = await new Client(`${server.url}/deaf`).open();
      const silent = await FrameClient.connect(portOf(server));
      await Promise.all(waits.map(({ seen }) => seen));
      server.close();
      assertEquals(await silent.closeCode(), 1_001);
      await Promise.all([deaf.end(), server.waitClosed()]);
      over = true;
      silent.leave();
    }, { gracePeriod: GRACE });
    assertEquals(reports.length > 0, true);
  });
});
