import { assert, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { BaseEventLoop, createTask, fromPromise, sleep } from "../../mod.ts";
import { VirtualAdapter } from "../../src/testing/virtual_adapter.ts";

/** A clock that only the program moves, and a count of the macrotasks that the host gets. */
class WorkingAdapter extends VirtualAdapter {
  worked = 0;
  hops = 0;

  override now(): number {
    return super.now() + this.worked;
  }

  override hop(callback: () => void): void {
    this.hops++;
    super.hop(callback);
  }
}

const STEPS = 200;

/** Runs a program whose steps take 5 ms each; gives how often the host got a macrotask. */
async function countHops(main: (work: () => boolean) => Parameters<BaseEventLoop["runUntilComplete"]>[0]) {
  const adapter = new WorkingAdapter();
  const loop = new BaseEventLoop({ adapter });
  let steps = 0;
  await loop.runUntilComplete(main(() => {
    adapter.worked += 5;
    return ++steps < STEPS;
  }));
  loop.close();
  assertStrictEquals(steps, STEPS);
  return adapter.hops;
}

describe("Steps that take longer than a slice let the host run", () => {
  it("in a coroutine", async () => {
    const hops = await countHops((work) =>
      function* () {
        while (work()) yield* sleep(0);
      }
    );
    assert(hops >= STEPS / 3, `${hops} macrotasks`);
  });

  it("in an async function", async () => {
    const hops = await countHops((work) => async () => {
      while (work()) await sleep(0);
    });
    assert(hops >= STEPS / 3, `${hops} macrotasks`);
  });

  it("in a coroutine that waits for promises that are settled", async () => {
    const hops = await countHops((work) =>
      function* () {
        while (work()) yield* fromPromise(Promise.resolve());
      }
    );
    assert(hops >= STEPS / 3, `${hops} macrotasks`);
  });

  it("in a coroutine beside async functions", async () => {
    const hops = await countHops((work) =>
      function* () {
        let going = true;
        const other = createTask(async () => {
          while (going) await sleep(0);
        });
        while (work()) yield* sleep(0);
        going = false;
        yield* other;
      }
    );
    assert(hops >= STEPS / 3, `${hops} macrotasks`);
  });

  it("but short ones of an async function need no macrotask each", async () => {
    const adapter = new WorkingAdapter();
    const loop = new BaseEventLoop({ adapter });
    await loop.runUntilComplete(async () => {
      for (let i = 0; i < 60; i++) {
        adapter.worked += 0.01;
        await sleep(0);
      }
    });
    loop.close();
    assertStrictEquals(adapter.hops, 0);
  });
});
