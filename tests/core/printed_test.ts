/** What the console of each runtime prints of the objects of this module: the line of `toString()`, and errors as errors. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { inspect as nodeInspect } from "node:util";
import * as asyncio from "../../mod.ts";
import {
  Barrier,
  type BaseEventLoop,
  CancelledError,
  ConcurrentFuture,
  Condition,
  Context,
  ContextVar,
  coroutine,
  createTask,
  Event,
  Future,
  gather,
  getRunningLoop,
  Lock,
  OSError,
  Queue,
  run,
  Semaphore,
  sleep,
  startServer,
  type StreamReader,
  type StreamWriter,
  TaskGroup,
  timeout,
  TimeoutError,
  WorkerPool,
} from "../../mod.ts";
import { HttpServer, ServerWebSocket } from "../../src/http/mod.ts";

type Inspect = (value: unknown) => string;
const { Bun: bun, Deno: deno } = globalThis as { Bun?: { inspect: Inspect }; Deno?: { inspect: Inspect } };

/** How the console of this runtime writes a value, by each of the ways that it has. */
const ways: readonly (readonly [string, Inspect])[] = [
  ["node:util", (value) => nodeInspect(value)],
  ...(deno === undefined ? [] : [["Deno.inspect", deno.inspect] as const]),
  ...(bun === undefined ? [] : [["Bun.inspect", bun.inspect] as const]),
];

function assertPrinted(value: object): void {
  const text = String(value);
  assertMatch(text, /^<.+>$/);
  for (const [way, inspect] of ways) {
    assertEquals(inspect(value), text, way);
    // Inside another value it is the same line; runtimes break and quote what is around it in ways of their own.
    assertStringIncludes(inspect({ value }), text, way);
  }
}

describe("What is printed of an object", () => {
  it("is one readable line, for whatever belongs to a loop", async () => {
    await run(function* () {
      const loop = getRunningLoop();
      const never = new Future<void>();
      const task = createTask(function* waits() {
        yield* never;
      });
      yield* sleep(0);
      const scopes: object[] = [];
      yield* timeout(10_000, function* (scope) {
        scopes.push(scope);
      });
      const timer = loop.callLater(0, () => {});
      timer.cancel();
      const all = [loop, task, never, gather(never), timer, loop.callSoon(() => {}), ...scopes, new TaskGroup()];
      for (const value of all) assertPrinted(value);
      assertMatch(
        String(task),
        /^<Task pending name='Task-\d+' coro=<waits\(\) running at .*printed_test\.ts:\d+> wait_for=<Future pending cb=\[.*\]>>$/,
      );
      never.setResult();
      yield* task;
    });
  });

  it("is one readable line, for locks, queues and context variables", () => {
    const guarded = [new Lock(), new Event(), new Condition(), new Semaphore(2), new Barrier(3)];
    const rest = [
      new Queue<number>(3),
      new ContextVar("user"),
      new Context(),
      new ConcurrentFuture(),
      new WorkerPool(),
    ];
    for (const value of [...guarded, ...rest]) assertPrinted(value);
  });

  it("is one readable line, for what has not been awaited", () => {
    assertPrinted(sleep(5));
    assertPrinted(new Queue<number>().get());
    const add = coroutine(function* add(a: number, b: number) {
      yield* sleep(0);
      return a + b;
    });
    for (const [way, inspect] of ways) assertEquals(inspect(add(1, 2)), "<add()>", way);
  });

  it("is one readable line, for servers, streams and transports", async () => {
    await run(function* () {
      const met = getRunningLoop().createFuture<[StreamReader, StreamWriter]>();
      const server = yield* startServer((reader, writer) => void met.setResult([reader, writer]), "127.0.0.1", 0);
      const { port } = server.sockets[0]!.getsockname() as { readonly port: number };
      const [reader, writer] = yield* asyncio.openConnection("127.0.0.1", port);
      for (const value of [server, reader, writer, writer.transport, ...(yield* met)]) assertPrinted(value);
      writer.close();
      (yield* met)[1].close();
      server.close();
      yield* server.waitClosed();
    });
  });

  it("is one line for every class that has a readable form", () => {
    const classes = [...Object.values(asyncio), HttpServer, ServerWebSocket].filter((made) =>
      typeof made === "function" && Object.hasOwn(made.prototype ?? {}, "toString") &&
      !(made.prototype instanceof Error)
    ) as { name: string; prototype: Record<symbol, unknown> }[];
    assert(classes.length > 15);
    for (const host of ["Deno.customInspect", "nodejs.util.inspect.custom"]) {
      const without = classes.filter(({ prototype }) => typeof prototype[Symbol.for(host)] !== "function");
      assertEquals(without.map(({ name }) => name), []);
    }
  });

  it("is what a subclass says", () => {
    class Jobs extends Queue<number> {
      override toString(): string {
        return `<Jobs ${this.qsize()}>`;
      }
    }
    assertPrinted(new Jobs());
  });

  it("is a line even where a subclass cannot say it", () => {
    class Broken extends Queue<number> {
      override toString(): string {
        throw new RangeError("no");
      }
    }
    for (const [way, inspect] of ways) {
      assertEquals(inspect(new Broken()), "<object that cannot be described>", way);
      assertStringIncludes(inspect(Future.prototype), "Future", way);
    }
  });

  it("is still an error with its stack, for errors", () => {
    for (const error of [new TimeoutError("too late"), new OSError("gone", { code: "ENOENT" })]) {
      for (const [way, inspect] of ways) {
        assertStringIncludes(inspect(error), error.message, way);
        assertStringIncludes(inspect(error), "printed_test", way);
      }
    }
    for (const [way, inspect] of ways) {
      assertEquals(inspect(new CancelledError("enough")), "CancelledError: enough", way);
    }
  });

  it("costs no object a property of its own", () => {
    const own = (value: object) => Reflect.ownKeys(value).filter((key) => typeof key === "symbol");
    assertEquals([own(new Lock()), own(new Queue()), own(sleep(1))], [[], [], []]);
  });
});

describe("What is due", () => {
  function* shown(delay: number): asyncio.Coroutine<string> {
    const task = createTask(sleep(delay));
    yield* sleep(0);
    const text = /until .*?>|for ever/.exec(String(task))![0];
    task.cancel();
    return text;
  }

  it("is told by how far off it is, in a unit that people read", async () => {
    const { runVirtual } = await import("../../src/testing/mod.ts");
    await runVirtual(function* () {
      const texts: string[] = [];
      for (const delay of [3, 999, 2_300, 59_949, 59_951, 125_000, 3_600_000, 90_000_000, Infinity]) {
        texts.push(yield* shown(delay));
      }
      assertEquals(texts, [
        "until in 3 ms>",
        "until in 999 ms>",
        "until in 2.3 s>",
        "until in 59.9 s>",
        "until in 1 min 0 s>",
        "until in 2 min 5 s>",
        "until in 1 h 0 min>",
        "until in 25 h 0 min>",
        "for ever",
      ]);
    });
  });

  it("is said to be now when its time has come, and never without a time", async () => {
    const { runVirtual } = await import("../../src/testing/mod.ts");
    await runVirtual(function* () {
      const loop: BaseEventLoop = getRunningLoop();
      assertEquals(String(loop.callAt(0, function work() {})), "<TimerHandle when=now work()>");
      yield* timeout(null, function* (scope) {
        assertEquals(String(scope), "<Timeout [active] when=never>");
      });
    });
  });
});
