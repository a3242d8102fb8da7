import { assert, assertEquals, assertInstanceOf, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  ContextVar,
  type Coroutine,
  createTask,
  currentTask,
  getRunningLoop,
  NotSupportedError,
  OSError,
  run,
  RuntimeError,
  sleep,
} from "../../mod.ts";
import { type HttpServer, serve, type ServeHandler } from "../../src/http/mod.ts";
import { EventLoop } from "../../src/loop/event_loop.ts";
import { defaultAdapter } from "../../src/adapters/default_adapter.ts";
import { handleRequest } from "../../src/http/handle_request.ts";
import type { RunningServer } from "../../src/http/running_server.ts";
import { get, portOf, serving, taskNames } from "./serving.ts";

const plain: ServeHandler = () => new Response("plain");

describe("serve()", () => {
  it("answers by a plain function, an async one, a generator function, and a plain one that makes a coroutine", async () => {
    const coroutine: ServeHandler = function* () {
      yield* sleep(0);
      return new Response("coroutine");
    };
    const handlers: Record<string, ServeHandler> = {
      plain,
      async: async () => {
        await sleep(1);
        return new Response("async");
      },
      coroutine,
      "made by a plain one": (request, info) => coroutine(request, info),
      "coroutine that ends at once": function* () {
        if (currentTask() === null) yield* sleep(0);
        return new Response("coroutine");
      },
    };
    const bodies: string[] = [];
    for (const handler of Object.values(handlers)) {
      await serving(handler, async (server) => {
        const [status, body] = await get(server);
        assertEquals(status, 200);
        bodies.push(body);
      });
    }
    assertEquals(bodies, ["plain", "async", "coroutine", "coroutine", "coroutine"]);
  });

  it("names the task of a request after its method and path, without the query", async () => {
    const name: ServeHandler = () => new Response(currentTask()!.getName());
    await serving(name, async (server) => {
      assertEquals(await get(server, "/a/b?c=d#e"), [200, "GET /a/b"]);
      assertEquals(await get(server, "?c=/d"), [200, "GET /"]);
      assertEquals(await get(server, "/x", { method: "POST", body: "text" }), [200, "POST /x"]);
    });
  });

  it("runs the handler in one task from its first step to its last, and lists it among all tasks", async () => {
    const handler: ServeHandler = function* () {
      const task = currentTask()!;
      yield* sleep(1);
      assert(task === currentTask());
      return new Response(taskNames().join());
    };
    await serving(handler, async (server) => {
      assertEquals(await get(server, "/here"), [200, "GET /here"]);
      assertEquals(taskNames(), []);
    });
  });

  it("gives an async handler its task after each await", async () => {
    const handler: ServeHandler = async () => {
      await Promise.resolve();
      const before = currentTask()!.getName();
      await sleep(1);
      return new Response(`${before} ${currentTask()!.getName()}`);
    };
    await serving(handler, async (server) => assertEquals(await get(server, "/a"), [200, "GET /a GET /a"]));
  });

  it("answers with no promise when the handler ends in its first step", async () => {
    const handlers: ServeHandler[] = [plain, function* () {
      if (currentTask() === null) yield* sleep(0);
      return new Response("done");
    }];
    for (const handler of handlers) {
      await serving(handler, async (server) => {
        assertInstanceOf(handleRequest(server as RunningServer, new Request("http://127.0.0.1/"), null), Response);
        await Promise.resolve();
      });
    }
  });

  it("gives each request a copy of the context that serve() was called in", async () => {
    const level = new ContextVar("level", { default: 0 });
    await run(async () => {
      level.set(1);
      const handler: ServeHandler = function* () {
        const before = level.get();
        level.set(7);
        yield* sleep(0);
        return new Response(`${before} ${level.get()}`);
      };
      await using server = await serve(handler, { port: 0 });
      level.set(2);
      assertEquals(await get(server), [200, "1 7"]);
      assertEquals(await get(server), [200, "1 7"]);
      assertEquals(level.get(), 2);
    });
  });

  it("tells the handler where the client is, as the Internet has it", async () => {
    const handler: ServeHandler = (_request, info) => {
      const { remoteAddr } = info;
      return Response.json(remoteAddr.transport === "tcp" && remoteAddr.port > 0 && remoteAddr.hostname);
    };
    await serving(handler, async (server) => assertEquals(await get(server), [200, '"127.0.0.1"']));
  });

  it("gives the server once it listens, on the port that it says", async () => {
    let heard: HttpServer | undefined;
    await serving(plain, async (server) => {
      assert(server === heard);
      assert(server.isServing());
      assert(server.getLoop() === getRunningLoop());
      assert(portOf(server) > 0);
      assertEquals(server.url, `http://127.0.0.1:${portOf(server)}`);
      assertEquals(String(server), `<HttpServer serving ${server.url}>`);
      assertEquals(await get(server), [200, "plain"]);
    }, { onListen: (server) => heard = server });
  });

  it("closes the server when onListen throws", async () => {
    let heard: HttpServer | undefined;
    await run(async () => {
      const onListen = (server: HttpServer) => {
        heard = server;
        throw new RangeError("no");
      };
      await assertRejects(async () => await serve(plain, { port: 0, onListen }), RangeError, "no");
      await heard!.waitClosed();
    });
  });

  it("serves several at once on one loop", async () => {
    await serving(plain, async (one) => {
      await using other = await serve(() => new Response("other"), { port: 0 });
      assertEquals(await Promise.all([get(one), get(other)]), [[200, "plain"], [200, "other"]]);
    });
  });

  it("answers many requests at once, each in a task of its own", async () => {
    const handler: ServeHandler = function* (request) {
      const { pathname } = new URL(request.url);
      yield* sleep(Number(pathname.slice(1)) % 3);
      return new Response(pathname);
    };
    await serving(handler, async (server) => {
      const paths = Array.from({ length: 30 }, (_, i) => `/${i}`);
      const answers = await Promise.all(paths.map((path) => get(server, path)));
      assertEquals(answers, paths.map((path) => [200, path]));
    });
  });
});

