import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  Fairness,
  FIRST_ENTRIES,
  FIRST_LOOK,
  MOST_UNTIMED,
  MOST_UNWATCHED,
  QUICK_WAKES,
  SECOND_LOOK,
  SLICE,
} from "../../src/core/fairness.ts";
import { VirtualAdapter } from "../../src/testing/virtual_adapter.ts";

/** A clock that the test moves; counts how often it is read. */
class CountedClock extends VirtualAdapter {
  time = 0;
  reads = 0;

  override now(): number {
    this.reads++;
    return this.time;
  }
}

function make(): { clock: CountedClock; fairness: Fairness } {
  const clock = new CountedClock();
  return { clock, fairness: new Fairness(clock) };
}

describe("Fairness", () => {
  it("serves one of so many wake-ups by a task of the host", () => {
    const { fairness } = make();
    for (let row = 0; row < 3; row++) {
      for (let i = 1; i < QUICK_WAKES; i++) assert(fairness.wakesQuickly(), `wake-up ${i}`);
      assert(!fairness.wakesQuickly());
    }
  });

  it("begins to count wake-ups anew when the host has run", () => {
    const { fairness } = make();
    for (let i = 1; i < QUICK_WAKES; i++) fairness.wakesQuickly();
    fairness.hostRuns();
    for (let i = 1; i < QUICK_WAKES; i++) assert(fairness.wakesQuickly(), `wake-up ${i}`);
  });

  it("does not read the clock for a turn of a few entries", () => {
    const { clock, fairness } = make();
    assert(!fairness.readsClock());
    assertStrictEquals(fairness.beginTurn(Infinity), FIRST_ENTRIES);
    assertStrictEquals(clock.reads, 0);
  });

  it("ends a turn that has taken a slice", () => {
    const { fairness } = make();
    fairness.beginTurn(100);
    assert(fairness.look(FIRST_ENTRIES, 100 + SLICE / 2) > 0);
    assertStrictEquals(fairness.look(FIRST_ENTRIES + 1, 100 + SLICE), 0);
  });

  it("counts the slice from the first look if the turn began without one", () => {
    const { fairness } = make();
    fairness.beginTurn(Infinity);
    assert(fairness.look(FIRST_ENTRIES, 500) > FIRST_ENTRIES);
    assertStrictEquals(fairness.look(10, 500 + SLICE), 0);
  });

  it("allows as many entries as fit into the rest of the slice, and never more than it has seen", () => {
    const { fairness } = make();
    fairness.beginTurn(0);
    // A tenth of the slice for ten: ninety fit, but ten are all that is known of.
    assertStrictEquals(fairness.look(10, SLICE / 10), 20);
    // Half of it for twenty: as many again.
    assertStrictEquals(fairness.look(20, SLICE / 2), 40);
    // Nearly all of it: one more.
    assertStrictEquals(fairness.look(40, SLICE * 0.999), 41);
  });

  it("never runs more than so many entries without a look", () => {
    const { fairness } = make();
    fairness.beginTurn(0);
    assertStrictEquals(fairness.look(100_000, SLICE / 1000), 100_000 + MOST_UNTIMED);
  });

  it("lets the host run on a clock that stands still as well", () => {
    const { fairness } = make();
    fairness.beginTurn(0);
    assert(fairness.look(MOST_UNTIMED, 0) > 0);
    assertStrictEquals(fairness.look(MOST_UNTIMED + 1, 0), 0);
  });

  it("looks at the clock at a few of the steps of async code that follow one another", () => {
    const { clock, fairness } = make();
    fairness.beginTurn(Infinity);
    const looks: number[] = [];
    for (let step = 1; step <= SECOND_LOOK + 2 * MOST_UNWATCHED; step++) {
      // So short that as many would fit as there may be.
      clock.time += SLICE / 1000;
      const before = clock.reads;
      assert(!fairness.stepIsLast(false), `step ${step}`);
      if (clock.reads > before) looks.push(step);
    }
    assertEquals(looks, [FIRST_LOOK, SECOND_LOOK, SECOND_LOOK + MOST_UNWATCHED, SECOND_LOOK + 2 * MOST_UNWATCHED]);
  });

  it("ends a row of long steps, and watches the next row from its start", () => {
    const { clock, fairness } = make();
    const row = (): number => {
      const reads = fairness.readsClock();
      fairness.beginTurn(reads ? clock.time : Infinity);
      for (let step = 1;; step++) {
        assert(step < 1_000, "a row of steps that does not end");
        clock.time += SLICE * 5;
        if (fairness.stepIsLast(false)) return step;
      }
    };
    assertStrictEquals(row(), SECOND_LOOK);
    fairness.rest(true);
    assert(fairness.readsClock());
    assertStrictEquals(row(), 1);
    // After a rest that was none of its making it trusts again.
    fairness.rest(false);
    assert(!fairness.readsClock());
    assertStrictEquals(row(), SECOND_LOOK);
  });

  it("ends a row of steps that began in a turn which is long itself", () => {
    const { clock, fairness } = make();
    fairness.beginTurn(0);
    clock.time = SLICE;
    assert(!fairness.stepIsLast(false));
    assert(fairness.stepIsLast(true));
  });

  it("ends a row of steps on a clock that stands still", () => {
    const { fairness } = make();
    fairness.beginTurn(Infinity);
    let steps = 1;
    while (!fairness.stepIsLast(false)) {
      assert(++steps < MOST_UNTIMED * 2, "a row of steps that does not end");
    }
    assert(steps > MOST_UNTIMED, `${steps}`);
  });
});
