import { assertEquals, assertFalse, assertInstanceOf, assertLess } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  CancelledError,
  createTask,
  EventLoop,
  type Future,
  getRunningLoop,
  sleep,
  TaskGroup,
  type TaskSource,
  timeout,
} from "../../../mod.ts";
import { VirtualAdapter } from "../../../src/testing/virtual_adapter.ts";
import { caught } from "../steps.ts";

/** Counts how often the loop asks its host for anything: a loop that spins asks without end. */
class CountingAdapter extends VirtualAdapter {
  asked = 0;
  override hop(callback: () => void): void {
    this.asked++;
    super.hop(callback);
  }
  override setTimer(delay: number, callback: () => void): ReturnType<VirtualAdapter["setTimer"]> {
    this.asked++;
    return super.setTimer(delay, callback);
  }
}

/** Runs a program on a loop of its own; gives how often that asked its host. */
async function asked(main: TaskSource<unknown>): Promise<number> {
  const adapter = new CountingAdapter();
  const loop = new EventLoop({ adapter });
  await loop.runUntilComplete(main);
  loop.close();
  return adapter.asked;
}

/** Waits for a future whatever comes; gives how often it was woken. */
function* stubborn(future: Future<unknown>) {
  let woken = 0;
  while (!future.done()) {
    const waiter = getRunningLoop().createFuture<void>();
    future.addDoneCallback(() => {
      if (!waiter.done()) waiter.setResult();
    });
    try {
      yield* waiter;
    } catch (error) {
      assertInstanceOf(error, CancelledError);
    }
    woken++;
  }
  return woken;
}

describe("A cancel is delivered once, and a task that refuses it makes nobody spin:", () => {
  it("cancelled by hand", async () => {
    const times = await asked(function* () {
      const future = getRunningLoop().createFuture<void>();
      const task = createTask(stubborn(future));
      yield* sleep(1);
      task.cancel();
      yield* sleep(10_000);
      assertFalse(task.done());
      future.setResult();
      assertEquals(yield* task, 2);
    });
    assertLess(times, 10);
  });

  it("cancelled by a deadline", async () => {
    const times = await asked(function* () {
      const loop = getRunningLoop();
      const future = loop.createFuture<void>();
      loop.callLater(10_000, () => future.setResult());
      assertEquals(yield* timeout(10, () => stubborn(future)), 2);
    });
    assertLess(times, 10);
  });

  it("cancelled by its group, which waits for it in peace", async () => {
    const times = await asked(function* () {
      const loop = getRunningLoop();
      const future = loop.createFuture<void>();
      loop.callLater(10_000, () => future.setResult());
      const group = new TaskGroup();
      yield* group.run(function* () {
        const task = group.createTask(stubborn(future));
        yield* sleep(1);
        group.cancel();
        yield* caught(sleep(60_000));
        assertEquals(yield* task, 2);
      });
    });
    assertLess(times, 10);
  });
});
