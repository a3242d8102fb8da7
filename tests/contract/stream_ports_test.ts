import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import process from "node:process";
import {
  createTask,
  DatagramProtocol,
  fromPromise,
  type Future,
  getRunningLoop,
  type LazyAwaitable,
  openConnection,
  OSError,
  Protocol,
  sleep,
  startServer,
} from "../../mod.ts";
import { serve } from "../../src/http/mod.ts";
import { CA, LOCALHOST } from "./certificates.ts";
import { ADAPTERS, bytes, echo, failure, play, settled } from "./programs.ts";
import { freePort } from "../free_port.ts";
import { eventually } from "../within.ts";

/** What is free only a moment later is found by trying more than once: with a port that nobody gets by chance meanwhile. */
const TIMES = 20;

for (const adapter of ADAPTERS) {
  describe(`Ports by "${adapter.name}"`, () => {
    for (
      const [name, options, ssl] of [
        ["", {}, {}],
        [" with TLS", { ssl: LOCALHOST }, { ssl: { ca: CA }, serverHostname: "localhost" }],
      ] as const
    ) {
      it(`are free once waitClosed() of a server${name} is over, also when it has had clients`, async () => {
        await play(adapter, function* () {
          const port = yield* fromPromise(freePort());
          for (let i = 0; i < TIMES; i++) {
            const server = yield* startServer(echo, "127.0.0.1", port, options);
            assertEquals(server.port, port);
            if (i % 3 === 0) {
              const [reader, writer] = yield* openConnection("127.0.0.1", port, ssl);
              writer.write(bytes("hello"));
              yield* reader.readexactly(5);
              writer.close();
              yield* writer.waitClosed();
            }
            server.close();
            yield* server.waitClosed();
          }
        });
      });
    }

    // Other systems have one address of this machine alone.
    const ignore = process.platform !== "linux";
    it("of the first hosts are free when a later one fails, and the error is its own", { ignore }, async () => {
      await play(adapter, function* () {
        const port = yield* fromPromise(freePort());
        const taken = yield* startServer(echo, "127.0.0.3", port);
        for (let i = 0; i < TIMES; i++) {
          const error = yield* failure(startServer(echo, ["127.0.0.1", "127.0.0.2", "127.0.0.3"], port));
          assert(error instanceof OSError);
          assertEquals(error.code, "EADDRINUSE");
          assert(error.message.includes("127.0.0.3"), error.message);
          for (const host of ["127.0.0.1", "127.0.0.2"]) {
            const server = yield* startServer(echo, host, port);
            server.close();
            yield* server.waitClosed();
          }
        }
        taken.close();
        yield* taken.waitClosed();
      });
    });

    it(
      "are free once waitClosed() of an HTTP server is over",
      { ignore: adapter.serveHttp === undefined },
      async () => {
        await play(adapter, function* () {
          const port = yield* fromPromise(freePort());
          for (let i = 0; i < TIMES; i++) {
            const server = yield* serve(() => new Response("hello"), { port });
            assertEquals(server.port, port);
            server.close();
            yield* server.waitClosed();
          }
        });
      },
    );

    it("are free soon after serve() or startServer() was cancelled while it was about to listen", {
      ignore: adapter.serveHttp === undefined,
    }, async () => {
      await play(adapter, function* () {
        const port = yield* fromPromise(freePort());
        const loop = getRunningLoop();
        const listen: Record<string, () => LazyAwaitable<{ close(): void }>> = {
          serve: () => serve(() => new Response("hello"), { port }),
          startServer: () => startServer(echo, "127.0.0.1", port),
        };
        for (const [name, begin] of Object.entries(listen)) {
          for (let steps = 0; steps < 8; steps++) {
            const task = createTask(begin());
            for (let i = 0; i < steps; i++) yield* sleep(0);
            const cancelled = task.cancel();
            yield* settled(task);
            // It may have been done before.
            if (!cancelled) (yield* task).close();
            const isFree = async (): Promise<boolean> => {
              try {
                const server = await loop.createTask(loop.createServer(() => new Protocol(), "127.0.0.1", port));
                server.close();
                await loop.createTask(server.waitClosed());
                return true;
              } catch {
                return false;
              }
            };
            yield* fromPromise(eventually(isFree, `port ${port} to be free after ${steps} steps of ${name}()`));
          }
        }
      });
    });

    it("are free once a datagram socket has told that it is lost", async () => {
      class Told extends DatagramProtocol {
        readonly lost: Future<void> = getRunningLoop().createFuture();
        override connectionLost() {
          this.lost.setResult();
        }
      }
      await play(adapter, function* () {
        const loop = getRunningLoop();
        const port = yield* fromPromise(freePort());
        for (let i = 0; i < TIMES; i++) {
          const [transport, { lost }] = yield* loop.createDatagramEndpoint(() => new Told(), {
            localAddr: ["127.0.0.1", port],
          });
          assertEquals((transport.getExtraInfo("sockname") as { port: number }).port, port);
          transport.close();
          yield* lost;
        }
      });
    });
  });
}
