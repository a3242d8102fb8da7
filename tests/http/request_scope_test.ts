import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  Context,
  ContextVar,
  copyContext,
  createTask,
  currentTask,
  getRunningLoop,
  sleep,
  type Task,
  taskGroup,
  timeout,
} from "../../mod.ts";
import type { HandledRequest } from "../../src/http/handled_request.ts";
import type { ServeHandler } from "../../src/http/mod.ts";
import { requestHooksOf } from "../../src/http/request_hooks.ts";
import { RawClient } from "../adapters/raw_client.ts";
import { get, portOf, serving, sign, taskNames } from "./serving.ts";
import { eventually } from "../within.ts";

describe("A task that a handler starts", () => {
  const ways: Record<string, (log: string[]) => ServeHandler> = {
    "by createTask() in a coroutine": (log) =>
      function* () {
        createTask(linger(log));
        yield* sleep(1);
        return new Response("answered");
      },
    "in its first and last step": (log) =>
      function* () {
        const task = createTask(linger(log));
        if (task.done()) yield* sleep(0);
        return new Response("answered");
      },
    "in an async function, after an await": (log) => async () => {
      await sleep(1);
      createTask(linger(log));
      await sleep(1);
      return new Response("answered");
    },
    "in a plain function": (log) => () => {
      createTask(linger(log));
      return new Response("answered");
    },
    "as an async function": (log) =>
      function* () {
        createTask(async () => {
          log.push("begun");
          try {
            await sleep(60_000);
          } finally {
            await sleep(1);
            log.push("ended");
          }
        });
        yield* sleep(1);
        return new Response("answered");
      },
    "three tasks deep": (log) =>
      function* () {
        createTask(function* () {
          yield* createTask(function* () {
            createTask(linger(log));
            yield* sleep(60_000);
          });
        });
        yield* sleep(1);
        return new Response("answered");
      },
    "in a callback": (log) =>
      function* () {
        getRunningLoop().callSoon(() => createTask(linger(log)));
        yield* sleep(1);
        return new Response("answered");
      },
    "in a copy of its context": (log) =>
      function* () {
        copyContext().run(() => createTask(linger(log)));
        yield* sleep(1);
        return new Response("answered");
      },
    "after it has set a context variable": (log) =>
      function* () {
        new ContextVar("one").set(1);
        createTask(linger(log));
        yield* sleep(1);
        return new Response("answered");
      },
  };
  function* linger(log: string[]) {
    log.push("begun");
    try {
      yield* sleep(60_000);
    } finally {
      yield* sleep(1);
      log.push("ended");
    }
  }
  for (const [how, make] of Object.entries(ways)) {
    it(`${how} is cancelled when the response is sent, and cleans up`, async () => {
      const log: string[] = [];
      const reports = await serving(make(log), async (server) => {
        assertEquals(await get(server), [200, "answered"]);
        await eventually(() => server.pending === 0, "server.pending === 0");
        assertEquals(taskNames(), []);
      });
      // One that had no step yet when the response was given never takes one.
      assert(log.length === 0 || String(log) === "begun,ended", String(log));
      assertEquals(reports, []);
    });
  }

  it("does not hold its response up", async () => {
    const go = sign();
    const handler: ServeHandler = function* () {
      createTask(async () => {
        try {
          await sleep(60_000);
        } finally {
          await go.seen;
        }
      });
      yield* sleep(1);
      return new Response("answered");
    };
    await serving(handler, async (server) => {
      assertEquals(await get(server), [200, "answered"]);
      assertEquals(server.pending, 1);
      go.give();
      await eventually(() => server.pending === 0, "server.pending === 0");
    });
  });

  it("may start others while it cleans up, and they are waited for", async () => {
    const log: string[] = [];
    const handler: ServeHandler = function* () {
      createTask(async () => {
        try {
          await sleep(60_000);
        } finally {
          await sleep(1);
          await Promise.all([sleep(2), createTask(sleep(3))]);
          log.push("cleaned up");
        }
      });
      yield* sleep(1);
      return new Response("answered");
    };
    await serving(handler, async (server) => assertEquals(await get(server), [200, "answered"]));
    assertEquals(log, ["cleaned up"]);
  });

  it("is not cancelled before the handler has ended, though the client left", async () => {
    const log: string[] = [];
    const [waits, ended] = [sign(), sign()];
    const handler: ServeHandler = function* () {
      createTask(function* () {
        try {
          yield* sleep(60_000);
        } finally {
          log.push("task");
          ended.give();
        }
      });
      try {
        waits.give();
        yield* sleep(60_000);
      } finally {
        yield* sleep(1);
        log.push("handler");
      }
      return new Response();
    };
    await serving(handler, async (server) => {
      const client = await RawClient.connect(portOf(server));
      client.request("GET");
      await waits.seen;
      await client.leave();
      await ended.seen;
    });
    assertEquals(log, ["handler", "task"]);
  });

  it("and that fails is reported when the request is over, and changes no response", async () => {
    const handler: ServeHandler = function* () {
      const task = createTask(function* () {
        yield* sleep(0);
        throw new RangeError("not awaited");
      }, { name: "careless" });
      while (!task.done()) yield* sleep(1);
      return new Response("answered");
    };
    const reports = await serving(handler, async (server) => {
      assertEquals(await get(server, "/x"), [200, "answered"]);
    });
    assertEquals(reports.map(({ exception }) => String(exception)), ["RangeError: not awaited"]);
    assertMatch(reports[0]!.message!, /careless.*, which GET \/x had started, failed/);
  });

  it("and whose error was awaited is nothing to report", async () => {
    const handler: ServeHandler = function* () {
      const task = createTask(function* () {
        yield* sleep(1);
        throw new RangeError("awaited");
      });
      try {
        yield* task;
      } catch (error) {
        return new Response(String(error));
      }
      return new Response("no error");
    };
    const reports = await serving(handler, async (server) => {
      assertEquals(await get(server), [200, "RangeError: awaited"]);
    });
    assertEquals(reports, []);
  });

  it("costs no memory once it is done, however many a request starts", async () => {
    let most = 0;
    const handler: ServeHandler = function* () {
      const scope = (requestHooksOf(currentTask()!) as HandledRequest).ownScope();
      for (let i = 0; i < 1_000; i++) {
        yield* createTask(sleep(0));
        most = Math.max(most, scope.running().size);
      }
      return new Response("answered");
    };
    await serving(handler, async (server) => assertEquals(await get(server), [200, "answered"]));
    assertEquals(most, 0);
  });

  it("in a callback that comes when the request is over is refused", async () => {
    const refused: unknown[] = [];
    const called = sign();
    const handler: ServeHandler = function* () {
      const loop = getRunningLoop();
      loop.callLater(1, function again() {
        try {
          createTask(sleep(0));
          // The request still goes on.
          loop.callLater(1, again);
        } catch (error) {
          refused.push(error);
          called.give();
        }
      });
      yield* sleep(1);
      return new Response("answered");
    };
    await serving(handler, async (server) => {
      await get(server);
      await called.seen;
    });
    assertMatch(String(refused[0]), /RuntimeError: Cannot create a task .* background\(/);
  });

  it("in a context that has nothing to do with the request is not a part of it", async () => {
    let task: Task<string> | undefined;
    const handler: ServeHandler = () => {
      task = createTask(sleep(5, "went on"), { context: new Context() });
      return new Response("answered");
    };
    await serving(handler, async (server) => {
      await get(server);
      assertEquals(await task!, "went on");
    });
  });

  it("leaves groups and deadlines of the handler alone", async () => {
    const handler: ServeHandler = function* () {
      const both = yield* taskGroup(function* (group) {
        const one = group.createTask(sleep(1, "one"));
        const two = group.createTask(() => timeout(1_000, () => sleep(2, "two")));
        return [yield* one, yield* two];
      });
      return new Response(both.join());
    };
    const reports = await serving(handler, async (server) => assertEquals(await get(server), [200, "one,two"]));
    assertEquals(reports, []);
  });
});
