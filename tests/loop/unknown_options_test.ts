import { assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  asCompleted,
  createTask,
  DatagramProtocol,
  ensureFuture,
  EventLoop,
  fromPromise,
  gather,
  getRunningLoop,
  main,
  newEventLoop,
  PriorityQueue,
  Protocol,
  Queue,
  remoteModule,
  run,
  runCoroutineThreadsafe,
  Runner,
  sleep,
  wait,
  WorkerPool,
} from "../../mod.ts";
import { serve, serverSentEvents } from "../../src/http/mod.ts";
import { deadline } from "../../src/hono/mod.ts";
import { VirtualClock } from "../../src/testing/mod.ts";
import { virtualEventLoop } from "../core/play.ts";

/** What a program that is not compiled may write in place of options. */
type Wrong = Readonly<Record<string, unknown>> & null;

const inside = (call: () => unknown) => run(() => sleep(0).then(() => void call()), { loopFactory: virtualEventLoop });
const calls: Readonly<Record<string, (options: Wrong) => unknown>> = {
  run: (options) => run(sleep(1), options),
  main: (options) => main(sleep(1), options),
  "new Runner": (options) => new Runner(options),
  "Runner.run": async (options) => {
    await using runner = new Runner({ loopFactory: virtualEventLoop });
    await runner.run(sleep(1), options);
  },
  "new EventLoop": (options) => new EventLoop(options),
  "new VirtualClock": (options) => new VirtualClock(options),
  gather: (options) => inside(() => gather([sleep(1)], options)),
  wait: (options) => inside(() => wait([createTask(sleep(1))], options)),
  asCompleted: (options) => inside(() => asCompleted([sleep(1)], options)),
  fromPromise: (options) => fromPromise(Promise.resolve(1), options),
  ensureFuture: (options) => inside(() => ensureFuture(sleep(1), options)),
  "new PriorityQueue": (options) => new PriorityQueue(0, options),
  "new WorkerPool": (options) => new WorkerPool(options),
  "WorkerPool.shutdown": (options) => new WorkerPool().shutdown(options),
  "RemoteFunction.with": (options) => work.with(options),
  map: (options) => new WorkerPool().map(work, [], options),
  serverSentEvents: (options) => serverSentEvents(() => sleep(1), options),
  deadline: (options) => deadline(5, options),
};
const { work } = remoteModule<{ work(): void }>(new URL("./no_such_module.ts", import.meta.url));

const here = () => getRunningLoop() as EventLoop;

async function failure(call: () => unknown): Promise<string> {
  try {
    await call();
  } catch (error) {
    assertInstanceOf(error, TypeError);
    return error.message;
  }
  return "nothing was refused";
}

