/**
 * The call graph as a program asks for it.
 */
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  call,
  createTask,
  Event,
  type Future,
  gather,
  getRunningLoop,
  newEventLoop,
  run,
  RuntimeError,
  sleep,
  type Task,
  taskGroup,
} from "../../mod.ts";
import {
  captureCallGraph,
  formatCallGraph,
  FrameCallGraphEntry,
  futureAddToAwaitedBy,
  FutureCallGraph,
  futureDiscardFromAwaitedBy,
  printCallGraph,
} from "../../src/inspect/mod.ts";
import { turns } from "./turns.ts";

/** The graph by names: a task, and in a list those that wait for it. */
function names({ future, awaitedBy }: FutureCallGraph): unknown[] {
  const name = "getName" in future ? (future as Task<unknown>).getName() : "future";
  return awaitedBy.length === 0 ? [name] : [name, ...awaitedBy.map(names)];
}

function graph(future: Future<unknown>): unknown[] {
  return names(captureCallGraph(future) as FutureCallGraph);
}

describe("captureCallGraph()", () => {
  it("goes from a future to all who wait for it, and who wait for those", async () => {
    await run(function* () {
      const event = new Event();
      const inner = createTask(event.wait(), { name: "inner" });
      createTask(async () => await inner, { name: "async" });
      createTask(function* () {
        yield* taskGroup(function* (group) {
          group.createTask(function* () {
            yield* gather(inner);
          }, { name: "child" });
          yield* sleep(0);
        });
      }, { name: "group" });
      yield* turns();
      assertEquals(graph(inner), ["inner", ["async"], ["future", ["child", ["group"]]]]);
      event.set();
      yield* turns();
      assertEquals(graph(inner), ["inner"]);
    });
  });

  it("has the functions of the task that runs, with their lines, and by name what awaits them", async () => {
    let found: FutureCallGraph | null = null;
    function* innermost() {
      yield* sleep(0);
      found = captureCallGraph();
    }
    await run(function* () {
      const task = createTask(async function outermost() {
        await call(function* middle() {
          yield* innermost();
        });
      });
      yield* task;
      const { future, callStack } = found as unknown as FutureCallGraph;
      assertEquals(future, task);
      assertEquals(callStack.map(({ name }) => name), ["innermost", "middle", "outermost"]);
      const [first] = callStack;
      assert(first !== undefined && first.file !== null && first.line !== null);
      assertMatch(first.file, /call_graph_test\.ts$/);
      assertEquals(callStack.at(-1)?.kind, "async");
      assertEquals(callStack.at(-1)?.name, "outermost");
    });
  });

  it("leaves functions out by depth, and entries by limit", async () => {
    const stacks: Record<string, readonly string[]> = {};
    const take = (name: string, options: Parameters<typeof captureCallGraph>[1]) => {
      stacks[name] = captureCallGraph(null, options)!.callStack.map((entry) => entry.name);
    };
    function capture() {
      take("all", {});
      take("depth", { depth: 3 });
      take("near", { limit: 2 });
      take("far", { limit: -1 });
      take("none", { limit: 0 });
    }
    await run(async function main() {
      await sleep(0);
      capture();
    });
    assertEquals(stacks.all, ["take", "capture", "main"]);
    assertEquals(stacks.depth, ["main"]);
    assertEquals(stacks.near, ["take", "capture"]);
    assertEquals(stacks.far, ["main"]);
    assertEquals(stacks.none, []);
  });

  it("has what a task waits for that does not run, innermost first", async () => {
    await run(function* () {
      const event = new Event();
      const task = createTask(function* outer() {
        yield* call(function* inner() {
          yield* event.wait();
        });
      });
      yield* sleep(0);
      const stack = captureCallGraph(task)!.callStack;
      assertEquals(stack.map(({ name, kind, line }) => [name, kind, line !== null]), [
        ["wait <Event [unset, waiters:1]>", "wait", false],
        ["inner", "generator", true],
        ["outer", "generator", true],
      ]);
      assertEquals(captureCallGraph(task, { limit: 1 })!.callStack.length, 1);
      event.set();
    });
  });

  it("ends where a task waits for itself by way of others", async () => {
    await run(function* () {
      const tasks: Task<unknown>[] = [];
      for (const [name, other] of [["one", 1], ["two", 0]] as const) {
        tasks.push(createTask(function* () {
          yield* tasks[other]!;
        }, { name }));
      }
      yield* turns();
      assertEquals(graph(tasks[0]!), ["one", ["two", ["one"]]]);
      assertMatch(
        formatCallGraph(tasks[0]),
        /^\* Task\(name='one', id=0x\w+\)[^]*Task\(name='one', id=0x\w+\) \[cycle\]/,
      );
      for (const task of tasks) task.cancel();
    });
  });

  it("is null where no task runs, and an error where no loop does", async () => {
    const loop = newEventLoop();
    let inCallback: unknown;
    loop.callSoon(() => {
      inCallback = [captureCallGraph(), formatCallGraph()];
      loop.stop();
    });
    await loop.runForever();
    loop.close();
    assertEquals(inCallback, [null, ""]);
    assertThrows(() => captureCallGraph(), RuntimeError, "no event loop is running here");
  });

  it("refuses what is no future, and what is no whole number", async () => {
    await run(async () => {
      await sleep(0);
      for (const value of [5, "task", {}, Promise.resolve()]) {
        assertThrows(() => captureCallGraph(value as never), TypeError, "give a future or a task");
      }
      assertThrows(() => captureCallGraph(null, { depth: 1.5 }), TypeError, "as depth: give a whole number");
      assertThrows(() => captureCallGraph(null, { limit: "2" as never }), TypeError, "as limit: give a whole number");
    });
  });

  it("returns frozen records", async () => {
    await run(async () => {
      await sleep(0);
      const found = captureCallGraph()!;
      assert(found instanceof FutureCallGraph && found.callStack[0] instanceof FrameCallGraphEntry);
      assert(Object.isFrozen(found) && Object.isFrozen(found.callStack) && Object.isFrozen(found.callStack[0]));
    });
  });
});

