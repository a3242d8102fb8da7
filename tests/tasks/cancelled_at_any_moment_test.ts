/**
 * Programs that are cancelled at each moment of their lives in turn. Whenever it comes: the program ends cancelled, everything that
 * was begun is cleaned up exactly once, no task outlives it, and nobody is told of an error.
 */

import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  allTasks,
  asCompleted,
  call,
  type Coroutine,
  createTask,
  currentTask,
  eagerTaskFactory,
  FIRST_COMPLETED,
  gather,
  getRunningLoop,
  sleep,
  type Task,
  taskGroup,
  type TaskSource,
  timeout,
  TimeoutError,
  wait,
  waitFor,
} from "../../mod.ts";
import { playAndListen } from "../core/play.ts";
import { ticks } from "./steps.ts";

/** Work that is begun and cleaned up. */
class Works {
  begun = 0;
  cleaned = 0;

  /** As a coroutine. */
  *work(time: number): Coroutine<number> {
    this.begun++;
    try {
      yield* ticks(time);
      yield* sleep(time);
      return time;
    } finally {
      // The cancel may come while it cleans up.
      try {
        yield* ticks(1);
      } finally {
        this.cleaned++;
      }
    }
  }

  /** As an async function. */
  async asyncWork(time: number): Promise<number> {
    this.begun++;
    try {
      await sleep(0);
      await sleep(time);
      return time;
    } finally {
      try {
        await sleep(0);
      } finally {
        this.cleaned++;
      }
    }
  }
}

/** Waits for tasks and sees to it that none is left, as code without a group must. */
function* tidily<T>(tasks: Task<number>[], body: () => Coroutine<T>): Coroutine<T> {
  try {
    return yield* body();
  } finally {
    for (const task of tasks) task.cancel();
    let left = tasks.filter((task) => !task.done());
    while (left.length > 0) {
      yield* wait(left);
      left = left.filter((task) => !task.done());
    }
  }
}

const PROGRAMS: Record<string, (works: Works) => TaskSource<unknown>> = {
  "a group": (works) =>
    taskGroup(function* (group) {
      for (const time of [1, 2, 3]) group.createTask(works.work(time));
      yield* works.work(2);
    }),
  "groups in groups": (works) =>
    taskGroup(function* (outer) {
      outer.createTask(() =>
        taskGroup(function* (inner) {
          inner.createTask(works.work(1));
          inner.createTask(() => works.asyncWork(2));
          yield* works.work(3);
        })
      );
      yield* taskGroup(function* (inner) {
        inner.createTask(works.work(2));
      });
    }),
  "a group that cancels itself": (works) =>
    taskGroup(function* (group) {
      group.createTask(works.work(5));
      group.createTask(function* () {
        yield* works.work(2);
        group.cancel();
      });
      yield* works.work(4);
    }),
  "a deadline around a group, which passes": function (works) {
    return function* () {
      try {
        yield* timeout(2, () =>
          taskGroup(function* (group) {
            group.createTask(works.work(1));
            group.createTask(works.work(9));
            yield* works.work(5);
          }));
      } catch (error) {
        if (!(error instanceof TimeoutError)) throw error;
      }
      yield* works.work(1);
    };
  },
  "deadlines in deadlines": (works) =>
    function* () {
      for (const [outer, inner] of [[3, 2], [2, 3], [2, 2]] as const) {
        try {
          yield* timeout(outer, () => timeout(inner, () => works.work(4)));
        } catch (error) {
          if (!(error instanceof TimeoutError)) throw error;
        }
      }
    },
  "gather() in a group": (works) =>
    taskGroup(function* (group) {
      const tasks = [1, 2, 3].map((time) => group.createTask(works.work(time)));
      yield* gather(tasks);
    }),
  "wait(), then a cancel of the rest": (works) =>
    function* () {
      const tasks = [1, 3, 5].map((time) => createTask(works.work(time)));
      yield* tidily(tasks, function* () {
        yield* wait(tasks, { returnWhen: FIRST_COMPLETED, timeout: 4 });
      });
    },
  "asCompleted()": (works) =>
    function* () {
      const tasks = [3, 1, 2].map((time) => createTask(works.work(time)));
      yield* tidily(tasks, function* () {
        for (const next of asCompleted(tasks, { timeout: 100 })) yield* next;
      });
    },
  "waitFor() of a coroutine and of a task": (works) =>
    function* () {
      yield* waitFor(works.work(2), 10);
      try {
        yield* waitFor(createTask(works.work(9)), 2);
      } catch (error) {
        if (!(error instanceof TimeoutError)) throw error;
      }
    },
  "call() and tasks that await tasks": (works) =>
    function* () {
      yield* call(works.work(1));
      yield* createTask(function* () {
        yield* createTask(works.work(2));
        yield* call(works.work(1));
      });
    },
  "async functions in a group": (works) => async () => {
    await taskGroup(async (group) => {
      group.createTask(() => works.asyncWork(2));
      group.createTask(works.work(1));
      await works.asyncWork(1);
      await timeout(5, () => works.asyncWork(2));
    });
    await works.asyncWork(1);
  },
  "an async function with Promise.all()": (works) => async () => {
    await taskGroup(async (group) => {
      await Promise.all([group.createTask(works.work(2)), group.createTask(() => works.asyncWork(3))]);
    });
  },
};

/** Runs a program and cancels it after some iterations, or never; says whether it was done before. */
async function cancelledAfter(iterations: number, make: (works: Works) => TaskSource<unknown>, eager: boolean) {
  const works = new Works();
  const [finished, reports] = await playAndListen(function* () {
    if (eager) getRunningLoop().setTaskFactory(eagerTaskFactory);
    const task = createTask(make(works));
    // Iterations, and the timers between them: one of the two moves the program on.
    for (let step = 0; step < iterations && !task.done(); step++) yield* sleep(step % 3 === 2 ? 1 : 0);
    const finished = task.done();
    if (!finished) task.cancel("swept");
    for (let left = 100; !task.done() && left > 0; left--) yield* sleep(1);
    assert(task.done(), `cancelled after ${iterations} it never ended`);
    assert(finished || task.cancelled(), `cancelled after ${iterations} it ended otherwise: ${task}`);
    assertEquals([...allTasks()], [currentTask()], `cancelled after ${iterations} it left tasks behind`);
    return finished;
  });
  assertEquals(reports, [], `cancelled after ${iterations} it failed somewhere`);
  assertEquals(works.cleaned, works.begun, `cancelled after ${iterations} it did not clean up`);
  return finished;
}

describe("Cancelled at any moment, it ends, cleans up and leaves nothing behind:", () => {
  for (const [name, make] of Object.entries(PROGRAMS)) {
    for (const eager of [false, true]) {
      it(eager ? `${name}, with tasks that start at once` : name, async () => {
        let moments = 0;
        while (!(await cancelledAfter(moments, make, eager))) moments++;
        assert(moments > 5);
      });
    }
  }
});
