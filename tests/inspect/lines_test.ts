/**
 * The lines of the tree and of the call graph: each is one short thing, and the same on every runtime.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  asCompleted,
  call,
  coroutine,
  createTask,
  currentTask,
  gather,
  getRunningLoop,
  run,
  shield,
  sleep,
  type Task,
  taskGroup,
  type TaskSource,
  wait,
  waitFor,
} from "../../mod.ts";
import { captureCallGraph, formatCallGraph, formatTasks } from "../../src/inspect/mod.ts";

/** What a task of that name does, as the lines below it, with the task `inner` that it waits for left as its name. */
function linesOf(name: string): string[] {
  const lines = formatTasks().replaceAll(/ [^ ]*tests\/inspect\/lines_test\.ts:\d+$/gm, "").split("\n");
  const first = lines.findIndex((line) => line === `└── (T) ${name}`);
  const next = lines.findIndex((line, index) => index > first && /^└── /.test(line));
  const own = lines.slice(first + 1, next < 0 ? undefined : next).map((line) =>
    line.replace(/^[│ ]*[└├]── /, "").trim()
  );
  const inner = own.indexOf("(T) inner");
  return inner < 0 ? own : own.slice(0, inner + 1);
}

/** Runs a test beside tasks that each do one thing, once they all wait. */
async function beside(
  sources: (inner: Task<unknown>) => Record<string, TaskSource<unknown>>,
  test: (inner: Task<unknown>) => void,
): Promise<void> {
  await run(function* () {
    currentTask()!.setName("test");
    const inner = createTask(function* inner() {
      yield* sleep(60_000);
    }, { name: "inner" });
    const tasks = Object.entries(sources(inner)).map(([name, source]) => createTask(source, { name }));
    // A timer may be due before all have come as far as they get.
    for (let iteration = 0; iteration < 20; iteration++) yield* sleep(0);
    test(inner);
    for (const task of tasks) task.cancel();
    yield* wait(tasks);
  });
}

describe("A line of the tree", () => {
  it("names a wait by what it is, and not by who is told when it ends, or by what is below", async () => {
    await beside((inner) => ({
      shield: function* work() {
        yield* shield(inner);
      },
      "shield, async": async function work() {
        await shield(inner);
      },
      gather: function* work() {
        yield* gather(inner);
      },
      "gather, async": async function work() {
        await gather(inner);
      },
      wait: function* work() {
        yield* wait([inner]);
      },
      "wait, async": async function work() {
        await wait([inner]);
      },
      "wait for two": function* work() {
        yield* wait([inner, currentTask()!]);
      },
      future: function* work() {
        const future = getRunningLoop().createFuture();
        future.addDoneCallback(() => {});
        yield* future;
      },
      group: async function work() {
        await taskGroup(async (group) => {
          group.createTask(function* work() {
            yield* inner;
          }, { name: "child" });
          await sleep(0);
        });
      },
      asCompleted: function* work() {
        for (const next of asCompleted([inner])) yield* next;
      },
      "waitFor, async": async function work() {
        await waitFor(inner, 60_000);
      },
    }), () => {
      assertEquals(linesOf("shield"), ["work", "shield", "(T) inner"]);
      assertEquals(linesOf("shield, async"), ["work", "shield", "(T) inner"]);
      assertEquals(linesOf("gather"), ["work", "gather 0/1", "(T) inner"]);
      assertEquals(linesOf("gather, async"), ["work", "gather 0/1", "(T) inner"]);
      assertEquals(linesOf("wait"), ["work", "wait futures=1", "(T) inner"]);
      assertEquals(linesOf("wait, async"), ["work", "wait futures=1", "(T) inner"]);
      assertEquals(linesOf("wait for two").slice(0, 2), ["work", "wait futures=2"]);
      assertEquals(linesOf("future"), ["work", "Future"]);
      assertEquals(linesOf("group"), [
        "work",
        "taskGroup <TaskGroup tasks=1 entered>",
        "(T) child",
        "work",
        "(T) inner",
      ]);
      assertEquals(linesOf("asCompleted"), ["work", "get <asCompleted 0/1>", "(T) inner"]);
      assertEquals(linesOf("waitFor, async"), ["work", "waitFor", "(T) inner"]);
    });
  });

  it("has one word for a function without a name", async () => {
    // Not as members of an object, which would name them.
    const nameless = (inner: Task<unknown>): TaskSource<unknown>[] => [
      function* () {
        yield* inner;
      },
      function* () {
        yield* call(function* () {
          yield* (function* () {
            yield* inner;
          })();
        });
      },
      async () => await inner,
      coroutine(function* () {
        yield* inner;
      })(),
    ];
    await beside(
      (inner) => Object.fromEntries(nameless(inner).map((source, index) => [`nameless ${index}`, source])),
      () => {
        const word = "<anonymous>";
        assertEquals(linesOf("nameless 0"), [word, "(T) inner"]);
        assertEquals(linesOf("nameless 1"), [word, word, word, "(T) inner"]);
        assertEquals(linesOf("nameless 2"), [word, "(T) inner"]);
        assertEquals(linesOf("nameless 3"), [word, "(T) inner"]);
      },
    );
  });
});

describe("A line of the call graph", () => {
  it("is as one of the tree, with the path of the file", async () => {
    await beside((inner) => ({
      shield: function* work() {
        yield* shield(inner);
      },
    }), (inner) => {
      const graph = formatCallGraph(inner);
      assertMatch(
        graph,
        /\n *\| {3}in shield\n *\| {3}File '[^']*\/tests\/inspect\/lines_test\.ts', line \d+, in generator work\(\)/,
      );
      assert(!graph.includes("file://") && !graph.includes("cb=["), graph);
    });
  });

  it("has no name that an engine has guessed", async () => {
    let names: unknown;
    await run(function* () {
      yield* createTask(function* () {
        yield* sleep(0);
        names = captureCallGraph()!.callStack.map(({ name }) => name);
      }, { name: "nameless" });
    });
    assertEquals(names, ["<anonymous>"]);
  });
});
