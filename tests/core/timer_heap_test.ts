import { assertEquals, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { Timed } from "../../src/core/contract.ts";
import { TimerHeap } from "../../src/core/handle.ts";

/** A timer as the heap sees it. */
class Timer implements Timed {
  _when = 0;
  _order = -1;
  cancelled = false;
  /** Which it is. Of those that are due at the same time the one that was made first comes first. */
  readonly id: number;

  constructor(id = 0) {
    this.id = id;
  }

  readonly _owner = null;

  _isCancelled(): boolean {
    return this.cancelled;
  }

  _run(): void {}
}

/** Cancels one as a handle does. */
function cancel(heap: TimerHeap, timer: Timer): void {
  timer.cancelled = true;
  heap.noteCancelled();
}

/** Takes all that are not cancelled. */
function drain(heap: TimerHeap): Timed[] {
  const all: Timed[] = [];
  for (let first = heap.peek(); first !== undefined; first = heap.peek()) all.push(heap.pop());
  return all;
}

describe("The heap of timers", () => {
  it("has the earliest timer first, whatever is added, cancelled and taken", () => {
    const heap = new TimerHeap();
    const expected: Timer[] = [];
    let seed = 1;
    const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
    for (let step = 0; step < 20_000; step++) {
      const choice = random(10);
      // It grows in the first half and shrinks in the second.
      if (choice < (step < 10_000 ? 5 : 3) || expected.length === 0) {
        const timer = new Timer(step);
        const when = random(50);
        heap.push(timer, when);
        const after = expected.findIndex((other) => other._when > when);
        expected.splice(after < 0 ? expected.length : after, 0, timer);
      } else if (choice < 8) {
        // The first more often than others: a newcomer takes its place.
        const [timer] = expected.splice(random(2) * random(expected.length), 1) as [Timer];
        cancel(heap, timer);
      } else {
        assertStrictEquals(heap.peek(), expected[0]);
        assertStrictEquals(heap.pop(), expected.shift());
      }
    }
    assertEquals(drain(heap).map((timer) => (timer as Timer).id), expected.map(({ id }) => id));
    assertEquals(heap.length, 0);
  });

  it("has a newcomer take the place of the first one if that is cancelled, and forgets that", () => {
    const heap = new TimerHeap();
    const [first, second, newcomer] = [new Timer(), new Timer(), new Timer()];
    heap.push(first, 1);
    heap.push(second, 2);
    cancel(heap, first);
    heap.push(newcomer, 3);
    assertEquals([heap.length, first._order >= 0, newcomer._order >= 0], [2, false, true]);
    assertEquals(drain(heap), [second, newcomer]);
  });

  it("of one timer that is cancelled again and again never holds more than one", () => {
    const heap = new TimerHeap();
    for (let when = 0; when < 1_000; when++) {
      const timer = new Timer();
      heap.push(timer, when);
      assertEquals(heap.length, 1);
      cancel(heap, timer);
    }
    assertEquals(heap.peek(), undefined);
  });
});
