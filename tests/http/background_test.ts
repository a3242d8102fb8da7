import { assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ContextVar, createTask, fromPromise, run, RuntimeError, sleep } from "../../mod.ts";
import { background, currentRequest, type ServeHandler } from "../../src/http/mod.ts";
import { get, GRACE, serving, sign } from "./serving.ts";

describe("background()", () => {
  it("goes on when the request is over and its client gone, with the context variables of the request and without the request", async () => {
    const user = new ContextVar("user", { default: "nobody" });
    const log: string[] = [];
    const answered = sign();
    const handler: ServeHandler = function* () {
      user.set("ada");
      background(function* () {
        yield* fromPromise(answered.seen);
        assertThrows(() => currentRequest(), RuntimeError);
        // What it starts belongs to the same group.
        createTask(function* () {
          yield* sleep(5);
          log.push(user.get());
        });
        background(sleep(1));
      }, { name: "mail" });
      yield* sleep(0);
      return new Response("answered");
    };
    const reports = await serving(handler, async (server) => {
      assertEquals(await get(server), [200, "answered"]);
      assertEquals(log, []);
      answered.give();
    });
    // Closing has waited for it.
    assertEquals(log, ["ada"]);
    assertEquals(reports, []);
  });

  it("gives the task, whose error is reported unless somebody awaits it", async () => {
    const fail = function* () {
      yield* sleep(1);
      throw new RangeError("in the background");
    };
    const handler: ServeHandler = function* () {
      background(fail, { name: "unheard" });
      const task = background(fail);
      try {
        yield* task;
      } catch (error) {
        return new Response(String(error));
      }
      return new Response("no error");
    };
    const reports = await serving(handler, async (server) => {
      assertEquals(await get(server), [200, "RangeError: in the background"]);
    });
    assertEquals(reports.map(({ exception }) => String(exception)), ["RangeError: in the background"]);
    assertMatch(reports[0]!.message!, /unheard.*failed in the background/);
  });

  it("is cancelled when a closing server's grace period is over, and named in the report", async () => {
    const log: string[] = [];
    const handler: ServeHandler = () => {
      background(function* () {
        try {
          yield* sleep(60_000);
        } finally {
          yield* sleep(1);
          log.push("cleaned up");
        }
      }, { name: "endless" });
      return new Response("answered");
    };
    const reports = await serving(handler, async (server) => {
      await get(server);
      await sleep(1);
    }, { gracePeriod: GRACE });
    assertEquals(log, ["cleaned up"]);
    assertEquals(reports.length, 1);
    assertMatch(reports[0]!.message!, /1 background task\(s\)\nbackground\n└─ endless waits for <sleep /);
  });

  it("is refused outside a request", async () => {
    await run(async () => {
      await assertRejects(async () => await background(sleep(0)), RuntimeError, "Use createTask() or a TaskGroup");
    });
  });
});
