import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { SocketAddress } from "../../mod.ts";
import type { StreamEvents } from "../../src/adapters/adapter.ts";
import { BunStream } from "../../src/adapters/bun/stream.ts";
import type { BunSocket } from "../../src/adapters/bun/types.ts";
import type { SocketTransport } from "../../src/net/socket_transport.ts";
import { bytes, playNet, settle, text } from "./play_net.ts";
import { Recorder } from "./recorder.ts";

describe("A host that tells data in a task of its own for each socket", () => {
  it("has it handled before that task goes on, if the loop has nothing else to do", async () => {
    await playNet((net, loop) =>
      function* () {
        const server = new Recorder();
        const listener = yield* loop.createServer(() => server, "127.0.0.1", 0);
        yield* loop.createConnection(() => new Recorder(), "127.0.0.1", listener.port);
        yield* settle();
        Object.assign(net.streams[1]!, { tellsInTasks: true });
        const { incoming } = server.transport as SocketTransport;
        const done = loop.createFuture<string[]>();
        // The turn in which this is written is over by then.
        queueMicrotask(() => {
          incoming.data(bytes("one "));
          const first = server.received;
          incoming.data(bytes("two"));
          done.setResult([first, server.received]);
        });
        assertEquals(yield* done, ["one ", "one two"]);
      }
    );
  });

  it("has it wait for the turn that the loop is in", async () => {
    await playNet((net, loop) =>
      function* () {
        const server = new Recorder();
        const listener = yield* loop.createServer(() => server, "127.0.0.1", 0);
        yield* loop.createConnection(() => new Recorder(), "127.0.0.1", listener.port);
        yield* settle();
        Object.assign(net.streams[1]!, { tellsInTasks: true });
        (server.transport as SocketTransport).incoming.data(bytes("one"));
        assertEquals(server.received, "");
        yield* settle();
        assertEquals(server.received, "one");
      }
    );
  });
});

/** A stream on a socket that only notes what is asked of it, and what has come before anybody listened. */
function streamThatHolds(...words: readonly string[]): BunStream {
  const nothing = (): void => {};
  const address: SocketAddress = { family: "ipv4", address: "127.0.0.1", port: 1 };
  const socket = { data: null, pause: nothing, resume: nothing, terminate: nothing } as unknown as BunSocket;
  const stream = new BunStream(socket, { localAddress: address, remoteAddress: address }, null);
  for (const word of words) stream.onData(bytes(word));
  return stream;
}

/** Notes what is told. */
function events(log: string[], data: (word: string) => void = () => {}): StreamEvents {
  return {
    data: (piece) => {
      log.push(text(piece));
      data(text(piece));
    },
    end: () => void log.push("end"),
    drain: () => {},
    closed: () => void log.push("closed"),
  };
}

describe("What a stream of Bun has held back", () => {
  it("goes on being held if reading is paused by the first piece of it", async () => {
    const stream = streamThatHolds("one", "two");
    const log: string[] = [];
    stream.start(events(log, (word) => word === "one" && stream.pauseReading()));
    stream.onEnd();
    await Promise.resolve();
    assertEquals(log, ["one"]);
    stream.resumeReading();
    await Promise.resolve();
    assertEquals(log, ["one", "two", "end"]);
  });

  it("goes to whoever takes the stream over with the first piece of it", async () => {
    const stream = streamThatHolds("one", "two");
    const [before, after]: [string[], string[]] = [[], []];
    stream.start(events(before, () => {
      stream.silence();
      stream.tellTo(events(after));
    }));
    await Promise.resolve();
    await Promise.resolve();
    assertEquals([before, after], [["one"], ["two"]]);
  });
});
