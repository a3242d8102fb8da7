import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  ContextVar,
  copyContext,
  createTask,
  currentTask,
  getRunningLoop,
  run,
  RuntimeError,
  sleep,
} from "../../mod.ts";
import { currentRequest, type ServeHandler } from "../../src/http/mod.ts";
import { get, serving, taskNames } from "./serving.ts";
import { eventually } from "../within.ts";

describe("The context of a request", () => {
  it("shows nothing that the server needs to know about it", async () => {
    const own = new ContextVar("own", { default: 0 });
    const handler: ServeHandler = function* () {
      const before = [copyContext().size, currentTask()!.getContext().size, [...copyContext()].length];
      own.set(1);
      createTask(sleep(0));
      yield* sleep(0);
      return Response.json([...before, copyContext().size, [...copyContext()].length, copyContext().get(own)]);
    };
    await serving(handler, async (server) => assertEquals(await get(server), [200, "[0,0,0,1,1,1]"]));
  });

  it("can be put back to what it was by a token", async () => {
    const own = new ContextVar("own", { default: 0 });
    const handler: ServeHandler = function* () {
      const token = own.set(1);
      own.reset(token);
      createTask(sleep(60_000));
      yield* sleep(1);
      return new Response(`${own.get()} ${copyContext().size}`);
    };
    await serving(handler, async (server) => {
      assertEquals(await get(server), [200, "0 0"]);
      await eventually(() => server.pending === 0, "server.pending === 0");
      assertEquals(taskNames(), []);
    });
  });
});

describe("currentRequest()", () => {
  it("is the request of the handler, of what it calls, and of every task that it starts", async () => {
    const seen: boolean[] = [];
    const handler: ServeHandler = function* (request) {
      const look = () => seen.push(currentRequest() === request);
      look();
      yield* sleep(0);
      look();
      yield* createTask(async () => {
        look();
        await sleep(1);
        look();
      });
      getRunningLoop().callSoon(look);
      yield* sleep(0);
      return new Response("answered");
    };
    await serving(handler, async (server) => {
      await Promise.all([get(server), get(server), get(server)]);
    });
    assertEquals(seen, Array(15).fill(true));
  });

  it("throws where there is none", async () => {
    assertThrows(() => currentRequest(), RuntimeError, "outside a request");
    await run(async () => {
      await sleep(0);
      assertThrows(() => currentRequest(), RuntimeError, "Call it in the handler of serve()");
    });
  });
});
