import { assertEquals, assertInstanceOf } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { CancelledError, createTask, currentTask, sleep } from "../../mod.ts";
import type { ServeHandler } from "../../src/http/mod.ts";
import { RawClient } from "../adapters/raw_client.ts";
import { get, portOf, serving, sign, taskNames } from "./serving.ts";

describe("A client that leaves", () => {
  const ways: Record<string, (log: unknown[], waits: () => void, ended: () => void) => ServeHandler> = {
    "a coroutine": (log, waits, ended) =>
      function* () {
        try {
          waits();
          yield* sleep(60_000);
        } catch (error) {
          log.push(error);
          throw error;
        } finally {
          yield* sleep(1);
          log.push("cleaned up");
          ended();
        }
        return new Response();
      },
    "an async function": (log, waits, ended) => async () => {
      try {
        waits();
        await sleep(60_000);
      } catch (error) {
        log.push(error);
        throw error;
      } finally {
        await sleep(1);
        log.push("cleaned up");
        ended();
      }
      return new Response();
    },
  };
  for (const [what, make] of Object.entries(ways)) {
    it(`cancels ${what} where it waits, whose finally runs to its end`, async () => {
      const log: unknown[] = [];
      const [waits, ended] = [sign(), sign()];
      const reports = await serving(make(log, waits.give, ended.give), async (server) => {
        const client = await RawClient.connect(portOf(server));
        client.request("GET", "/slow");
        await waits.seen;
        assertEquals(taskNames(), ["GET /slow"]);
        await client.leave();
        await ended.seen;
        await sleep(0);
        assertEquals(taskNames(), []);
      });
      assertInstanceOf(log[0], CancelledError);
      assertEquals(log.map(String), ["CancelledError: client left", "cleaned up"]);
      assertEquals(reports, []);
    });
  }

  it("aborts the signal of the task", async () => {
    const [waits, aborted] = [sign(), sign()];
    const handler: ServeHandler = function* () {
      currentTask()!.signal.addEventListener("abort", aborted.give);
      waits.give();
      yield* sleep(60_000);
      return new Response();
    };
    await serving(handler, async (server) => {
      const client = await RawClient.connect(portOf(server));
      client.request("GET");
      await waits.seen;
      await client.leave();
      await aborted.seen;
    });
  });

  it("takes its own task along and what that has started, and no other", async () => {
    const [waits, ended] = [sign(), sign()];
    const handler: ServeHandler = function* (request) {
      const { pathname } = new URL(request.url);
      if (pathname === "/slow") {
        createTask(sleep(60_000), { name: "started" });
        try {
          waits.give();
          yield* sleep(60_000);
        } finally {
          ended.give();
        }
      }
      yield* sleep(1);
      return new Response("kept");
    };
    await serving(handler, async (server) => {
      const client = await RawClient.connect(portOf(server));
      client.request("GET", "/slow");
      await waits.seen;
      const other = get(server, "/other");
      await client.leave();
      await ended.seen;
      assertEquals(await other, [200, "kept"]);
      assertEquals(taskNames(), []);
    });
  });

  it("has the errors of its handler's cleaning up reported", async () => {
    const [waits, ended] = [sign(), sign()];
    const handler: ServeHandler = function* () {
      try {
        waits.give();
        yield* sleep(60_000);
      } finally {
        ended.give();
        // deno-lint-ignore no-unsafe-finally
        throw new RangeError("while cleaning up");
      }
    };
    const reports = await serving(handler, async (server) => {
      const client = await RawClient.connect(portOf(server));
      client.request("GET");
      await waits.seen;
      await client.leave();
      await ended.seen;
      await sleep(0);
    });
    assertEquals(reports.map(({ exception }) => String(exception)), ["RangeError: while cleaning up"]);
  });

  it("is not what a client does that has its answer and goes on, or reads it and leaves", async () => {
    const seen: string[] = [];
    const handler: ServeHandler = function* () {
      const task = currentTask()!;
      yield* sleep(1);
      task.addDoneCallback(() => seen.push(`${task.cancelled()} ${task.cancelling()}`));
      return new Response("answer");
    };
    await serving(handler, async (server) => {
      const client = await RawClient.connect(portOf(server));
      client.request("GET");
      await client.until("answer");
      client.received = "";
      client.request("GET");
      await client.until("answer");
      await client.leave();
      await sleep(5);
    });
    assertEquals(seen, ["false 0", "false 0"]);
  });
});
