import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { DatagramProtocol, type DatagramTransport, OSError, RuntimeError, type SocketAddress } from "../../mod.ts";
import { bytes, failure, playNet, refusal, settle, text, warningsOf } from "./play_net.ts";

class Recorder extends DatagramProtocol {
  readonly log: string[] = [];
  transport!: DatagramTransport;
  from: SocketAddress | null = null;
  override connectionMade(transport: DatagramTransport) {
    this.transport = transport;
    this.log.push("made");
  }
  override datagramReceived(data: Uint8Array, address: SocketAddress) {
    this.log.push(`data ${text(data)}`);
    this.from = address;
  }
  override errorReceived(error: Error) {
    this.log.push(`error ${(error as OSError).code}`);
  }
  override connectionLost(error: Error | null) {
    this.log.push(`lost ${error}`);
  }
  override pauseWriting() {
    this.log.push("pause");
  }
  override resumeWriting() {
    this.log.push("resume");
  }
}

describe("A datagram transport", () => {
  it("sends datagrams, empty ones too, and answers to where they came from", async () => {
    await playNet((_net, loop) =>
      function* () {
        const [server, heard] = yield* loop.createDatagramEndpoint(() => new Recorder(), {
          localAddr: ["127.0.0.1", 0],
        });
        const { port } = server.getExtraInfo("sockname") as { port: number };
        const [client, answers] = yield* loop.createDatagramEndpoint(() => new Recorder(), {
          remoteAddr: ["127.0.0.1", port],
        });
        client.sendto(bytes("one"));
        client.sendto(new Uint8Array(0));
        client.sendto(bytes("two"), ["127.0.0.1", port]);
        yield* settle();
        assertEquals(heard.log, ["made", "data one", "data ", "data two"]);
        server.sendto(bytes("answer"), heard.from);
        yield* settle();
        assertEquals(answers.log, ["made", "data answer"]);
        client.close();
        client.close();
        assert(client.isClosing());
        yield* settle();
        assertEquals(answers.log.at(-1), "lost null");
      }
    );
  });

  it("queues what the system has no room for, with water marks, and sends it before it closes", async () => {
    await playNet((net, loop) =>
      function* () {
        const [, heard] = yield* loop.createDatagramEndpoint(() => new Recorder(), { localAddr: ["127.0.0.1", 7000] });
        const [client, told] = yield* loop.createDatagramEndpoint(() => new Recorder(), {
          localAddr: ["127.0.0.1", 0],
        });
        const socket = net.datagrams[1]!;
        client.setWriteBufferLimits({ high: 22, low: 11 });
        assertEquals(client.getWriteBufferLimits(), [11, 22]);
        socket.room = false;
        client.sendto(bytes("abc"), ["127.0.0.1", 7000]);
        client.sendto(bytes("def"), ["127.0.0.1", 7000]);
        assertEquals([client.getWriteBufferSize(), told.log.length], [22, 1]);
        client.sendto(bytes(""), ["127.0.0.1", 7000]);
        assertEquals(told.log, ["made", "pause"]);
        client.close();
        assertThrows(() => client.sendto(bytes("late"), ["127.0.0.1", 7000]), RuntimeError, "after close()");
        yield* settle();
        socket.room = true;
        socket.events.drain();
        yield* settle();
        assertEquals(heard.log, ["made", "data abc", "data def", "data "]);
        assertEquals(told.log, ["made", "pause", "resume", "lost null"]);
      }
    );
  });

  it("stays open when sending fails, and tells the protocol", async () => {
    await playNet((_net, loop) =>
      function* () {
        const [client, told] = yield* loop.createDatagramEndpoint(() => new Recorder(), {
          remoteAddr: ["127.0.0.1", 9],
        });
        client.sendto(new Uint8Array(70_000));
        client.sendto(bytes("x"));
        yield* settle();
        assertEquals(told.log, ["made", "error EMSGSIZE", "error ECONNREFUSED"]);
        client.abort();
        client.sendto(bytes("dropped"));
        yield* settle();
        assertEquals(told.log.at(-1), "lost null");
      }
    );
  });

  it("refuses addresses that are none, and those of another family, at the call", async () => {
    await playNet((_net, loop) =>
      function* () {
        const [client, told] = yield* loop.createDatagramEndpoint(() => new Recorder(), {
          localAddr: ["127.0.0.1", 0],
        });
        const none = [["999.1.1.1", 9], ["::::", 9], ["1.2.3", 9], { family: "ipv4", address: "localhost", port: 9 }, {
          family: "unix",
          path: 5,
        }];
        for (const address of none) {
          assertThrows(() => client.sendto(bytes("x"), address as [string, number]), TypeError, "Cannot send to ");
        }
        assertThrows(() => client.sendto(bytes("x"), ["127.0.0.1", 0]), RangeError, "port 0");
        assertThrows(() => client.sendto(bytes("x"), ["::1", 9]), RangeError, 'of the family "ipv6"');
        const path = { family: "unix", path: "/tmp/socket" } as const;
        assertThrows(() => client.sendto(bytes("x"), path), RangeError, 'of the family "unix"');
        assertThrows(() => client.sendto(bytes("x"), "127.0.0.1"), TypeError, "give [address, port]");
        client.sendto(bytes("x"), { family: "ipv6", address: "127.0.0.1", port: 9 });
        yield* settle();
        assertEquals(told.log, ["made", "error ECONNREFUSED"]);
        yield* refusal(
          () => loop.createDatagramEndpoint(() => new Recorder(), { remoteAddr: ["127.0.0.1", 0] }),
          RangeError,
          "port 0 in remoteAddr",
        );
      }
    );
  });

  it("drops what is sent after the socket broke, and warns from the fifth time on", async () => {
    const warnings = await warningsOf(() =>
      playNet((net, loop) =>
        function* () {
          const [client] = yield* loop.createDatagramEndpoint(() => new Recorder(), { remoteAddr: ["127.0.0.1", 9] });
          net.datagrams[0]!.events.closed(new OSError("It is gone.", { code: "EIO" }));
          for (let i = 0; i < 6; i++) client.sendto(bytes("x"));
          yield* settle();
        }
      )
    );
    assertEquals(warnings.length, 2);
  });

  it("takes what resumeWriting() sends while the queue is sent after close()", async () => {
    await playNet((net, loop) =>
      function* () {
        const [, heard] = yield* loop.createDatagramEndpoint(() => new Recorder(), { localAddr: ["127.0.0.1", 7000] });
        class Last extends Recorder {
          override resumeWriting() {
            this.transport.sendto(bytes("last"), ["127.0.0.1", 7000]);
          }
        }
        const [client] = yield* loop.createDatagramEndpoint(() => new Last(), { localAddr: ["127.0.0.1", 0] });
        const socket = net.datagrams[1]!;
        client.setWriteBufferLimits({ high: 5 });
        socket.room = false;
        client.sendto(bytes("first"), ["127.0.0.1", 7000]);
        client.close();
        yield* settle();
        socket.room = true;
        socket.events.drain();
        yield* settle();
        assertEquals(heard.log, ["made", "data first", "data last"]);
      }
    );
  });

  it("sends to the remote address also if it may broadcast, and is then connected to nobody", async () => {
    await playNet((_net, loop) =>
      function* () {
        const [, heard] = yield* loop.createDatagramEndpoint(() => new Recorder(), { localAddr: ["127.0.0.1", 7000] });
        const [client] = yield* loop.createDatagramEndpoint(() => new Recorder(), {
          remoteAddr: ["127.0.0.1", 7000],
          allowBroadcast: true,
        });
        client.sendto(bytes("abc"));
        yield* settle();
        assertEquals(heard.log, ["made", "data abc"]);
        assertEquals(client.getExtraInfo("peername"), null);
        assertThrows(() => client.sendto(bytes("x"), ["127.0.0.1", 10]), RangeError);
      }
    );
  });

  it("refuses wrong arguments, and stays unharmed", async () => {
    await playNet((_net, loop) =>
      function* () {
        const open = loop.createDatagramEndpoint.bind(loop) as (...args: unknown[]) => unknown;
        yield* refusal(() => open(() => new Recorder(), {}), RangeError);
        yield* refusal(() => open(5, { family: "ipv4" }), TypeError);
        yield* refusal(() => open(() => new Recorder(), { localAddr: ["127.0.0.1"] }), TypeError);
        yield* refusal(() => open(() => new Recorder(), { localAddr: ["127.0.0.1", 70_000] }), RangeError);
        yield* refusal(() => open(() => new Recorder(), { family: "unix", localAddr: ["x", 1] }), TypeError);
        const [client] = yield* loop.createDatagramEndpoint(() => new Recorder(), { remoteAddr: ["127.0.0.1", 9] });
        const untyped = client as unknown as { sendto(...args: unknown[]): void };
        assertThrows(() => untyped.sendto("text"), TypeError);
        assertThrows(() => client.sendto(bytes("x"), ["127.0.0.1", 10]), RangeError);
        assertThrows(() => untyped.sendto(bytes("x"), 5), TypeError);
        assertThrows(() => client.sendto(bytes("x"), ["localhost", 9]), TypeError);
        assertThrows(() => client.sendto(bytes("x"), ["127.0.0.1", 65_536]), RangeError);
        assertThrows(() => client.sendto(bytes("x"), { family: "ipv4", address: "127.0.0.1", port: -1 }), RangeError);
        const [free] = yield* loop.createDatagramEndpoint(() => new Recorder(), { family: "ipv4" });
        assertThrows(() => free.sendto(bytes("x")), TypeError);
        const mixed = { localAddr: ["127.0.0.1", 0], remoteAddr: ["::1", 9] } as const;
        assert((yield* failure(loop.createDatagramEndpoint(() => new Recorder(), mixed))) instanceof RangeError);
      }
    );
  });
});
