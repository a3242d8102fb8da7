/**
 * Descriptors that are watched and become somebody else's, or nobody's.
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { platform } from "node:os";
import { selectorAdapter } from "@loop/asyncio/selector";
import { createTask, EventLoop, OSError, Protocol, run, RuntimeError, sleep, type TaskSource } from "../../../mod.ts";
import { bytes, text } from "../../text.ts";
import { within } from "../../within.ts";
import { connected } from "./connected.ts";
import { Program } from "./program.ts";

const ignore = platform() !== "linux" || !("Deno" in globalThis || "Bun" in globalThis);

async function play(main: (loop: EventLoop) => TaskSource<void> | (() => Promise<void>)): Promise<void> {
  const loop = new EventLoop({ adapter: selectorAdapter() });
  await within(run(main(loop), { loopFactory: () => loop }), "the end of a program on the selector");
}

/** What it is told. */
class Told extends Protocol {
  readonly lost = Promise.withResolvers<Error | null>();
  came = "";

  override dataReceived(data: Uint8Array): void {
    this.came += text(data);
  }

  override connectionLost(error: Error | null): void {
    this.lost.resolve(error);
  }
}

describe("A Socket with a callback", { ignore }, () => {
  it("closes without a call of it, and the callback can be removed afterwards, as in CPython", async () => {
    await play(function* (loop) {
      const [client, server] = yield* connected(loop);
      let calls = 0;
      loop.addReader(server, () => calls++);
      loop.addWriter(client, () => loop.removeWriter(client));
      yield* sleep(1);
      server.close();
      yield* sleep(5);
      assertEquals([calls, loop.removeReader(server)], [0, true]);
      assertThrows(() => loop.removeReader(server), RangeError, "One that is closed has none");
      client.close();
    });
  });

  for (const what of ["connectAcceptedSocket", "connectReadPipe"] as const) {
    it(`goes over to the transport of ${what}(), and the callback is called no more`, async () => {
      await play((loop) => async () => {
        const [client, server] = await createTask(connected(loop));
        // The number alone: nothing tells the loop that it is the same socket.
        const fd = server.detach();
        let calls = 0;
        loop.addReader(fd, () => calls++);
        loop.addWriter(fd, () => calls--);
        loop.removeWriter(fd);
        const [transport, told] = await loop[what](() => new Told(), fd);
        assertThrows(() => loop.addReader(fd, () => {}), RuntimeError, "belongs to a transport");
        await loop.sockSendall(client, bytes("all of it"));
        client.close();
        assertEquals([await told.lost.promise, told.came, calls], [null, "all of it", 0]);
        transport.close();
      });
    });
  }

  it("is the transport's alone until that closes, as in CPython", async () => {
    await play(function* (loop) {
      const [client, socket] = yield* connected(loop);
      const fd = socket.detach();
      const [transport] = yield* loop.connectAcceptedSocket(() => new Told(), fd);
      for (const remove of ["removeReader", "removeWriter"] as const) {
        assertThrows(() => loop[remove](fd), RuntimeError, `Cannot call ${remove}() with descriptor ${fd}: it belongs`);
      }
      // It is open until this is sent.
      transport.write(new Uint8Array(16 << 20));
      transport.close();
      assertEquals([loop.removeReader(fd), loop.removeWriter(fd)], [false, false]);
      transport.abort();
      yield* sleep(1);
      assertEquals(loop.removeReader(fd), false);
      client.close();
    });
  });

  it("goes over while a call waits for it, which fails", async () => {
    await play((loop) => async () => {
      const [client, server] = await createTask(connected(loop));
      const waiting = createTask(loop.sockRecv(server, 10));
      await sleep(1);
      const [transport, told] = await loop.connectAcceptedSocket(() => new Told(), server);
      const error = await waiting.catch((error: unknown) => error);
      assert(error instanceof OSError && error.code === "EBADF", `${error}`);
      await loop.sockSendall(client, bytes("x"));
      client.close();
      await told.lost.promise;
      assertEquals(told.came, "x");
      transport.close();
    });
  });
});

describe("The selector of a loop", { ignore }, () => {
  it("stays open while nobody holds a descriptor, and is closed with the loop", async () => {
    using program = new Program("selector_kept.ts");
    assertEquals(await program.end(), "1 1 1 0 1 0");
  });
});

describe("The first pipe of a program", { ignore }, () => {
  it("is closed when its protocol has lost it", async () => {
    using program = new Program("selector_first_pipe.ts");
    assertEquals(await program.end(), "closed");
  });
});
