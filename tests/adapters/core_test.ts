import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { connect, createServer } from "node:net";
import { ADAPTERS } from "./adapters.ts";

for (const adapter of ADAPTERS) {
  describe(`The ${adapter.name} adapter`, () => {
    const timer = (delay: number) => new Promise<void>((resolve) => adapter.setTimer(delay, resolve));

    it("has a clock that never goes back", async () => {
      const before = adapter.now();
      await timer(2);
      const after = adapter.now();
      assert(after > before);
    });

    it("hop() calls back later, after the microtasks", async () => {
      const order: string[] = [];
      const hopped = new Promise<void>((resolve) =>
        adapter.hop(() => {
          order.push("hop");
          resolve();
        })
      );
      let microtasks = Promise.resolve();
      for (let i = 0; i < 10; i++) microtasks = microtasks.then(() => void order.push(`microtask ${i}`));
      order.push("synchronous");
      await hopped;
      assertEquals(order, ["synchronous", ...Array.from({ length: 10 }, (_, i) => `microtask ${i}`), "hop"]);
    });

    it("hop() may be called from its own callback without end", async () => {
      let hops = 0;
      await new Promise<void>((resolve) => {
        const next = (): void => ++hops < 20_000 ? adapter.hop(next) : resolve();
        adapter.hop(next);
      });
      assertEquals(hops, 20_000);
    });

    it("hop() lets sockets go on between turns that work for a millisecond each", async () => {
      const ECHOES = 10;
      let hops = 0;
      let echoes = 0;
      let spinning = true;
      const spin = (): void => {
        hops++;
        for (const until = adapter.now() + 1; adapter.now() < until;);
        if (spinning) adapter.hop(spin);
      };

      const server = createServer((socket) => socket.pipe(socket));
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const address = server.address();
      const client = connect(typeof address === "object" ? address!.port : 0, "127.0.0.1");
      await new Promise<void>((resolve) => client.once("connect", resolve));
      const done = new Promise<void>((resolve) =>
        client.on("data", () => ++echoes < ECHOES ? void client.write("x") : resolve())
      );
      adapter.hop(spin);
      client.write("x");
      await done;
      spinning = false;
      client.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await new Promise<void>((resolve) => adapter.hop(resolve));

      // An echo takes a look at the server's socket and one at the client's. A host that looks once in sixty turns
      // would need twelve hundred of them.
      assert(hops < 600, `${ECHOES} echoes took ${hops} turns`);
    });

    it("hop() lets timers go on between turns that have work", async () => {
      let hops = 0;
      let spinning = true;
      const spin = (): void => {
        if (++hops < 1_000_000 && spinning) adapter.hop(spin);
      };
      adapter.hop(spin);
      await timer(5);
      spinning = false;
      await new Promise<void>((resolve) => adapter.hop(resolve));
      assert(hops < 1_000_000);
    });

    it("setTimer() calls back once, whatever the fraction of its delay", async () => {
      let calls = 0;
      for (const delay of [0, 0.25, 1, 1.5]) adapter.setTimer(delay, () => calls++);
      await timer(20);
      assertEquals(calls, 4);
    });

    it("setTimer() calls back in the order of the deadlines", async () => {
      for (let attempt = 0; attempt < 100; attempt++) {
        const order: number[] = [];
        const start = adapter.now();
        const timers = [30, 5, 15].map((delay) =>
          new Promise<void>((resolve) =>
            adapter.setTimer(delay, () => {
              order.push(delay);
              resolve();
            })
          )
        );
        const took = adapter.now() - start;
        await Promise.all(timers);
        // On a busy machine the last one may have been set so late that its deadline is the last one too.
        if (took < 5) return assertEquals(order, [5, 15, 30]);
      }
      throw new Error("The machine was too busy to set three timers within 5 ms a hundred times.");
    });

    it("setTimer() waits with a delay that is more than the host can count", async () => {
      let calls = 0;
      const timers = [2 ** 31 - 1, 2 ** 31, 2 ** 40].map((delay) => adapter.setTimer(delay, () => calls++));
      await timer(5);
      assertEquals(calls, 0);
      for (const timer of timers) adapter.clearTimer(timer);
    });

    it("clearTimer() forgets a timer, also one that is due in the same turn", async () => {
      let calls = 0;
      const second = adapter.setTimer(5, () => calls++);
      adapter.clearTimer(second);
      await timer(10);
      assertEquals(calls, 0);
    });

    it("keepAlive() leaves nothing behind once it was released, also twice", () => {
      const release = adapter.keepAlive();
      release();
      release();
    });
  });
}
