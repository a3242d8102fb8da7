import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { createTask, RuntimeError, sleep } from "../../mod.ts";
import { connected } from "./connected.ts";
import type { WriteStyle } from "./fake_stream.ts";
import { bytes, failure, playNet, settle, until } from "./play_net.ts";

describe("The write buffer of a transport", () => {
  for (const style of ["at once", "later"] as WriteStyle[]) {
    it(`sends the small writes of an iteration in one, if the host takes them ${style}`, async () => {
      await playNet((net, loop) =>
        function* () {
          const { near, server, transport } = yield* connected(net, loop);
          near.style = style;
          for (let i = 0; i < 100; i++) transport.write(bytes(`${i},`));
          assertEquals(near.writes, []);
          yield* settle();
          assertEquals(near.writes.length, 1);
          assertEquals(server.received, Array.from({ length: 100 }, (_, i) => `${i},`).join(""));
        }
      );
    });

    it(`keeps the order of small and large writes, if the host takes them ${style}`, async () => {
      await playNet((net, loop) =>
        function* () {
          const { near, server, transport } = yield* connected(net, loop);
          near.style = style;
          near.capacity = 777;
          let expected = "";
          for (let i = 0; i < 300; i++) {
            const piece = String.fromCharCode(97 + i % 26).repeat(i % 7 === 0 ? 20_000 : i % 50);
            expected += piece;
            transport.write(bytes(piece));
            if (i % 40 === 0) yield* sleep(0);
          }
          yield* until(() => server.received.length >= expected.length);
          assert(server.received === expected);
          assertEquals(transport.getWriteBufferSize(), 0);
        }
      );
    });
  }

  it("offers large writes together to a host that takes several at a time", async () => {
    await playNet((net, loop) =>
      function* () {
        const { near, server, transport } = yield* connected(net, loop);
        near.takeLists();
        transport.writelines([bytes("head"), bytes("a".repeat(40_000)), bytes(""), bytes("b".repeat(50_000))]);
        assertEquals(near.writes, [90_004]);
        transport.writelines([]);
        transport.writelines([bytes(""), bytes("")]);
        yield* settle();
        assertEquals(near.writes, [90_004]);
        transport.writelines([bytes("only"), bytes(" small ones")]);
        yield* settle();
        assertEquals(near.writes, [90_004, 15]);
        assertEquals(server.received, `head${"a".repeat(40_000)}${"b".repeat(50_000)}only small ones`);
      }
    );
  });

  it("offers again what is left of several arrays, wherever the host has stopped", async () => {
    await playNet((net, loop) =>
      function* () {
        const { near, server, transport } = yield* connected(net, loop);
        near.takeLists();
        near.capacity = 20_003;
        let expected = "";
        for (let i = 0; i < 200; i++) {
          const list = [i % 3, 16_384, i % 5, 17_000, 20_003 - i].map((length) => "abcde"[i % 5]!.repeat(length));
          expected += list.join("");
          transport.writelines(list.map(bytes));
          if (i % 11 === 0) transport.write(bytes("."));
          if (i % 11 === 0) expected += ".";
          if (i % 40 === 0) yield* sleep(0);
        }
        yield* until(() => server.received.length >= expected.length);
        assert(server.received === expected);
        assertEquals(transport.getWriteBufferSize(), 0);
      }
    );
  });

  it("offers no more together than a system takes", async () => {
    await playNet((net, loop) =>
      function* () {
        const { near, server, transport } = yield* connected(net, loop);
        near.takeLists();
        transport.writelines(Array.from({ length: 100 }, () => new Uint8Array(100_000)));
        yield* until(() => server.received.length === 10_000_000);
        assertEquals(near.writes.reduce((sum, length) => sum + length, 0), 10_000_000);
        assert(near.writes.every((length) => length < 1_200_000));
        assertEquals(near.writes.length, 10);
      }
    );
  });

  it("sends what an answer consists of when the data event is over, not an iteration later", async () => {
    await playNet((net, loop) =>
      function* () {
        const { near, far } = yield* connected(net, loop, [], {
          data(_data, transport) {
            transport.write(bytes("a"));
            transport.write(bytes("b"));
            assertEquals(near.writes, []);
            loop.callSoon(() => assertEquals(near.writes, [2]));
          },
        });
        far.write(bytes("?"));
        yield* settle();
        assertEquals(near.writes, [2]);
      }
    );
  });

  it("pauses the protocol above the high-water mark, not at it, and resumes it at the low one", async () => {
    await playNet((net, loop) =>
      function* () {
        const log: string[] = [];
        const { near, server, transport } = yield* connected(net, loop, log);
        log.length = 0;
        near.capacity = 0;
        server.transport.pauseReading();
        assertEquals(transport.getWriteBufferLimits(), [16_384, 65_536]);
        transport.setWriteBufferLimits({ high: 100, low: 50 });
        transport.write(new Uint8Array(100));
        assertEquals(log, []);
        transport.write(new Uint8Array(1));
        assertEquals(log, ["c.pause"]);
        assertEquals(transport.getWriteBufferSize(), 101);
        near.makeRoom(50);
        yield* settle();
        assertEquals([transport.getWriteBufferSize(), log.length], [51, 1]);
        near.makeRoom(51);
        yield* settle();
        assertEquals([transport.getWriteBufferSize(), log], [50, ["c.pause", "c.resume"]]);
      }
    );
  });

  it("resumes the protocol before it closes", async () => {
    await playNet((net, loop) =>
      function* () {
        const log: string[] = [];
        const { near, transport } = yield* connected(net, loop, log);
        log.length = 0;
        near.capacity = 0;
        transport.write(new Uint8Array(70_000));
        transport.close();
        yield* settle();
        near.makeRoom();
        yield* settle();
        assertEquals(log.filter((word) => word.startsWith("c.")).join(" "), "c.pause c.resume c.lost");
      }
    );
  });

  it("takes what resumeWriting() writes while the rest is sent after close()", async () => {
    await playNet((net, loop) =>
      function* () {
        const { near, transport, server } = yield* connected(net, loop, [], {
          resume: (transport) => transport.write(bytes("!")),
        });
        near.capacity = 0;
        transport.write(new Uint8Array(70_000));
        transport.close();
        assertThrows(() => transport.write(bytes("?")), RuntimeError);
        yield* settle();
        near.makeRoom();
        yield* settle();
        assertEquals([server.received.length, server.received.at(-1), server.error], [70_001, "!", null]);
      }
    );
  });

  it("tells the loss once when resumeWriting() closes the transport", async () => {
    await playNet((net, loop) =>
      function* () {
        const log: string[] = [];
        const { near, transport } = yield* connected(net, loop, log, { resume: (transport) => transport.close() });
        near.capacity = 0;
        transport.write(new Uint8Array(70_000));
        near.makeRoom();
        yield* settle();
        assertEquals(log.filter((word) => word === "c.lost").length, 1);
      }
    );
  });

  it("pauses at once when its mark is set below what it holds", async () => {
    await playNet((net, loop) =>
      function* () {
        const log: string[] = [];
        const { near, transport } = yield* connected(net, loop, log);
        near.capacity = 0;
        transport.write(new Uint8Array(10));
        assertFalse(log.includes("c.pause"));
        transport.setWriteBufferLimits({ high: 5 });
        assert(log.includes("c.pause"));
        assertEquals(transport.getWriteBufferLimits(), [1, 5]);
        transport.setWriteBufferLimits({ low: 5 });
        assertEquals(transport.getWriteBufferLimits(), [5, 20]);
        transport.setWriteBufferLimits();
        assertEquals(transport.getWriteBufferLimits(), [16_384, 65_536]);
      }
    );
  });

  it("tells the protocol nothing while sendfile() writes in its place, and afterwards how things are", async () => {
    await playNet((net, loop) =>
      function* () {
        const log: string[] = [];
        const { transport, near } = yield* connected(net, loop, log);
        const told = () => log.filter((word) => word === "c.pause" || word === "c.resume");
        near.capacity = 0;
        transport.setWriteBufferLimits({ high: 10 });
        const file = () => new Blob([new Uint8Array(100)]).stream();
        const sending = createTask(loop.sendfile(transport, file()));
        yield* until(() => transport.getWriteBufferSize() === 100);
        assertEquals(told(), []);
        sending.cancel();
        yield* failure(sending);
        assertEquals(told(), ["c.pause"]);
        near.makeRoom();
        yield* until(() => transport.getWriteBufferSize() === 0);
        assertEquals(told(), ["c.pause", "c.resume"]);
        assertEquals(yield* loop.sendfile(transport, file()), 100);
        assertEquals(told(), ["c.pause", "c.resume"]);
      }
    );
  });

  it("ends this side once everything is sent", async () => {
    await playNet((net, loop) =>
      function* () {
        const { near, server, transport } = yield* connected(net, loop, [], {}, { eof: () => true });
        near.capacity = 100;
        server.transport.pauseReading();
        transport.write(new Uint8Array(1000));
        transport.writeEof();
        yield* settle();
        assertFalse(near.calls.includes("endWriting"));
        server.transport.resumeReading();
        yield* settle();
        assertEquals(near.calls.filter((call) => call === "endWriting").length, 1);
        assertEquals(server.received.length, 1000);
      }
    );
  });
});
