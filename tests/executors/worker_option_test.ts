import { assertEquals, assertInstanceOf, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  BrokenWorkerError,
  type EventLoop,
  getRunningLoop,
  NotSupportedError,
  remoteModule,
  run,
  toThread,
  WorkerPool,
} from "../../mod.ts";
import { workerModule } from "../../src/executors/worker_module.ts";
import { given } from "./pools.ts";

const url = new URL("./fixtures/own_worker.ts", import.meta.url);

/** How a call fails in a pool whose workers begin with a file. */
async function failure(worker: string): Promise<Error> {
  await using pool = new WorkerPool({ maxWorkers: 1, worker: new URL(worker, import.meta.url) });
  const { add } = given(pool).plain;
  let last: Error | undefined;
  for (let again = 0; again < 2; again++) {
    last = await assertRejects(() => pool.submit(add, 1, 2) as unknown as Promise<unknown>, BrokenWorkerError);
  }
  assertEquals(String(pool), "<WorkerPool workers=0/1 calls=0>");
  return last as Error;
}

describe("The option `worker` of a WorkerPool", () => {
  it("names the module that workers begin with, which may have the functions itself", async () => {
    for (const worker of [url, url.href]) {
      await using pool = new WorkerPool({ maxWorkers: 1, worker });
      pool.expose({ double: (value: number) => 2 * value });
      const { add, asked } = pool.remoteModule<typeof import("./fixtures/own_worker.ts")>(worker);
      const { plain } = given(pool);
      await run(function* () {
        assertEquals(yield* add(1, 2), 3);
        assertEquals(yield* asked(4), 8);
        assertEquals(yield* plain.add(3, 4), 7);
      });
    }
  });

  it("holds for toThread() by the pool that is the loop's default executor", async () => {
    const { add } = remoteModule<typeof import("./fixtures/own_worker.ts")>(url);
    await run(async () => {
      (getRunningLoop() as EventLoop).setDefaultExecutor(new WorkerPool({ worker: url }));
      assertEquals(await toThread(add, 1, 2), 3);
    });
  });

  it("must be a URL", () => {
    assertThrows(() => new WorkerPool({ worker: "./worker.js" }), TypeError, "import.meta.url");
    assertThrows(() => new WorkerPool({ worker: 5 as unknown as string }), TypeError, "the number 5");
  });

  it("must name a module that imports @loop/asyncio/worker, or each call says so", async () => {
    const { message } = await failure("./fixtures/add.ts");
    assertMatch(message, /^Cannot start the worker asyncio_1 with file:.*add\.ts: .*imports "@loop\/asyncio\/worker"/);
  });

  it("must name a module that is there and loads, or each call says which and why", async () => {
    const gone = await failure("./fixtures/nowhere.ts");
    assertMatch(gone.message, /^Cannot start the worker asyncio_1 with file:.*fixtures\/nowhere\.ts: \S/);
    assertInstanceOf(gone.cause, Error);
    const throws = await failure("./fixtures/throws.ts");
    assertMatch(throws.message, /^Cannot start the worker asyncio_1 with file:.*fixtures\/throws\.ts: .*not today/s);
  });
});

describe("The module that a worker loads", () => {
  it("lies beside this module's, whatever is done with its name", () => {
    const there = (self: string) => workerModule(self).href;
    assertEquals(there("file:///a/src/executors/worker_module.ts"), "file:///a/src/executors/worker.ts");
    assertEquals(there("file:///a/executors/worker_module.js?v=5"), "file:///a/executors/worker.js");
    assertEquals(there("https://jsr.io/a/worker_module.ts#b"), "https://jsr.io/a/worker.ts");
  });

  it("lies nowhere in a bundle, and the error says what to ship", () => {
    for (const self of ["file:///app/dist/main.js", "file:///$bunfs/root/main", "https://esm.sh/all.mjs", ""]) {
      const { message } = assertThrows(() => workerModule(self), NotSupportedError, "bundled");
      assertMatch(message, /import "@loop\/asyncio\/worker";.*new WorkerPool\(\{ worker: new URL\(/);
    }
  });
});
