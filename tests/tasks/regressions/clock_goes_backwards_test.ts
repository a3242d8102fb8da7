import { assert, assertEquals, assertLess } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { BaseEventLoop, type Coroutine, createTask, gather, sleep, timeout, TimeoutError } from "../../../mod.ts";
import { VirtualAdapter } from "../../../src/testing/virtual_adapter.ts";
import { caught, ticks } from "../steps.ts";

/** A virtual clock that can be set. */
class SettableClock extends VirtualAdapter {
  offset = 100_000;
  timers = 0;
  override now(): number {
    return super.now() + this.offset;
  }
  override setTimer(delay: number, callback: () => void): ReturnType<VirtualAdapter["setTimer"]> {
    this.timers++;
    return super.setTimer(delay, callback);
  }
}

async function withClock(main: (clock: SettableClock) => Coroutine<unknown>): Promise<SettableClock> {
  const adapter = new SettableClock();
  const loop = new BaseEventLoop({ adapter });
  await loop.runUntilComplete(() => main(adapter));
  loop.close();
  return adapter;
}

describe("When the clock goes backwards", () => {
  it("sleeps end late but end, in their order, and without spinning", async () => {
    const clock = await withClock(function* (clock) {
      const order: string[] = [];
      function* nap(name: string, delay: number): Coroutine<void> {
        yield* sleep(delay);
        order.push(name);
      }
      const naps = gather(nap("c", 30), nap("a", 10), nap("b", 20));
      yield* ticks(1);
      clock.offset -= 1_000;
      yield* naps;
      assertEquals(order, ["a", "b", "c"]);
    });
    assertLess(clock.timers, 20);
  });

  it("a sleep that begins afterwards takes its own time, beside one that is late", async () => {
    await withClock(function* (clock) {
      const late = createTask(sleep(10));
      yield* ticks(1);
      clock.offset -= 1_000;
      const start = clock.now();
      yield* sleep(5);
      assertEquals(clock.now() - start, 5);
      assert(!late.done());
      yield* late;
      assertEquals(clock.now() - start, 1_010);
    });
  });

  it("a deadline still fires once, and a jump forwards fires it at once", async () => {
    await withClock(function* (clock) {
      const scope = createTask(() => timeout(10, () => sleep(60_000)));
      yield* ticks(1);
      clock.offset -= 1_000;
      yield* sleep(5);
      clock.offset += 2_000;
      assert((yield* caught(scope)) instanceof TimeoutError);
      assertEquals(scope.cancelling(), 0);
    });
  });
});
