import { assertEquals, assertLess } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import process from "node:process";
import {
  allTasks,
  type Coroutine,
  createTask,
  fromPromise,
  gather,
  sleep,
  type Task,
  taskGroup,
} from "../../../mod.ts";
import { play } from "../../core/play.ts";

const MEGABYTE = 2 ** 20;
const ROUNDS = 100;
const PER_ROUND = 10_000;

describe("A million tasks, one after another,", () => {
  it("leave nothing behind, whether awaited, gathered, grouped or forgotten", async () => {
    await play(function* () {
      yield* round(0);
      const before = process.memoryUsage().heapUsed;
      for (let count = 1; count < ROUNDS; count++) yield* round(count);
      assertEquals(allTasks().size, 1);
      // Kept, a million tasks would hold several hundred megabytes. What is not kept is collected when the collector comes to it.
      let grown = Infinity;
      for (let tries = 0; tries < 100 && grown > 150 * MEGABYTE; tries++) {
        yield* fromPromise(collect());
        grown = process.memoryUsage().heapUsed - before;
      }
      assertLess(grown, 150 * MEGABYTE);
    });
  });
});

/** Has the collector collect, or gives it a reason to and time. */
async function collect(): Promise<void> {
  const { Bun } = globalThis as { Bun?: { gc(force: boolean): void } };
  const garbage = Bun === undefined ? Array.from({ length: 500_000 }, (_, i) => ({ i })) : [];
  Bun?.gc(true);
  await new Promise((resolve) => setTimeout(resolve, 5));
  garbage.length = 0;
}

function* round(count: number): Coroutine<void> {
  const spawn = () => createTask(sleep(0));
  if (count % 4 === 0) {
    const tasks: Task<unknown>[] = [];
    for (let made = 0; made < PER_ROUND; made++) tasks.push(spawn());
    for (const task of tasks) yield* task;
  } else if (count % 4 === 1) {
    yield* gather(Array.from({ length: PER_ROUND }, spawn));
  } else if (count % 4 === 2) {
    yield* taskGroup(function* (group) {
      for (let made = 0; made < PER_ROUND; made++) group.createTask(sleep(0));
    });
  } else {
    for (let made = 0; made < PER_ROUND; made++) spawn();
    yield* sleep(1);
  }
}
