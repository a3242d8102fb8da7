/**
 * Cleaning up under cancellation, in every shape: what a `finally` does, times how many delegations lie between it and
 * the task, times how the code is written.
 */

// deno-lint-ignore-file no-unsafe-finally

import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  call,
  CancelledError,
  type Coroutine,
  coroutine,
  createTask,
  getRunningLoop,
  sleep,
  type Task,
  type TaskSource,
} from "../../mod.ts";
import { play } from "../core/play.ts";

type Say = (word: string) => void;

/** What a `finally` throws. */
const own = new Error("from the finally");

/** How a task ends, and what it said on the way before its outer levels had their turn. */
interface Shape {
  readonly said: string;
  readonly ends: "cancelled" | "failed" | "swallowed";
  readonly message?: string;
  readonly coroutine: (say: Say) => Coroutine<string>;
  readonly async: (say: Say) => Promise<string>;
}

const SHAPES: Record<string, Shape> = {
  "yields": {
    said: "cleaning cleaned@15",
    ends: "cancelled",
    message: "first",
    *coroutine(say) {
      try {
        return yield* sleep(60_000, "never");
      } finally {
        say("cleaning");
        yield* sleep(5);
        say(`cleaned@${getRunningLoop().time()}`);
      }
    },
    async async(say) {
      try {
        return await sleep(60_000, "never");
      } finally {
        say("cleaning");
        await sleep(5);
        say(`cleaned@${getRunningLoop().time()}`);
      }
    },
  },
  "throws": {
    said: "cleaning",
    ends: "failed",
    *coroutine(say) {
      try {
        return yield* sleep(60_000, "never");
      } finally {
        say("cleaning");
        throw own;
      }
    },
    async async(say) {
      try {
        return await sleep(60_000, "never");
      } finally {
        say("cleaning");
        throw own;
      }
    },
  },
  "returns": {
    said: "cleaning",
    ends: "swallowed",
    *coroutine(say) {
      try {
        return yield* sleep(60_000, "never");
      } finally {
        say("cleaning");
        return "kept";
      }
    },
    async async(say) {
      try {
        return await sleep(60_000, "never");
      } finally {
        say("cleaning");
        return "kept";
      }
    },
  },
  "catches": {
    said: "caught:first cleaned@15",
    ends: "swallowed",
    *coroutine(say) {
      try {
        return yield* sleep(60_000, "never");
      } catch (error) {
        say(`caught:${(error as Error).message}`);
        yield* sleep(5);
        say(`cleaned@${getRunningLoop().time()}`);
        return "kept";
      }
    },
    async async(say) {
      try {
        return await sleep(60_000, "never");
      } catch (error) {
        say(`caught:${(error as Error).message}`);
        await sleep(5);
        say(`cleaned@${getRunningLoop().time()}`);
        return "kept";
      }
    },
  },
  "awaits a child task": {
    said: "cleaning child@15",
    ends: "cancelled",
    message: "first",
    *coroutine(say) {
      try {
        return yield* sleep(60_000, "never");
      } finally {
        say("cleaning");
        say(`${yield* createTask(sleep(5, "child"))}@${getRunningLoop().time()}`);
      }
    },
    async async(say) {
      try {
        return await sleep(60_000, "never");
      } finally {
        say("cleaning");
        say(`${await createTask(sleep(5, "child"))}@${getRunningLoop().time()}`);
      }
    },
  },
  "meets a second cancel": {
    said: "cleaning interrupted@40",
    ends: "cancelled",
    message: "second",
    *coroutine(say) {
      try {
        return yield* sleep(60_000, "never");
      } finally {
        say("cleaning");
        try {
          yield* sleep(60_000);
        } finally {
          say(`interrupted@${getRunningLoop().time()}`);
        }
      }
    },
    async async(say) {
      try {
        return await sleep(60_000, "never");
      } finally {
        say("cleaning");
        try {
          await sleep(60_000);
        } finally {
          say(`interrupted@${getRunningLoop().time()}`);
        }
      }
    },
  },
};

/** How a level delegates to the one below it. */
type Way = (shape: Shape, say: Say) => (level: number) => TaskSource<string>;

/** Levels that are coroutines, each with a `finally` of its own that suspends. */
function levels(delegate: (below: Coroutine<string>) => Iterable<unknown>): Way {
  return (shape, say) => {
    function* at(level: number): Coroutine<string> {
      if (level === 0) return yield* shape.coroutine(say);
      try {
        const value = yield* delegate(at(level - 1)) as Coroutine<string>;
        say(`after${level}`);
        return value;
      } finally {
        yield* sleep(1);
        say(`finally${level}`);
      }
    }
    return at;
  };
}

const WAYS: Record<string, Way> = {
  "coroutines": levels((below) => below),
  "coroutines by call()": levels((below) => call(below)),
  "coroutines in tasks of their own": levels((below) => createTask(below)),
  "async functions": (shape, say) => {
    const at = async (level: number): Promise<string> => {
      if (level === 0) return await shape.async(say);
      try {
        const value = await at(level - 1);
        say(`after${level}`);
        return value;
      } finally {
        await sleep(1);
        say(`finally${level}`);
      }
    };
    return (level) => () => at(level);
  },
  "async functions in tasks of their own": (shape, say) => {
    const at = async (level: number): Promise<string> => {
      if (level === 0) return await shape.async(say);
      try {
        const value = await createTask(() => at(level - 1));
        say(`after${level}`);
        return value;
      } finally {
        await sleep(1);
        say(`finally${level}`);
      }
    };
    return (level) => () => at(level);
  },
  "coroutines over an async function": (shape, say) => {
    const bottom: Shape = { ...shape, coroutine: (say) => asyncBelow(() => shape.async(say)) };
    return levels((below) => below)(bottom, say);
  },
};

function* asyncBelow(body: () => Promise<string>): Coroutine<string> {
  return yield* coroutine(body)();
}

/** Cancels after 10 ms, and perhaps again after 40. The task comes in a box: bare it would be awaited. */
async function cancelled(source: TaskSource<string>, twice: boolean): Promise<{ task: Task<string> }> {
  return await play(function* () {
    const task = createTask(source);
    yield* sleep(10);
    task.cancel("first");
    yield* sleep(30);
    if (twice) task.cancel("second");
    yield* sleep(100);
    assert(task.done());
    // Read here, or the loop would report it.
    if (!task.cancelled()) task.exception();
    return { task };
  });
}

for (const [way, make] of Object.entries(WAYS)) {
  describe(`A finally under cancellation, in ${way}:`, () => {
    for (const [name, shape] of Object.entries(SHAPES)) {
      for (const [depth, where] of ["in the task itself", "one delegation deep", "two delegations deep"].entries()) {
        it(`it ${name}, ${where}`, async () => {
          const words: string[] = [];
          const twice = name === "meets a second cancel";
          const { task } = await cancelled(make(shape, (word) => words.push(word))(depth), twice);

          const outer = [1, 2].slice(0, depth).flatMap((level) =>
            shape.ends === "swallowed" ? [`after${level}`, `finally${level}`] : [`finally${level}`]
          );
          assertEquals(words.join(" "), [shape.said, ...outer].join(" "));
          assertEquals(task.cancelled(), shape.ends === "cancelled");
          if (shape.ends === "swallowed") assertEquals(task.result(), "kept");
          else if (shape.ends === "failed") assertStrictEquals(task.exception(), own);
          else {
            const error = assertThrows(() => task.result(), CancelledError);
            assertEquals(error.message, shape.message);
          }
          assertEquals(task.cancelling(), twice ? 2 : 1);
        });
      }
    }
  });
}