describe("options", () => {
  for (const [name, call] of Object.entries(calls)) {
    it(`that are unknown are refused by ${name}()`, async () => {
      const message = await failure(() => call({ return_exceptions: true } as unknown as Wrong));
      assertEquals(message.split(". ")[0], `Cannot call ${name}() with the unknown option "return_exceptions"`);
    });
  }

  for (const [name, call] of Object.entries(calls)) {
    // The second argument of gather() is missing if it is null.
    if (name === "gather") continue;
    it(`that are null are refused by ${name}()`, async () => {
      assertEquals(
        await failure(() => call(null as Wrong)),
        `Cannot call ${name}() with null as its options: give an object, or leave them out.`,
      );
    });
  }

  it("of the wrong type are refused by run()", async () => {
    assertEquals(
      await failure(() => run(sleep(1), { signal: 3 } as unknown as Wrong)),
      "Cannot call run() with the number 3 as its signal: give an AbortSignal.",
    );
    assertEquals(
      await failure(() => run(sleep(1), { loopFactory: 3 } as unknown as Wrong)),
      "Cannot call run() with the number 3 as loopFactory: give a function.",
    );
    assertEquals(
      await failure(() => run(sleep(1), { loopFactory: () => undefined } as unknown as Wrong)),
      "Cannot run on undefined, which loopFactory has returned: it returns a new EventLoop.",
    );
    assertEquals(
      await failure(() => run(sleep(1), { adapter: 3 } as unknown as Wrong)),
      "Cannot make an event loop on the number 3: give an adapter, or none.",
    );
  });

  it("of the wrong type are refused elsewhere: booleans, functions, a context, a loop", async () => {
    const { createServer, createConnection, createDatagramEndpoint } = EventLoop.prototype;
    const wrong: [says: string, call: () => unknown][] = [
      ["gather() with the number 1 as returnExceptions", () => gather([], { returnExceptions: 1 as never })],
      ["queue down with the number 1 as immediate", () => new Queue().shutdown({ immediate: 1 as never })],
      ["queue down with the unknown option", () => new Queue().shutdown({ imediate: true } as never)],
      ["fromPromise() with the number 5 as onLate", () => fromPromise(sleep(1), { onLate: 5 as never })],
      ["new PriorityQueue() with the number 5 as compare", () => new PriorityQueue(0, { compare: 5 as never })],
      ["shutdown() with the number 1 as terminate", () => new WorkerPool().shutdown({ terminate: 1 as never })],
      ["new Runner() with the number 1 as interruptTree", () => new Runner({ interruptTree: 1 as never })],
      ["createTask() with the number 5 as its signal", () => createTask(sleep(1), { signal: 5 as never })],
      ["with a value of type Object as logger", () => new EventLoop({ logger: {} as never })],
      ["with a value of type Object as logger", () => new EventLoop({ logger: { warn: () => {} } as never })],
      ["with null as logger", () => new EventLoop({ logger: null as never })],
      ["a WorkerPool on a value of type Object", () => new WorkerPool({ adapter: {} as never })],
      ["must be a number of milliseconds, or null", () => here().shutdownDefaultExecutor("5" as never)],
      ["a callback with the number 5 as its context", () => {
        getRunningLoop().createFuture().addDoneCallback(() => {}, { context: 5 as never });
      }],
      ["a coroutine on the number 5", () => runCoroutineThreadsafe(sleep(1), 5 as never)],
      ["serve() with the number 1 as reusePort", () => serve(() => new Response(), { reusePort: 1 as never })],
      ["serve() with the number 5 as onError", () => serve(() => new Response(), { onError: 5 as never })],
      ["startServing", () => createServer.call(here(), () => new Protocol(), null, 0, { startServing: 1 as never })],
      ["reusePort", () => createServer.call(here(), () => new Protocol(), null, 0, { reusePort: 1 as never })],
      ["keepAlive", () => createServer.call(here(), () => new Protocol(), null, 0, { keepAlive: "no" as never })],
      ["allErrors", () => createConnection.call(here(), () => new Protocol(), "::1", 1, { allErrors: 1 as never })],
      ["allowBroadcast", () =>
        createDatagramEndpoint.call(here(), () => new DatagramProtocol(), {
          localAddr: ["127.0.0.1", 0],
          allowBroadcast: 1 as never,
        })],
    ];
    for (const [says, call] of wrong) {
      const message = await failure(() => run(async () => void await call()));
      assertEquals(message.includes(says), true, `${says}: ${message}`);
    }
    const loop = newEventLoop();
    assertThrows(() => loop.createFuture().addDoneCallback(() => {}, { context: {} as never }), TypeError, "Context");
    loop.close();
  });

  it("and properties of a loop that are durations are refused where they are set", () => {
    using loop = new EventLoop();
    for (const name of ["slowCallbackDuration", "slowCancelDuration", "longestLag"] as const) {
      const before = loop[name];
      for (
        const [wrong, error, said] of [["x", TypeError, '"x"'], [null, TypeError, "null"], [NaN, RangeError, "NaN"], [
          -1,
          RangeError,
          "-1",
        ]] as const
      ) {
        assertThrows(() => void (loop[name] = wrong as never), error, `Cannot set ${name} to `);
        assertThrows(
          () => void (loop[name] = wrong as never),
          error,
          `${said}: give a number of milliseconds, 0 or more.`,
        );
      }
      assertEquals(loop[name], before);
      for (const right of [0, 2.5, Infinity]) assertEquals(loop[name] = right, loop[name]);
    }
  });

  it("that say no TLS by null start a server without it", async () => {
    await run(async () => {
      const server = await getRunningLoop().createServer(() => new Protocol(), "127.0.0.1", 0, { ssl: null as never });
      assertEquals(server.isServing(), true);
      server.close();
    });
  });
});