describe("A handler that fails", () => {
  const failing: Record<string, ServeHandler> = {
    "at once, as a plain function": () => {
      throw new Error("oops");
    },
    "in its first step": function* () {
      if (currentTask() !== null) throw new Error("oops");
      yield* sleep(0);
      return new Response();
    },
    "after it has waited": function* () {
      yield* sleep(1);
      throw new Error("oops");
    },
    "as an async function": async () => {
      await sleep(1);
      throw new Error("oops");
    },
    "in its parameters": function* ({ nowhere: { deep } }: { nowhere: { deep: number } }) {
      yield* sleep(deep);
      return new Response();
    } as unknown as ServeHandler,
  };
  for (const [how, handler] of Object.entries(failing)) {
    it(`${how} answers 500, and the exception handler hears of it once`, async () => {
      const reports = await serving(handler, async (server) => {
        assertEquals(await get(server, "/x"), [500, "Internal Server Error"]);
        assertEquals(taskNames(), []);
      });
      assertEquals(reports.length, 1);
      assertInstanceOf(reports[0]!.exception, Error);
      assertMatch(reports[0]!.message!, /GET \/x.*500/);
    });
  }

  const wrong: Record<string, unknown> = {
    nothing: undefined,
    "a value of type Object": {},
    'the string "text"': "text",
  };
  for (const [what, value] of Object.entries(wrong)) {
    it(`to give a Response but gives ${what} answers 500, and the exception handler hears what to write`, async () => {
      const handlers = [
        () => value,
        () => Promise.resolve(value),
        function* () {
          yield* sleep(1);
          return value;
        },
      ] as ServeHandler[];
      for (const handler of handlers) {
        const reports = await serving(handler, async (server) => assertEquals((await get(server, "/x"))[0], 500));
        assertEquals(reports.length, 1);
        const { exception } = reports[0]!;
        assertInstanceOf(exception, TypeError);
        assertEquals(
          exception.message,
          `Cannot answer GET /x: its handler returned ${what}, and a request is answered by a Response. ` +
            "Write return new Response(…), or return yield* … for a task whose result is one.",
        );
      }
    });
  }

  it("by awaiting something that was cancelled answers 500", async () => {
    const handler: ServeHandler = function* () {
      const other = createTask(sleep(1_000));
      other.cancel("not the request");
      yield* other;
      return new Response();
    };
    const reports = await serving(handler, async (server) => assertEquals((await get(server))[0], 500));
    assertEquals(reports.map(({ exception }) => String(exception)), ["CancelledError: not the request"]);
  });

  it("does not keep the next request from being answered", async () => {
    const handler: ServeHandler = (request) => {
      if (request.url.endsWith("/bad")) throw new Error("oops");
      return new Response("good");
    };
    await serving(handler, async (server) => {
      assertEquals((await get(server, "/bad"))[0], 500);
      assertEquals(await get(server, "/good"), [200, "good"]);
    });
  });

  it("is answered 503 when somebody cancels its task", async () => {
    const handler: ServeHandler = function* () {
      const task = currentTask()!;
      getRunningLoop().callSoon(() => task.cancel());
      yield* sleep(60_000);
      return new Response();
    };
    const reports = await serving(handler, async (server) => {
      assertEquals(await get(server), [503, "Service Unavailable"]);
    });
    assertEquals(reports, []);
  });
});

