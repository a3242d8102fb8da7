import { assert, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  DatagramProtocol,
  openConnection,
  openUnixConnection,
  Protocol,
  startServer,
  startUnixServer,
  StreamReader,
  type Transport,
} from "../../mod.ts";
import { playNet } from "./fake_net.ts";

const nothing = () => {};
const protocol = () => new Protocol();

describe("Options of sockets", () => {
  it("are refused by name of the function if they are null, a text or an array", async () => {
    await playNet((_net, loop) =>
      function* () {
        yield* loop.createServer(protocol, "127.0.0.1", 80);
        const [transport] = yield* loop.createConnection(protocol, "127.0.0.1", 80);
        const [datagrams] = yield* loop.createDatagramEndpoint(() => new DatagramProtocol(), { family: "ipv4" });
        for (const options of [null, "options", 5, []] as unknown as Record<string, never>[]) {
          const calls: Readonly<Record<string, () => unknown>> = {
            createConnection: () => loop.createConnection(protocol, "127.0.0.1", 80, options),
            createServer: () => loop.createServer(protocol, "127.0.0.1", 80, options),
            createUnixConnection: () => loop.createUnixConnection(protocol, "/tmp/x", options),
            createUnixServer: () => loop.createUnixServer(protocol, "/tmp/x", options),
            createDatagramEndpoint: () => loop.createDatagramEndpoint(() => new DatagramProtocol(), options),
            startTls: () => loop.startTls(transport, new Protocol(), true, options),
            sendfile: () => loop.sendfile(transport, "/tmp/x", options),
            getaddrinfo: () => loop.getaddrinfo("localhost", 80, options),
            openConnection: () => openConnection("127.0.0.1", 80, options),
            startServer: () => startServer(nothing, "127.0.0.1", 80, options),
            openUnixConnection: () => openUnixConnection("/tmp/x", options),
            startUnixServer: () => startUnixServer(nothing, "/tmp/x", options),
            "new StreamReader": () => new StreamReader(options),
            setWriteBufferLimits: () => transport.setWriteBufferLimits(options),
          };
          for (const [name, call] of Object.entries(calls)) {
            assertThrows(call, TypeError, `Cannot call ${name}() with `);
          }
          assertThrows(
            () => datagrams.setWriteBufferLimits(options),
            TypeError,
            "Cannot call setWriteBufferLimits() with ",
          );
        }
        const error = assertThrows(() => loop.createDatagramEndpoint(() => new DatagramProtocol()), RangeError);
        assert(error.message.startsWith("Cannot call createDatagramEndpoint() without an address"), error.message);
      }
    );
  });

  it("that are undefined are left out", async () => {
    await playNet((_net, loop) =>
      function* () {
        const server = yield* loop.createServer(protocol, "127.0.0.1", 80, undefined);
        const made: [Transport, Protocol] = yield* loop.createConnection(protocol, "127.0.0.1", 80, undefined);
        made[0].setWriteBufferLimits(undefined);
        server.close();
      }
    );
  });
});
