/**
 * Giving another task its turn.
 */
import type { Coroutine } from "../../mod.ts";
import { MANY, SWITCHES } from "./counts.ts";
import { type Asyncio, type Body, ownProgram, type Row } from "./row.ts";

/** So many tasks switch so often, all together. */
export function switching(tasks: number, operations: number = SWITCHES): Row {
  const turns = operations / tasks;
  return {
    id: `switch-${tasks}`,
    title: `task switch, ${tasks === 1 ? "1 task" : `${tasks.toLocaleString("en")} tasks`}`,
    operations,
    baseline: "await null",
    native: () => () =>
      Promise.all(Array.from({ length: tasks }, async () => {
        for (let i = 0; i < turns; i++) await null;
      })),
    module: "yield* sleep(0)",
    own: ({ createTask, sleep }) =>
      function* () {
        const all = Array.from({ length: tasks }, () =>
          createTask(function* () {
            for (let i = 0; i < turns; i++) yield* sleep(0);
          }));
        for (const task of all) yield* task;
      },
  };
}

const handOff: Row = {
  id: "hand-off",
  title: "hand-off between two tasks by a future",
  operations: SWITCHES,
  baseline: "two async functions and promises",
  native: () => async () => {
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
  module: "two tasks and futures",
  own: ({ createTask, getRunningLoop }) =>
    function* () {
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
    },
};

/** Switches so many calls deep. What builds the stack and leaves it is not measured. */
function atDepth({ call, sleep }: Asyncio, levels: number): Body {
  return (timer) => {
    function* work(): Coroutine<void> {
      timer.start();
      for (let i = 0; i < SWITCHES; i++) yield* sleep(0);
      timer.end();
    }
    const descend = function* (left: number): Coroutine<void> {
      yield* call(left === 0 ? work() : descend(left - 1));
    };
    return descend(levels - 1);
  };
}

const depth: Row = {
  id: "depth",
  title: "a resume at depth 1,000 with call",
  operations: SWITCHES,
  baseline: "at depth 1",
  native: (asyncio) => ownProgram({ ...depth, own: () => atDepth(asyncio, 1) }, asyncio),
  module: "at depth 1,000",
  own: (asyncio) => atDepth(asyncio, 1_000),
};

/** Switches between tasks. */
export const switches: readonly Row[] = [switching(1), switching(MANY), handOff, depth];