describe("serve() of an object with a method fetch", () => {
  class App {
    readonly #greeting = "hello";

    *fetch(request: Request): Coroutine<Response> {
      yield* sleep(0);
      if (request.url.endsWith("/fails")) throw new Error("as it should");
      return new Response(`${this.#greeting} from ${/coro=[^>]*>/.exec(String(currentTask()))}`);
    }
  }

  it("calls that on the object, a generator method as well", async () => {
    await serving(new App(), async (server) => {
      assertEquals(await get(server), [200, "hello from coro=<fetch()>"]);
    });
    const app = { text: "plain", fetch: plainly };
    function plainly(this: typeof app): Response {
      return new Response(this.text);
    }
    await serving(app, async (server) => assertEquals(await get(server), [200, "plain"]));
  });

  it("reports what that throws", async () => {
    const reports = await serving(new App(), async (server) => {
      assertEquals((await get(server, "/fails"))[0], 500);
    });
    assertMatch(String(reports[0]!.exception), /as it should/);
  });
});

describe("serve() refuses", () => {
  const bad: [string, unknown[], typeof TypeError | typeof RangeError, RegExp][] = [
    ["no handler", [], TypeError, /serve\(\(\) => new Response\(…\)\)/],
    ["an object whose fetch is no function", [{ fetch: "plain" }], TypeError, /or an object whose fetch is one/],
    ["options in place of the handler", [{ port: 0 }, plain], TypeError, /serve\(app\)/],
    ["a port that is no number", [plain, { port: "8000" }], TypeError, /port: give a number/],
    ["a port out of range", [plain, { port: 65_536 }], RangeError, /from 0 to 65535/],
    ["a negative port", [plain, { port: -1 }], RangeError, /from 0 to 65535/],
    ["half a port", [plain, { port: 80.5 }], RangeError, /whole number/],
    ["NaN as port", [plain, { port: NaN }], RangeError, /port NaN/],
    ["a hostname that is no string", [plain, { hostname: 127 }], TypeError, /hostname: give a string/],
    ["an empty hostname", [plain, { hostname: "" }], TypeError, /"0\.0\.0\.0"/],
    ["a negative grace period", [plain, { gracePeriod: -1 }], RangeError, /0 or more/],
    ["NaN as grace period", [plain, { gracePeriod: NaN }], RangeError, /0 or more/],
    [
      "signals that are not a boolean",
      [plain, { signals: "SIGINT" }],
      TypeError,
      /signals: give true, false, or an array/,
    ],
    ["an onListen that is no function", [plain, { onListen: 1 }], TypeError, /onListen: give a function/],
    ["an option that there is not", [plain, { prot: 8000 }], TypeError, /unknown option "prot"/],
    ["a port in place of the options", [plain, 8080], TypeError, /the number 8080 as its options: give an object/],
    ["null in place of the options", [plain, null], TypeError, /null as its options/],
    ["a list in place of the options", [plain, []], TypeError, /type Array as its options/],
    ["a function in place of the options", [plain, plain], TypeError, /the function plain\(\) as its options/],
  ];
  for (const [what, args, errorClass, message] of bad) {
    it(`${what} at the call`, () => {
      const error = assertThrows(() => (serve as (...args: unknown[]) => unknown)(...args), errorClass);
      assertMatch(error.message, message);
    });
  }

  it("a port in use, with an OSError that has the code", async () => {
    await serving(plain, async (server) => {
      const error = await assertRejects(async () => await serve(plain, { port: portOf(server) }), OSError);
      assertEquals(error.code, "EADDRINUSE");
      assertMatch(error.message, new RegExp(`^Cannot listen on 127\\.0\\.0\\.1:${portOf(server)}: `));
      assertEquals(await get(server), [200, "plain"]);
    });
  });

  it("to run where no loop does", async () => {
    await assertRejects(async () => await serve(plain), RuntimeError, "no event loop is running here");
  });

  it("an adapter that has no HTTP", async () => {
    const { serveHttp: _, ...adapter } = defaultAdapter();
    await assertRejects(
      () => run(() => serve(plain), { loopFactory: () => new EventLoop({ adapter }) }),
      NotSupportedError,
      "serve HTTP",
    );
  });
});
