import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawn, spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { selectorAdapter, Socket } from "@loop/asyncio/selector";
import {
  type Coroutine,
  EventLoop,
  fromPromise,
  getRunningLoop,
  openConnection,
  openUnixConnection,
  OSError,
  Protocol,
  RuntimeError,
  sleep,
  startServer,
  type Transport,
  waitFor,
} from "../../mod.ts";
import { connected } from "../adapters/selector/connected.ts";
import { bytes, failure, play, REAL_ADAPTERS, text } from "./programs.ts";
import { freePort } from "../free_port.ts";
import { eventually, PATIENCE, within } from "../within.ts";

const program = "systemd-socket-activate";
const isHere = spawnSync(program, ["--version"]).status === 0;
const fixture = fileURLToPath(new URL("fixtures/activated.ts", import.meta.url));
const runtime = "Deno" in globalThis
  ? [process.execPath, "run", "--quiet", "--no-check", "--allow-all", fixture]
  : [process.execPath, fixture];

/** A socket for datagrams, and its descriptor. */
async function datagrams(): Promise<{ readonly fd: number; [Symbol.dispose](): void }> {
  if ("Deno" in globalThis || "Bun" in globalThis) return new Socket({ type: "datagram" });
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, resolve));
  const { fd } = (socket as unknown as { readonly _handle: { readonly fd: number } })._handle;
  return { fd, [Symbol.dispose]: () => void socket.close() };
}

