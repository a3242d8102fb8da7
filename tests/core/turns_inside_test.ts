import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { BaseEventLoop, type Coroutine, createTask, run, sleep, timeout } from "../../mod.ts";
import { VirtualAdapter } from "../../src/testing/virtual_adapter.ts";

/** What Bun's test runner offers: its matchers wait for a promise by turning the host's loop, in the middle of whoever calls them. */
interface Matchers {
  expect(promise: Promise<unknown>): { readonly rejects: { toThrow(message: string): Promise<void> } };
}

const bun = (globalThis as { Bun?: { jest?(path: string): Matchers } }).Bun;
const matchers = bun?.jest?.(import.meta.filename ?? "") ?? null;

async function fails(): Promise<never> {
  await sleep(1);
  throw new Error("as expected");
}

/** Waits for the failure: by turning the host's loop where that is to be had, else as everybody does. */
async function expectFailure(): Promise<void> {
  if (matchers !== null) return await matchers.expect(fails()).rejects.toThrow("as expected");
  const error = await fails().catch((error: Error) => error);
  assertEquals(error.message, "as expected");
}

describe("A loop whose host is turned from inside of a turn goes on there", () => {
  it("before the first await of main", async () => {
    await run(async () => await expectFailure());
  });

  it("in a task, in a body, and in a task that starts eagerly", async () => {
    await run(function* () {
      yield* createTask(expectFailure);
      yield* timeout(10_000, expectFailure);
      yield* createTask(expectFailure, { eagerStart: true });
    });
  });

  it("with the rest of the batch in its order, and each entry once", async () => {
    const loop = new BaseEventLoop({ adapter: new VirtualAdapter() });
    const order: string[] = [];
    function* other(name: string): Coroutine<void> {
      for (let i = 0; i < 3; i++) {
        order.push(`${name}${i}`);
        yield* sleep(0);
      }
    }
    await loop.runUntilComplete(function* () {
      const before = createTask(other("a"));
      const turning = createTask(expectFailure);
      const after = createTask(other("b"));
      yield* before;
      yield* turning;
      yield* after;
    });
    loop.close();
    assertEquals(order, ["a0", "b0", "a1", "b1", "a2", "b2"]);
  });
});