describe("futureAddToAwaitedBy()", () => {
  it("states who waits, until that is taken back", () => {
    using loop = newEventLoop();
    const [inner, outer] = [loop.createFuture(), loop.createFuture()];
    futureAddToAwaitedBy(inner, outer);
    futureAddToAwaitedBy(inner, outer);
    assertEquals(graph(inner), ["future", ["future"]]);
    futureDiscardFromAwaitedBy(inner, outer);
    futureDiscardFromAwaitedBy(inner, outer);
    assertEquals(graph(inner), ["future"]);
  });

  it("does nothing with what is no future", () => {
    using loop = newEventLoop();
    const future = loop.createFuture();
    futureAddToAwaitedBy(future, 5 as never);
    futureAddToAwaitedBy("x" as never, future);
    futureDiscardFromAwaitedBy(future, null as never);
    assertEquals(graph(future), ["future"]);
  });

  it("forgets who is done", () => {
    using loop = newEventLoop();
    const [inner, outer] = [loop.createFuture(), loop.createFuture<void>()];
    futureAddToAwaitedBy(inner, outer);
    outer.setResult();
    assertEquals(graph(inner), ["future"]);
  });
});

describe("printCallGraph()", () => {
  it("has the layout of CPython's", async () => {
    const texts: string[] = [];
    await run(function* () {
      const event = new Event();
      const loop = getRunningLoop();
      const inner = createTask(function* inner() {
        yield* event.wait();
      }, { name: "in\x1b[2Jner" });
      createTask(async function outer() {
        await inner;
      }, { name: "outer" });
      yield* turns();
      printCallGraph(inner, { write: (text) => texts.push(text) });
      printCallGraph(loop.createFuture(), { write: (text) => texts.push(text) });
      event.set();
    });
    const shown = (text: string) =>
      text.replace(/0x[\da-f]+/g, "0x…").replace(/File '.*\/(\w+\.ts)', line \d+/, "File '$1', line …");
    assertEquals(texts.map(shown), [
      [
        "* Task(name='in\\u{1b}[2Jner', id=0x…)",
        "  + Call stack:",
        "  |   in wait <Event [unset, waiters:1]>",
        "  |   File 'call_graph_test.ts', line …, in generator inner()",
        "  + Awaited by:",
        "    * Task(name='outer', id=0x…)",
        "      + Call stack:",
        "      |   in async outer()",
      ].join("\n"),
      "* Future(id=0x…)",
    ]);
  });
});
