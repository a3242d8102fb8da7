import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { createTask, EventLoop, type Future, getRunningLoop, run, sleep } from "../../mod.ts";
import { PATIENCE } from "../within.ts";

/** Says when a timer of the host fired, and when waiting for it makes no sense any more. */
function hostTimer(delay = 5): { fired: boolean; hopeless(): boolean } {
  const start = performance.now();
  const timer = { fired: false, hopeless: () => performance.now() - start > PATIENCE };
  setTimeout(() => timer.fired = true, delay);
  return timer;
}

describe("A timer of the host is not starved", () => {
  it("by coroutines that spin on sleep(0)", async () => {
    await run(function* () {
      const timer = hostTimer();
      const spinners = Array.from({ length: 10 }, () =>
        createTask(function* () {
          while (!timer.fired && !timer.hopeless()) yield* sleep(0);
        }));
      for (const spinner of spinners) yield* spinner;
      assert(timer.fired);
    });
  });

  it("by an async function that spins on sleep(0)", async () => {
    await run(async () => {
      const timer = hostTimer();
      while (!timer.fired && !timer.hopeless()) await sleep(0);
      assert(timer.fired);
    });
  });

  it("by two async functions that wake each other through futures", async () => {
    await run(function* () {
      const timer = hostTimer();
      const loop = getRunningLoop();
      let ball: Future<void> = loop.createFuture();
      async function player() {
        while (!timer.fired && !timer.hopeless()) {
          const caught = ball;
          if (caught.done()) {
            ball = loop.createFuture();
            await sleep(0);
          } else {
            caught.setResult();
            await caught;
          }
        }
      }
      const players = [createTask(player), createTask(player)];
      for (const task of players) yield* task;
      assert(timer.fired);
    });
  });

  it("by host code that calls the loop from microtasks for ever", async () => {
    const loop = new EventLoop();
    const running = loop.runForever();
    const timer = hostTimer();
    let rounds = 0;
    while (!timer.fired && !timer.hopeless()) {
      await new Promise<void>((resolve) => loop.callSoon(resolve));
      rounds++;
    }
    assert(timer.fired);
    assert(rounds > 1);
    loop.stop();
    await running;
    loop.close();
  });

  it("by callbacks that schedule themselves", async () => {
    const loop = new EventLoop();
    const timer = hostTimer();
    const again = () => {
      if (timer.fired || timer.hopeless()) loop.stop();
      else loop.callSoon(again);
    };
    loop.callSoon(again);
    await loop.runForever();
    loop.close();
    assert(timer.fired);
  });

  it("by timers of the loop that are always due", async () => {
    const loop = new EventLoop();
    const timer = hostTimer();
    const again = () => {
      if (timer.fired || timer.hopeless()) loop.stop();
      else loop.callLater(0, again);
    };
    loop.callLater(0, again);
    await loop.runForever();
    loop.close();
    assert(timer.fired);
  });
});

describe("Loops side by side", () => {
  it("both go on while both spin", async () => {
    const counts = [0, 0];
    const starved: number[] = [];
    const spin = (which: 0 | 1) =>
      function* () {
        const start = performance.now();
        do {
          counts[which]!++;
          yield* sleep(0);
          if (performance.now() - start > PATIENCE) return starved.push(1 - which);
        } while (counts[1 - which] === 0);
      };
    await Promise.all([run(spin(0)), run(spin(1))]);
    assertEquals(starved, []);
    assert(counts[0]! > 0 && counts[1]! > 0, counts.join());
  });

  it("hand over results by callbacks", async () => {
    const a = new EventLoop();
    const b = new EventLoop();
    const future = a.createFuture<string>();
    const first = a.runUntilComplete(future);
    const second = b.runUntilComplete(function* () {
      yield* sleep(1);
      a.callSoonThreadsafe(() => future.setResult("from b"));
      return "b";
    });
    assertEquals(await Promise.all([first, second]), ["from b", "b"]);
    a.close();
    b.close();
  });

  it("an async function may await what belongs to another loop", async () => {
    const other = new EventLoop();
    const future = other.createFuture<string>();
    const running = other.runUntilComplete(future);
    const result = await run(async () => {
      const loop = getRunningLoop();
      other.callLater(1, () => future.setResult("other"));
      const value = await future;
      assert(getRunningLoop() === loop);
      await sleep(0);
      return value;
    });
    assertEquals(result, "other");
    await running;
    other.close();
  });
});

describe("A loop that is over", () => {
  it("has left nothing armed: the sanitizers of the runtime see nothing", async () => {
    const loop = new EventLoop();
    loop.callLater(60_000, () => {});
    const task = loop.createTask(sleep(60_000));
    await loop.runUntilComplete(sleep(1));
    task.cancel();
    loop.close();
  });
});
