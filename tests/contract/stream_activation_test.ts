import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawn, spawnSync } from "node:child_process";
import { type AddressInfo, createServer } from "node:net";
import { closeSync, openSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { Socket } from "@loop/asyncio/selector";
import { getRunningLoop, openConnection, OSError, Protocol, startServer, type Transport } from "../../mod.ts";
import { bytes, failure, play, REAL_ADAPTERS, text } from "./programs.ts";
import { eventually, within } from "../within.ts";

const program = "systemd-socket-activate";
const isHere = spawnSync(program, ["--version"]).status === 0;
const fixture = fileURLToPath(new URL("fixtures/activated.ts", import.meta.url));
const runtime = "Deno" in globalThis
  ? [process.execPath, "run", "--quiet", "--no-check", "--allow-all", fixture]
  : [process.execPath, fixture];

/** A port that nobody has. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<unknown>((resolve) => server.close(resolve));
  return port;
}

for (const adapter of REAL_ADAPTERS) {
  describe(`A server by "${adapter.name}" that systemd starts`, { ignore: !isHere }, () => {
    it("listens by the socket that it is passed", async () => {
      const port = await freePort();
      const child = spawn(program, ["-l", `127.0.0.1:${port}`, "--fdname=echo", "--", ...runtime, adapter.name], {
        stdio: ["ignore", "pipe", "pipe"],
      });
      let said = "";
      for (const stream of [child.stdout, child.stderr]) stream.on("data", (data: Uint8Array) => said += text(data));
      const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
      try {
        await eventually(() => said.includes("Listening on"), "systemd-socket-activate to listen", () => said);
        await play(REAL_ADAPTERS[0]!, function* () {
          const [reader, writer] = yield* openConnection("127.0.0.1", port);
          writer.write(bytes("hello\n"));
          assertEquals(text(yield* reader.read()), "echo: hello\n");
          writer.close();
        });
        assertEquals(await within(ended, "the end of the server", () => said), 0, said);
      } finally {
        child.kill("SIGKILL");
        await within(ended, "the end of systemd-socket-activate");
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

    it(
      "are refused as connections if they are no sockets",
      { ignore: !["selector", "bun"].includes(adapter.name) },
      async () => {
        await play(adapter, function* () {
          const file = openSync(fixture, "r");
          const error = yield* failure(getRunningLoop().connectAcceptedSocket(() => new Protocol(), file));
          closeSync(file);
          assert(error instanceof OSError && error.code === "ENOTSOCK", `${error}`);
          const closed = yield* failure(getRunningLoop().connectAcceptedSocket(() => new Protocol(), 987_654));
          assert(closed instanceof OSError && closed.code === "EBADF", `${closed}`);
        });
      },
    );

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
