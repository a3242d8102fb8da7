import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  DatagramProtocol,
  type EventLoop,
  openConnection,
  openUnixConnection,
  Protocol,
  startServer,
  startUnixServer,
  StreamReader,
  type Transport,
} from "../../mod.ts";
import { failure, playNet, refusal } from "./play_net.ts";

const nothing = () => {};
const protocol = () => new Protocol();

/** Every function that takes options of sockets, by its name in messages. */
function callsWith(loop: EventLoop, transport: Transport, options: Record<string, never>) {
  return Object.entries<() => unknown>({
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
  });
}

describe("Options of sockets", () => {
  it("are refused by name of the function if they are null, a text or an array", async () => {
    await playNet((_net, loop) =>
      function* () {
        yield* loop.createServer(protocol, "127.0.0.1", 80);
        const [transport] = yield* loop.createConnection(protocol, "127.0.0.1", 80);
        const [datagrams] = yield* loop.createDatagramEndpoint(() => new DatagramProtocol(), { family: "ipv4" });
        for (const options of [null, "options", 5, []] as unknown as Record<string, never>[]) {
          for (const [name, call] of callsWith(loop, transport, options)) {
            yield* refusal(call, TypeError, `Cannot call ${name}() with `);
          }
          assertThrows(
            () => datagrams.setWriteBufferLimits(options),
            TypeError,
            "Cannot call setWriteBufferLimits() with ",
          );
        }
        const error = yield* refusal(() => loop.createDatagramEndpoint(() => new DatagramProtocol()), RangeError);
        assert(error.message.startsWith("Cannot call createDatagramEndpoint() without an address"), error.message);
      }
    );
  });

  it("are refused if they are unknown: nothing would heed them", async () => {
    await playNet((_net, loop) =>
      function* () {
        yield* loop.createServer(protocol, "127.0.0.1", 80);
        const [transport] = yield* loop.createConnection(protocol, "127.0.0.1", 80);
        for (const [name, call] of callsWith(loop, transport, { timeOut: 5 as never })) {
          yield* refusal(
            call,
            TypeError,
            `Cannot call ${name}() with the unknown option "timeOut". The options are `,
          );
        }
        yield* refusal(
          () => loop.getaddrinfo("localhost", 80, { Family: "ipv4" } as never),
          TypeError,
          "The options are family.",
        );
        yield* refusal(
          () => loop.createConnection(protocol, "127.0.0.1", 80, { limit: 5 } as never),
          TypeError,
          'the unknown option "limit"',
        );
        yield* refusal(
          () => openConnection("127.0.0.1", 80, { ssl: { certificate: "" } as never }),
          TypeError,
          'Cannot speak TLS with the unknown option "certificate"',
        );
        yield* loop.createConnection(protocol, "127.0.0.1", 80, { timeOut: undefined } as never);
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

describe("What makes a protocol", () => {
  class Stepped extends Protocol {
    override *dataReceived(): Generator<never, void> {}
  }
  class Awaited extends Protocol {
    override async dataReceived(): Promise<void> {}
  }
  class Datagrams extends DatagramProtocol {
    override async datagramReceived(): Promise<void> {}
  }

  it("is no class: that cannot be called", async () => {
    await playNet((_net, loop) =>
      function* () {
        const error = yield* refusal(() => loop.createServer(Protocol as never, "127.0.0.1", 80), TypeError);
        assertEquals(
          error.message,
          "Cannot call createServer() with the class Protocol as its protocol factory: classes are not called. " +
            "Write () => new Protocol().",
        );
        yield* refusal(
          () => startServer(Stepped as never, "127.0.0.1", 80),
          TypeError,
          "the class Stepped as its handler",
        );
      }
    );
  });

  it("gives none whose methods are coroutines: nobody would run or await them", async () => {
    await playNet((_net, loop) =>
      function* () {
        yield* loop.createServer(protocol, "127.0.0.1", 80);
        const stepped = (yield* failure(loop.createConnection(() => new Stepped(), "127.0.0.1", 80))) as Error;
        assertEquals(
          stepped.message,
          "Cannot use a value of type Stepped as a protocol: its dataReceived() is a generator function, which nobody " +
            "would run. Make it a plain one; createTask() in it starts what has to wait.",
        );
        const [transport] = yield* loop.createConnection(protocol, "127.0.0.1", 80);
        assertThrows(() => transport.setProtocol(new Awaited()), TypeError, "its dataReceived() is an async function");
        const datagrams =
          (yield* failure(loop.createDatagramEndpoint(() => new Datagrams(), { family: "ipv4" }))) as Error;
        assert(datagrams instanceof TypeError);
        transport.close();
      }
    );
  });
});
