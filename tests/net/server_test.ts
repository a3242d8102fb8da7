import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  CancelledError,
  createTask,
  type ExceptionContext,
  openConnection,
  OSError,
  Protocol,
  RuntimeError,
  type Server,
  sleep,
  startServer,
  type Task,
  use,
} from "../../mod.ts";
import { failure, playNet, refusal, settle, until } from "./play_net.ts";
import { Recorder } from "./recorder.ts";

describe("A server", () => {
  it("listens on every host once, and on all of them with one port each", async () => {
    await playNet((net, loop) =>
      function* () {
        net.names.set("both", [{ family: "ipv4", address: "127.0.0.1" }, { family: "ipv6", address: "::1" }]);
        const server = yield* loop.createServer(() => new Protocol(), ["both", "127.0.0.1", "::1"], 80);
        assertEquals(server.sockets.map((socket) => socket.getsockname()), [
          { family: "ipv4", address: "127.0.0.1", port: 80 },
          { family: "ipv6", address: "::1", port: 80 },
        ]);
        assertEquals([server.port, server.isServing()], [80, true]);
        server.close();
        assertEquals([server.sockets.length, net.listening, server.isServing()], [0, 0, false]);
        assertThrows(() => server.port, RuntimeError);
      }
    );
  });

  it("skips addresses that the machine lacks, unless it has none of them", async () => {
    await playNet((_net, loop) =>
      function* () {
        const server = yield* loop.createServer(() => new Protocol(), ["203.0.113.1", "127.0.0.1"], 80);
        assertEquals(server.sockets.length, 1);
        server.close();
        const error = yield* failure(loop.createServer(() => new Protocol(), "203.0.113.1", 80));
        assertEquals((error as OSError).code, "EADDRNOTAVAIL");
      }
    );
  });

  it("waits in waitClosed() for a connection that had come and had no protocol yet when it was closed", async () => {
    await playNet((net, loop) =>
      function* () {
        for (const end of ["wait", "closeClients", "abortClients"] as const) {
          const log: string[] = [];
          const server = yield* loop.createServer(() => new Recorder(log, "s."), "127.0.0.1", 80);
          let closing!: Task<void>;
          // The host tells the server of it right after this, and the loop comes to it in its next turn.
          net.prepare = () =>
            queueMicrotask(() => {
              assertEquals(log, []);
              server.close();
              if (end !== "wait") server[end]();
              closing = loop.createTask(server.waitClosed());
            });
          const [transport] = yield* loop.createConnection(() => new Protocol(), "127.0.0.1", 80);
          if (end === "wait") {
            yield* until(() => log.length > 0);
            assertFalse(closing.done());
            transport.close();
          }
          yield* closing;
          assertEquals(log.includes("s.made"), end === "wait", `${end}: ${log}`);
        }
      }
    );
  });

  it("reports that it cannot accept, and goes on", async () => {
    const reports: ExceptionContext[] = [];
    await playNet((net, loop) =>
      function* () {
        const server = yield* loop.createServer(() => new Recorder(), "127.0.0.1", 80);
        const error = new OSError("Cannot accept: too many open files.", { code: "EMFILE" });
        net.failAccept(error);
        assertEquals(reports, [
          { message: "Cannot accept connections for want of system resources", exception: error, server },
        ]);
        assert(server.isServing());
        yield* loop.createConnection(() => new Protocol(), "127.0.0.1", 80);
      }, reports);
  });

  it("lets a task be cancelled that waits for its clients at the end of a block", async () => {
    await playNet((net, loop) =>
      function* () {
        let port = 0;
        const leave = loop.createFuture<void>();
        const task = createTask(async () => {
          await using server = await startServer(() => {}, "127.0.0.1", 0);
          port = server.port;
          await leave;
        });
        yield* until(() => port !== 0);
        const [, writer] = yield* openConnection("127.0.0.1", port);
        yield* settle();
        leave.setResult();
        yield* until(() => net.listening === 0);
        yield* settle();
        assertFalse(task.done());
        task.cancel();
        assert((yield* failure(task)) instanceof CancelledError);
        writer.close();
      }
    );
  });

  it("listens on the addresses of IPv4 where a machine has no others", async () => {
    await playNet((net, loop) =>
      function* () {
        net.missing.add("::");
        const server = yield* loop.createServer(() => new Protocol(), null, 80);
        assertEquals(server.sockets.map((socket) => socket.getsockname()), [
          { family: "ipv4", address: "0.0.0.0", port: 80 },
        ]);
        const error = yield* failure(loop.createServer(() => new Protocol(), null, 81, { family: "ipv6" }));
        assertEquals((error as OSError).code, "EADDRNOTAVAIL");
      }
    );
  });

  it("leaves no socket open when one of its addresses is taken", async () => {
    await playNet((net, loop) =>
      function* () {
        yield* loop.createServer(() => new Protocol(), "::1", 80);
        const error = yield* failure(loop.createServer(() => new Protocol(), ["127.0.0.1", "::1"], 80));
        assertEquals((error as OSError).code, "EADDRINUSE");
        assertEquals(net.listening, 1);
      }
    );
  });

  it("waits for close() and for its last client", async () => {
    await playNet((_net, loop) =>
      function* () {
        const server = yield* loop.createServer(() => new Protocol(), "127.0.0.1", 0);
        const [transport] = yield* loop.createConnection(() => new Protocol(), "127.0.0.1", server.port);
        const waiting = createTask(server.waitClosed());
        yield* settle();
        assertFalse(waiting.done());
        server.close();
        yield* settle();
        assertFalse(waiting.done());
        transport.close();
        yield* settle();
        assert(waiting.done());
        yield* server.waitClosed();
      }
    );
  });

  it("does not end the wait of the others when one that waits is cancelled", async () => {
    await playNet((_net, loop) =>
      function* () {
        const server = yield* loop.createServer(() => new Protocol(), "127.0.0.1", 0);
        const one = createTask(server.waitClosed());
        const two = createTask(server.waitClosed());
        yield* sleep(0);
        one.cancel();
        yield* sleep(0);
        server.close();
        yield* two;
        assert(one.cancelled());
      }
    );
  });

  it("that serves forever closes its clients when it is cancelled, and lets the cancel pass", async () => {
    await playNet((_net, loop) =>
      function* () {
        const log: string[] = [];
        const server = yield* loop.createServer(() => new Recorder(log, "s."), "127.0.0.1", 0);
        const serving = createTask(server.serveForever());
        yield* loop.createConnection(() => new Recorder(log, "c."), "127.0.0.1", server.port);
        log.length = 0;
        serving.cancel("enough");
        const error = yield* failure(serving);
        assert(error instanceof CancelledError);
        assertEquals(error.message, "enough");
        assertEquals(log[0], "s.lost");
        assertFalse(server.isServing());
        yield* server.waitClosed();
      }
    );
  });

  it("that serves forever ends with a CancelledError when it is closed", async () => {
    await playNet((_net, loop) =>
      function* () {
        const server = yield* loop.createServer(() => new Protocol(), "127.0.0.1", 0);
        const serving = createTask(server.serveForever());
        yield* sleep(0);
        assert((yield* failure(server.serveForever())) instanceof RuntimeError);
        server.close();
        assert((yield* failure(serving)) instanceof CancelledError);
        assert((yield* failure(server.serveForever())) instanceof RuntimeError);
        assert((yield* failure(server.startServing())) instanceof RuntimeError);
      }
    );
  });

  it("keeps connections waiting until it serves", async () => {
    await playNet((net, loop) =>
      function* () {
        const log: string[] = [];
        const server = yield* loop.createServer(() => new Recorder(log), "127.0.0.1", 0, { startServing: false });
        assertFalse(server.isServing());
        yield* loop.createConnection(() => new Protocol(), "127.0.0.1", server.port);
        yield* settle();
        assertEquals(log, []);
        yield* server.startServing();
        yield* server.startServing();
        yield* settle();
        assertEquals(log, ["made"]);
        const other = yield* loop.createServer(() => new Recorder(log), "127.0.0.1", 0, { startServing: false });
        yield* loop.createConnection(() => new Protocol(), "127.0.0.1", other.port);
        other.close();
        yield* other.waitClosed();
        assert(net.streams[3]!.isClosed);
      }
    );
  });

  it("closes or aborts all clients", async () => {
    await playNet((net, loop) =>
      function* () {
        const server = yield* loop.createServer(() => new Protocol(), "127.0.0.1", 0);
        for (let i = 0; i < 3; i++) yield* loop.createConnection(() => new Protocol(), "127.0.0.1", server.port);
        server.closeClients();
        yield* settle();
        assertEquals(net.streams.filter((stream) => stream.calls.includes("close")).length, 6);
        yield* loop.createConnection(() => new Protocol(), "127.0.0.1", server.port);
        server.abortClients();
        yield* settle();
        assert(net.streams.at(-1)!.calls.includes("abort"));
        server.close();
        yield* server.waitClosed();
      }
    );
  });

  it("ends at the end of a block", async () => {
    await playNet((net, loop) =>
      function* () {
        yield* use(yield* loop.createServer(() => new Protocol(), "127.0.0.1", 0), function* (server: Server) {
          assert(server.isServing());
        });
        assertEquals(net.listening, 0);
      }
    );
  });

  it("sets what its clients' sockets were asked to have", async () => {
    await playNet((net, loop) =>
      function* () {
        const server = yield* loop.createServer(() => new Protocol(), "127.0.0.1", 0, { keepAlive: true });
        yield* loop.createConnection(() => new Protocol(), "127.0.0.1", server.port);
        assertEquals(net.streams[1]!.calls, ["keepAlive true"]);
      }
    );
  });

  it("goes on when a protocol cannot be made, and says so in debug mode", async () => {
    const reports: ExceptionContext[] = [];
    await playNet((net, loop) =>
      function* () {
        const factory = (): Protocol => {
          throw new RangeError("no protocol");
        };
        const server = yield* loop.createServer(factory, "127.0.0.1", 0);
        yield* loop.createConnection(() => new Protocol(), "127.0.0.1", server.port);
        yield* settle();
        assert(net.streams[1]!.isClosed);
        assertEquals(reports, []);
        loop.setDebug(true);
        yield* loop.createConnection(() => new Protocol(), "127.0.0.1", server.port);
        yield* settle();
        server.close();
        for (const stream of net.streams) stream.abort();
        yield* settle();
      }, reports);
    assertEquals(reports.map(({ message }) => message), ["Error on transport creation for incoming connection"]);
  });

  it("refuses wrong arguments", async () => {
    await playNet((_net, loop) =>
      function* () {
        const factory = () => new Protocol();
        const serve = loop.createServer.bind(loop) as (...args: unknown[]) => unknown;
        yield* refusal(() => serve(5, "localhost", 80), TypeError);
        yield* refusal(() => serve(factory, 5, 80), TypeError);
        yield* refusal(() => serve(factory, [], 80), RangeError);
        yield* refusal(() => serve(factory, ["a", 5], 80), TypeError);
        yield* refusal(() => serve(factory, "localhost", 65_536), RangeError);
        yield* refusal(() => serve(factory, "localhost", 80, { ssl: true }), TypeError);
        yield* refusal(() => serve(factory, "localhost", 80, { ssl: {} }), TypeError);
        yield* refusal(() => serve(factory, "localhost", 80, { sslHandshakeTimeout: 5 }), RangeError);
        yield* refusal(() => serve(factory, "localhost", 80, { backlog: 0 }), RangeError);
        yield* refusal(() => loop.createUnixServer(factory, "/tmp/" + "x".repeat(200)), RangeError);
      }
    );
  });
});
