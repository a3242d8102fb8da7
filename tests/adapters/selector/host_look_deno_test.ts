import { assert } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type Coroutine, EventLoop, fromPromise, getRunningLoop, run, sleep } from "../../../mod.ts";
import { selectorAdapter, Socket } from "../../../src/adapters/selector/mod.ts";

const local = "127.0.0.1";

/** What busy sockets have for one turn of the loop, in milliseconds. */
const BUSY = 1;

describe("A descriptor of the selector that is always ready", { ignore: Deno.build.os !== "linux" }, () => {
  it("has the runtime look at its own sockets after each turn that took long", async () => {
    const took: number[] = [];
    await run(function* (): Coroutine<void> {
      const loop = getRunningLoop();
      const listener = Deno.listen({ hostname: local, port: 0 });
      const { port } = listener.addr as Deno.NetAddr;
      const connected = Promise.all([listener.accept(), Deno.connect({ hostname: local, port })]);
      const [accepted, client] = yield* fromPromise(connected);
      using busy = new Socket({ type: "datagram" });
      busy.bind([local, 0]);
      busy.sendto(new Uint8Array(1), busy.localAddress!);
      let turns = 0;
      loop.addReader(busy, () => {
        turns++;
        for (const until = performance.now() + BUSY; performance.now() < until;);
      });
      for (let i = 0; i < 10; i++) {
        const read = accepted.read(new Uint8Array(1));
        // It waits by then, so Deno has to look.
        yield* sleep(5);
        turns = 0;
        yield* fromPromise(client.write(new Uint8Array(1)));
        yield* fromPromise(read);
        took.push(turns);
      }
      loop.removeReader(busy);
      for (const one of [accepted, client, listener]) one.close();
    }, { loopFactory: () => new EventLoop({ adapter: selectorAdapter() }) });
    // The write takes one of them.
    assert(Math.max(...took) <= 3, `the bytes came after ${took} turns`);
  });
});
