import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { setImmediate } from "node:timers";
import { BaseEventLoop, sleep } from "../../mod.ts";
import { VirtualAdapter } from "../../src/testing/virtual_adapter.ts";

describe("VirtualAdapter", () => {
  it("starts its clock at 0 and jumps to what a loop waits for", async () => {
    const loop = new BaseEventLoop({ adapter: new VirtualAdapter() });
    assertStrictEquals(loop.time(), 0);
    const times: number[] = [];
    await loop.runUntilComplete(function* () {
      for (const delay of [3_600_000, 0, 5]) {
        yield* sleep(delay);
        times.push(loop.time());
      }
    });
    loop.close();
    assertEquals(times, [3_600_000, 3_600_000, 3_600_005]);
  });

  it("arrives at deadlines that are not whole milliseconds", async () => {
    const loop = new BaseEventLoop({ adapter: new VirtualAdapter() });
    const late: number[] = [];
    await loop.runUntilComplete(function* () {
      let when = 0;
      for (let i = 0; i < 1_000; i++) {
        when += 0.1 * (i % 7);
        const future = loop.createFuture<number>();
        loop.callAt(when, () => future.setResult(loop.time() - when));
        const difference = yield* future;
        if (Math.abs(difference) > 1e-6) late.push(i);
      }
    });
    loop.close();
    assertEquals(late, []);
  });

  it("does not jump to a timer that was cleared", async () => {
    const adapter = new VirtualAdapter();
    const fired: number[] = [];
    const cleared = adapter.setTimer(1, () => fired.push(1));
    adapter.setTimer(2, () => fired.push(2));
    adapter.clearTimer(cleared);
    await settled();
    assertEquals(fired, [2]);
    assertEquals(adapter.now(), 2);
  });

  it("fires the timers of several loops in the order of their times", async () => {
    const adapter = new VirtualAdapter();
    const seen: string[] = [];
    const program = (name: string, delay: number) =>
      function* () {
        for (let i = 0; i < 3; i++) {
          yield* sleep(delay);
          seen.push(`${name} ${adapter.now()}`);
        }
      };
    const loops = [new BaseEventLoop({ adapter }), new BaseEventLoop({ adapter })] as const;
    await Promise.all([
      loops[0].runUntilComplete(program("a", 2)),
      loops[1].runUntilComplete(program("b", 3)),
    ]);
    for (const loop of loops) loop.close();
    assertEquals(seen.filter((entry) => entry.startsWith("a")), ["a 2", "a 4", "a 6"]);
    assertEquals(seen.filter((entry) => entry.startsWith("b")), ["b 3", "b 6", "b 9"]);
    assertEquals(seen.map((entry) => Number(entry.slice(2))), [2, 3, 4, 6, 6, 9]);
  });

  it("tells when a loop waits for what will never happen", async () => {
    let told = 0;
    const adapter = new VirtualAdapter({ onDeadlock: () => told++ });
    const loop = new BaseEventLoop({ adapter });
    const future = loop.createFuture<number>();
    future.addDoneCallback(() => loop.stop());
    const running = loop.runForever();
    assert(!adapter.deadlocked);
    await settled();
    assert(adapter.deadlocked);
    assertEquals(told, 1);

    loop.callSoonThreadsafe(() => future.setResult(1));
    await running;
    loop.close();
    assertEquals(told, 1);
  });
});

/** Lets the adapter hop and jump a few times; each takes a macrotask. */
async function settled(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
}
