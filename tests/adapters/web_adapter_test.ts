import { assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  type Coroutine,
  createSubprocessExec,
  EventLoop,
  getRunningLoop,
  NotSupportedError,
  openConnection,
  Queue,
  remoteModule,
  run,
  sleep,
  startServer,
  taskGroup,
  timeout,
  TimeoutError,
} from "../../mod.ts";
import { serve } from "../../src/http/mod.ts";
import { webAdapter } from "../../src/adapters/default_adapter.ts";

const inBrowser = <T>(main: () => Coroutine<T>): Promise<T> =>
  run(main, { loopFactory: () => new EventLoop({ adapter: webAdapter }) });

describe("The adapter for browsers", () => {
  it("runs coroutines, queues, groups and timeouts", async () => {
    await inBrowser(function* () {
      assertStrictEquals((getRunningLoop() as EventLoop).adapter, webAdapter);
      const queue = new Queue<number>(1);
      const taken: number[] = [];
      yield* taskGroup(function* (group) {
        group.createTask(function* () {
          for (let i = 0; i < 5; i++) yield* queue.put(i);
        });
        for (let i = 0; i < 5; i++) taken.push(yield* queue.get());
        yield* sleep(2);
      });
      assertEquals(taken, [0, 1, 2, 3, 4]);
    });
    const late = inBrowser(function* () {
      yield* timeout(2, function* () {
        yield* sleep(60_000);
      });
    });
    await assertRejects(() => late, TimeoutError);
  });

  it("lets the host run between turns that have work", async () => {
    await inBrowser(function* () {
      let over = false;
      setTimeout(() => over = true, 5);
      while (!over) yield* sleep(0);
    });
  });

  it("has no sockets, processes, threads and signals, and each says so", async () => {
    const { basename } = remoteModule<{ basename(path: string): string }>("node:path");
    const calls: Record<string, () => Coroutine<unknown>> = {
      *openConnection(): Coroutine<unknown> {
        return yield* openConnection("127.0.0.1", 1);
      },
      *startServer(): Coroutine<unknown> {
        return yield* startServer(() => {}, "127.0.0.1", 0);
      },
      *serve(): Coroutine<unknown> {
        return yield* serve(() => new Response(), { port: 0 });
      },
      *createSubprocessExec(): Coroutine<unknown> {
        return yield* createSubprocessExec("true", []);
      },
      *toThread(): Coroutine<unknown> {
        return yield* basename("/a/b");
      },
      *getaddrinfo(): Coroutine<unknown> {
        return yield* (getRunningLoop() as EventLoop).getaddrinfo("localhost", 80);
      },
    };
    for (const [name, call] of Object.entries(calls)) {
      await assertRejects(() => inBrowser(call), NotSupportedError, undefined, name);
    }
    using loop = new EventLoop({ adapter: webAdapter });
    assertThrows(() => loop.addSignalHandler("SIGTERM", () => {}), NotSupportedError);
  });
});
