/** The levels of async functions in the tree of tasks, in debug mode: each has its own name and its own line. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { allTasks, call, createTask, currentTask, Event, run, type Task, timeout } from "../../mod.ts";
import { frameLocation } from "../../src/debug/frames.ts";
import { formatTasks } from "../../src/inspect/mod.ts";
import { turns } from "./turns.ts";

/** The line of the caller's code, so many lines further down. */
function lineHere(offset: number): string {
  const frame = new Error().stack!.split("\n").filter((line) => line.includes("async_levels_test.ts"))[1]!;
  return `HERE:${Number(/:(\d+):\d+\)?$/.exec(frame)![1]) + offset}`;
}

/** The tree, without the task of the test. */
function tree(): string[] {
  const lines = formatTasks().replace(/ [^ ]*tests\/inspect\/async_levels_test\.ts/g, " HERE").split("\n");
  const own = lines.findIndex((line) => line.includes("[running]"));
  const next = lines.findIndex((line, index) => index > own && /^└── /.test(line));
  return [...lines.slice(0, own), ...(next < 0 ? [] : lines.slice(next))];
}

describe("The tree of a loop in debug mode", () => {
  it("has the line of each async function beside its own name, and not that of whoever has called it", async () => {
    await run(function* () {
      const event = new Event();
      const [outer, inner] = [lineHere(2), lineHere(3)];
      const task = createTask(async function outer() {
        await call(async function inner() {
          await event.wait();
        });
      }, { name: "nested" });
      yield* turns();
      assertEquals(tree(), [
        "└── (T) nested",
        `    └──  outer ${outer}`,
        `        └──  inner ${inner}`,
        "            └──  wait <Event [unset, waiters:1]>",
      ]);
      event.set();
      yield* task;
    }, { debug: true });
  });

  it("has that of an async function which awaits a coroutine by call(), and not that of the coroutine", async () => {
    await run(function* () {
      const event = new Event();
      const [outer, inner, inmost] = [lineHere(2), lineHere(3), lineHere(4)];
      const task = createTask(function* outer() {
        yield* call(async function inner() {
          await call(function* inmost() {
            yield* call(function* () {
              yield* event.wait();
            });
          });
        });
      }, { name: "nested" });
      yield* turns();
      assertEquals(tree().map((line) => line.replace(/<anonymous> .*/, "<anonymous>")), [
        "└── (T) nested",
        `    └──  outer ${outer}`,
        `        └──  inner ${inner}`,
        `            └──  inmost ${inmost}`,
        "                └──  <anonymous>",
        "                    └──  wait <Event [unset, waiters:1]>",
      ]);
      event.set();
      yield* task;
    }, { debug: true });
  });

  it("names no async function by another one", async () => {
    await run(async function main() {
      const event = new Event();
      const tasks = [
        createTask(async function first() {
          await event.wait();
        }),
        createTask(async function second() {
          await event.wait();
        }),
      ];
      await call(turns);
      formatTasks();
      formatTasks();
      const named = [...tasks, currentTask() as Task<unknown>].map((task) => /coro=<(\w+)/.exec(String(task))![1]);
      assertEquals(named, ["first", "second", "main"]);
      event.set();
      for (const task of tasks) await task;
    }, { debug: true });
  });
});

describe("What an async function has left behind", () => {
  for (const debug of [false, true]) {
    it(`is shown by its coroutine and what that waits for, ${debug ? "in debug mode" : "without debug mode"}`, async () => {
      await run(async () => {
        const event = new Event();
        const place = lineHere(2);
        function* work() {
          yield* event.wait();
        }
        const racing = createTask(async () => {
          await Promise.race([call(turns), call(work), timeout(1_000_000, () => event.wait())]);
        });
        await racing;
        await call(turns);
        const left = [...allTasks()].filter((task) => task !== currentTask());
        assertEquals(left.map((task) => String(task).replace(/ name='Task-\d+'| cb=.*/g, "")), [
          "<Task pending coro=<work()> wait_for=<wait <Event [unset, waiters:2]>>",
          "<Task pending coro=<timeout()> wait_for=<wait <Event [unset, waiters:2]>>",
        ]);
        assertEquals(tree().map((line) => line.replace(/Task-\d+/, "Task-N")), [
          "└── (T) Task-N",
          `    └──  work ${place}`,
          "        └──  wait <Event [unset, waiters:2]>",
          "└── (T) Task-N",
          "    └──  timeout",
          "        └──  wait <Event [unset, waiters:2]>",
        ]);
        event.set();
        await call(turns);
      }, { debug });
    });
  }
});

describe("The place of a frame", () => {
  it("has no word that an engine writes before it", () => {
    assertEquals(
      ["async file:///main.ts:3:5", "async work (file:///main.ts:3:5)", "file:///main.ts:3:5"].map(frameLocation),
      ["file:///main.ts:3:5", "file:///main.ts:3:5", "file:///main.ts:3:5"],
    );
  });
});