for (const adapter of REAL_ADAPTERS) {
  describe(`A server by "${adapter.name}" that systemd starts`, { ignore: !isHere }, () => {
    async function listens(at: string, connect: () => ReturnType<typeof openConnection>): Promise<void> {
      const child = spawn(program, ["-l", at, "--fdname=echo", "--", ...runtime, adapter.name], {
        stdio: ["ignore", "pipe", "pipe"],
      });
      let said = "";
      for (const stream of [child.stdout, child.stderr]) stream.on("data", (data: Uint8Array) => said += text(data));
      const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
      try {
        await eventually(() => said.includes("Listening on"), "systemd-socket-activate to listen", () => said);
        await play(REAL_ADAPTERS[0]!, function* () {
          const [reader, writer] = yield* connect();
          writer.write(bytes("hello\n"));
          const answer = yield* waitFor(reader.read(), PATIENCE);
          assertEquals(text(answer), "echo: hello\n");
          writer.close();
        });
        assertEquals(await within(ended, "the end of the server", () => said), 0, said);
      } finally {
        child.kill("SIGKILL");
        await within(ended, "the end of systemd-socket-activate");
      }
    }

    it("listens by the socket that it is passed", async () => {
      const port = await freePort();
      await listens(`127.0.0.1:${port}`, () => openConnection("127.0.0.1", port));
    });

    it("listens by a Unix socket that it is passed", async () => {
      const folder = mkdtempSync("/tmp/la-");
      try {
        await listens(`${folder}/socket`, () => openUnixConnection(`${folder}/socket`));
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  });

  describe(`Descriptors by "${adapter.name}"`, () => {
    it("are refused by a server beside an address, or if they are none", async () => {
      await play(adapter, function* () {
        const beside = yield* failure(startServer(() => {}, "127.0.0.1", 0, { fd: 3 }));
        assert(beside instanceof RangeError && beside.message.includes("has its own"), `${beside}`);
        const wrong = yield* failure(startServer(() => {}, null, 0, { fd: "3" as unknown as number }));
        assert(wrong instanceof TypeError, `${wrong}`);
      });
    });

    for (const where of ["connectAcceptedSocket", "createServer"] as const) {
      it(`are refused by ${where}() if they are no sockets, and left alone`, async () => {
        await play(adapter, function* () {
          const loop = getRunningLoop();
          const make = () => new Protocol();
          const attempt = (fd: number): Coroutine<unknown> => {
            return failure(
              where === "createServer"
                ? loop.createServer(make, null, 0, { fd })
                : loop.connectAcceptedSocket(make, fd),
            );
          };
          const folder = fileURLToPath(new URL(".", import.meta.url));
          for (const path of [fixture, folder, "/dev/null"]) {
            const fd = openSync(path, "r");
            const error = yield* attempt(fd);
            assert(error instanceof OSError && error.code === "ENOTSOCK", `${path}: ${error}`);
            closeSync(fd);
          }
          const closed = yield* attempt(987_654);
          // With less than all permissions Deno tells nothing of what it has not opened.
          const codes = "Deno" in globalThis ? ["EBADF", "EINVAL"] : ["EBADF"];
          assert(closed instanceof OSError && codes.includes(closed.code), `${closed}`);
        });
      });
    }

    // Bun takes a socket for datagrams for a connection.
    const takesAll = "Bun" in globalThis && adapter.name !== "selector";
    it("of datagrams are refused as what they are", { ignore: takesAll }, async () => {
      using socket = await datagrams();
      await play(adapter, function* () {
        const error = yield* failure(getRunningLoop().connectAcceptedSocket(() => new Protocol(), socket.fd));
        // With less than all permissions Deno tells nothing of what it has not opened.
        assert(error instanceof Error && error.message.includes("carries datagrams"), `${error}`);
      });
    });

    it("that the runtime has are refused by it", { ignore: adapter.name !== "bun" }, async () => {
      const loop = new EventLoop({ adapter: selectorAdapter() });
      const [client, server] = await loop.runUntilComplete(connected(loop));
      loop.close();
      const { fd } = server;
      await play(adapter, function* () {
        const [transport] = yield* getRunningLoop().connectAcceptedSocket(() => new Protocol(), server);
        const net = yield* fromPromise(adapter.net!());
        const error = yield* failure(fromPromise(net.adoptStream!(fd, null)));
        assert(error instanceof OSError && error.message.includes("the runtime has it already"), `${error}`);
        transport.close();
        client.close();
      });
    });

    it(
      "that cannot listen are refused, and are still their owner's",
      { ignore: adapter.name !== "selector" },
      async () => {
        await play(adapter, function* () {
          const loop = getRunningLoop();
          const [end, server] = yield* connected(loop);
          using client = end;
          using datagram = new Socket({ type: "datagram" });
          for (const socket of [client, datagram]) {
            const { fd } = socket;
            const error = yield* failure(loop.createServer(() => new Protocol(), null, 0, { fd: socket }));
            assert(
              error instanceof OSError && error.message.includes("it is connected, carries datagrams"),
              `${error}`,
            );
            assertEquals(socket.fd, fd);
          }
          const refused = yield* failure(loop.connectAcceptedSocket(() => new Protocol(), datagram));
          assert(refused instanceof RangeError, `${refused}`);
          // Both are as they were.
          yield* loop.sockSendall(client, bytes("still here"));
          assertEquals(text(yield* loop.sockRecv(server as Socket, 100)), "still here");
          datagram.bind(["127.0.0.1", 0]);
          server.close();
        });
      },
    );

    it("of a socket that is taken over are closed once, whatever their owner does", {
      ignore: adapter.name !== "selector",
    }, async () => {
      await play(adapter, function* () {
        const loop = getRunningLoop();
        const listening = new Socket();
        listening.bind(["127.0.0.1", 0]);
        const { port, fd } = listening;
        const waits = loop.createTask(loop.sockAccept(listening));
        listening.listen();
        yield* sleep(0);
        // By its number: nobody else knows that it has an owner.
        const server = yield* loop.createServer(() => new Protocol(), null, 0, { fd });
        const busy = yield* failure(waits);
        assert(busy instanceof RuntimeError, `${busy}`);
        listening.close();
        const [transport] = yield* loop.createConnection(() => new Protocol(), "127.0.0.1", port);
        transport.abort();
        server.close();
        yield* server.waitClosed();
        const gone = yield* failure(loop.createServer(() => new Protocol(), null, 0, { fd }));
        assert(gone instanceof OSError && gone.code === "EBADF", `${gone}`);
      });
    });

    // Only there is a socket that lets go of its descriptor.
    it(
      "of connections that were accepted by hand are taken over",
      { ignore: adapter.name !== "selector" },
      async () => {
        await play(adapter, function* () {
          const loop = getRunningLoop();
          const listening = new Socket();
          listening.bind(["127.0.0.1", 0]);
          listening.listen();
          const [reader, writer] = yield* openConnection("127.0.0.1", listening.port);
          const [server] = yield* loop.sockAccept(listening);
          class Shout extends Protocol {
            #transport!: Transport;
            override connectionMade(transport: Transport) {
              this.#transport = transport;
            }
            override dataReceived(data: Uint8Array) {
              this.#transport.write(bytes(text(data).toUpperCase()));
              this.#transport.close();
            }
          }
          const [transport] = yield* loop.connectAcceptedSocket(() => new Shout(), server);
          assertEquals(server.fd, -1);
          assertEquals(transport.getExtraInfo("peername"), writer.getExtraInfo("sockname"));
          writer.write(bytes("hello"));
          assertEquals(text(yield* reader.read()), "HELLO");
          writer.close();
          listening.close();
        });
      },
    );
  });
}
