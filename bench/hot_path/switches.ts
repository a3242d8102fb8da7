/**
 * Giving another task its turn.
 *
 * @module
 */
import type { Coroutine } from "../../mod.ts";
import type { Timer } from "../harness.ts";
import type { Asyncio, Row } from "./row.ts";

const SWITCHES = 100_000;

function switchRow(tasks: number): Row {
  const steps = SWITCHES / tasks;
  return {
    id: `switch-${tasks}`,
    title: `task switch, ${tasks === 1 ? "1 task" : `${tasks.toLocaleString("en")} tasks`}`,
    operations: SWITCHES,
    baseline: {
      name: "await null",
      make: () => () =>
        Promise.all(Array.from({ length: tasks }, async () => {
          for (let i = 0; i < steps; i++) await null;
        })),
    },
    module: {
      name: "yield* sleep(0)",
      make: ({ createTask, run, sleep }) => () =>
        run(function* () {
          const all = Array.from({ length: tasks }, () =>
            createTask(function* () {
              for (let i = 0; i < steps; i++) yield* sleep(0);
            }));
          for (const task of all) yield* task;
        }),
    },
  };
}

const handOff: Row = {
  id: "hand-off",
  title: "hand-off between two tasks by a future",
  operations: SWITCHES,
  baseline: {
    name: "two async functions and promises",
    make: () => async () => {
      let there = Promise.withResolvers<void>();
      let back = Promise.withResolvers<void>();
      const other = async () => {
        for (let i = 0; i < SWITCHES / 2; i++) {
          await there.promise;
          there = Promise.withResolvers<void>();
          back.resolve();
        }
      };
      const done = other();
      for (let i = 0; i < SWITCHES / 2; i++) {
        there.resolve();
        await back.promise;
        back = Promise.withResolvers<void>();
      }
      await done;
    },
  },
  module: {
    name: "two tasks and futures",
    make: ({ createTask, getRunningLoop, run }) => () =>
      run(function* () {
        const loop = getRunningLoop();
        let there = loop.createFuture<void>();
        let back = loop.createFuture<void>();
        const other = createTask(function* () {
          for (let i = 0; i < SWITCHES / 2; i++) {
            yield* there;
            there = loop.createFuture<void>();
            back.setResult();
          }
        });
        for (let i = 0; i < SWITCHES / 2; i++) {
          there.setResult();
          yield* back;
          back = loop.createFuture<void>();
        }
        yield* other;
      }),
  },
};

/** Switches so many calls deep. What builds the stack and leaves it is not measured. */
function atDepth({ call, run, sleep }: Asyncio, levels: number) {
  return (timer: Timer) => {
    function* work(): Coroutine<void> {
      timer.start();
      for (let i = 0; i < SWITCHES; i++) yield* sleep(0);
      timer.end();
    }
    const descend = function* (left: number): Coroutine<void> {
      yield* call(left === 0 ? work() : descend(left - 1));
    };
    return run(descend(levels - 1));
  };
}

const depth: Row = {
  id: "depth",
  title: "a resume at depth 1,000 with call",
  operations: SWITCHES,
  baseline: { name: "at depth 1", make: (asyncio) => atDepth(asyncio, 1) },
  module: { name: "at depth 1,000", make: (asyncio) => atDepth(asyncio, 1_000) },
};

/** Switches between tasks. */
export const switches: readonly Row[] = [switchRow(1), switchRow(1_000), handOff, depth];
