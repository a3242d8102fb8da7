/**
 * The tree of who waits for whom.
 */
import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  call,
  type Coroutine,
  createTask,
  currentTask,
  Event,
  gather,
  getRunningLoop,
  Lock,
  newEventLoop,
  run,
  RuntimeError,
  sleep,
  type Task,
  taskGroup,
  wait,
} from "../../mod.ts";
import { formatTasks } from "../../src/inspect/mod.ts";
import { turns } from "./turns.ts";

/** The tree without what says how long something will take, and without the task of the test. */
function tree(): string[] {
  // Every coroutine has its line: of the test itself, and not of the module.
  const lines = formatTasks().replace(/(in|for another) [\d.]+ m?s/g, "$1 … ms")
    .replace(/ [^ ]*tests\/inspect\/format_tasks_test\.ts:\d+$/gm, " HERE").split("\n");
  const own = lines.findIndex((line) => line.includes("[running]"));
  if (own < 0) return lines;
  const next = lines.findIndex((line, index) => index > own && /^└── /.test(line));
  return [...lines.slice(0, own), ...(next < 0 ? [] : lines.slice(next))];
}

describe("formatTasks()", () => {
  it("has below each task what it does, and below that the tasks that it waits for", async () => {
    await run(function* () {
      const event = new Event();
      const play = () =>
        function* play() {
          yield* event.wait();
        };
      const album = (...tracks: string[]) =>
        function* album() {
          yield* taskGroup(function* (group) {
            for (const name of tracks) group.createTask(play(), { name });
            yield* sleep(0);
          });
        };
      currentTask()!.setName("test");
      const all = createTask(function* main() {
        yield* gather(
          createTask(album("TNDNBTG", "Levitate"), { name: "Sundowning" }),
          createTask(async function album() {
            await call(play());
          }, { name: "TMBTE" }),
        );
      }, { name: "main" });
      yield* turns();
      const lines = tree().map((line) => line.replace(/(gather|taskGroup)\b.*/, "$1 …"));
      assertEquals(lines, [
        "└── (T) main",
        "    └──  main HERE",
        "        └──  gather …",
        "            ├── (T) Sundowning",
        "            │   └──  album HERE",
        "            │       └──  taskGroup …",
        "            │           ├── (T) TNDNBTG",
        "            │           │   └──  play HERE",
        "            │           │       └──  wait <Event [unset, waiters:3]>",
        "            │           └── (T) Levitate",
        "            │               └──  play HERE",
        "            │                   └──  wait <Event [unset, waiters:3]>",
        "            └── (T) TMBTE",
        "                └──  album",
        "                    └──  play HERE",
        "                        └──  wait <Event [unset, waiters:3]>",
      ]);
      event.set();
      yield* all;
      assertEquals(tree(), []);
    });
  });

  it("has a branch for each thing that an async function awaits, and says where that waits for the host", async () => {
    await run(async () => {
      const lock = new Lock();
      const never = new Event();
      const { promise, resolve } = Promise.withResolvers<void>();
      await lock.acquire();
      createTask(async function several() {
        await Promise.all([lock.acquire(), never.wait()]);
      }, { name: "several" });
      createTask(async function host() {
        await promise;
      }, { name: "host" });
      await call(turns);
      const lines = tree();
      resolve();
      assertEquals(lines, [
        "└── (T) several",
        "    └──  several",
        "        ├──  acquire <Lock [locked, waiters:1]>",
        "        └──  wait <Event [unset, waiters:1]>",
        "└── (T) host",
        "    └──  host",
        "        └──  promise",
      ]);
    });
  });

  it("marks a ring, with what hangs on it", async () => {
    await run(function* () {
      const tasks: Task<unknown>[] = [];
      const waitsFor = (name: string, other: number) =>
        tasks.push(createTask(
          async function waits() {
            await tasks[other];
          },
          { name },
        ));
      waitsFor("one", 1);
      waitsFor("two", 0);
      waitsFor("beside", 1);
      yield* turns();
      assertEquals(tree(), [
        "└── (T) beside",
        "    └──  waits",
        "        └── (T) two",
        "            └──  waits",
        "                └── (T) one",
        "                    └──  waits",
        "                        └── (T) two [cycle: two → one → two]",
      ]);
      for (const task of tasks) task.cancel();
    });
  });

  it("marks a ring on which nothing hangs", async () => {
    await run(function* () {
      const event = new Event();
      const task: Task<unknown> = createTask(function* own() {
        yield* event.wait();
        yield* gather(task);
      }, { name: "own" });
      yield* sleep(0);
      event.set();
      yield* turns();
      const lines = tree();
      assertEquals(lines[0], "└── (T) own");
      assertEquals(lines.at(-1)?.trim(), "└── (T) own [cycle: own → own]");
      task.cancel();
    });
  });

  it("shows once what two tasks wait for", async () => {
    await run(function* () {
      const event = new Event();
      const inner = createTask(event.wait(), { name: "inner" });
      const middle = createTask(function* middle() {
        yield* inner;
      }, { name: "middle" });
      for (const name of ["first", "second"]) {
        createTask(async function outer() {
          await wait([middle]);
        }, { name });
      }
      yield* turns();
      const lines = tree().filter((line) => line.includes("(T)")).map((line) => line.trim());
      assertEquals(lines, [
        "└── (T) first",
        "└── (T) middle",
        "└── (T) inner",
        "└── (T) second",
        "└── (T) middle [see above]",
      ]);
      event.set();
    });
  });

  it("says of a task that it is ready, runs, or is being cancelled", async () => {
    await run(function* () {
      currentTask()!.setName("test");
      createTask(sleep(0), { name: "ready" });
      const task = createTask(sleep(60_000), { name: "cancelled" });
      yield* sleep(0);
      task.cancel();
      const lines = formatTasks().split("\n").filter((line) => line.includes("(T)"));
      assertEquals(lines, [
        "└── (T) test [running]",
        "└── (T) ready [ready]",
        "└── (T) cancelled [ready, cancelling]",
      ]);
    });
  });

  it("writes control characters out", async () => {
    await run(function* () {
      createTask(sleep(5), { name: "a\x1b]0;title\x07\n└── (T) fake\u202e" });
      yield* sleep(0);
      assertEquals(tree().at(0), "└── (T) a\\u{1b}]0;title\\u{7}\\n└── (T) fake\\u{202e}");
    });
  });

  it("is of the running loop, or of a given one", async () => {
    assertThrows(() => formatTasks(), RuntimeError);
    using loop = newEventLoop();
    assertEquals(formatTasks(loop), "");
    const task = loop.createTask(sleep(1), { name: "other" });
    assertEquals(formatTasks(loop).split("\n")[0], "└── (T) other [ready]");
    await loop.runUntilComplete(async () => {
      assertEquals(getRunningLoop(), loop);
      await task;
    });
  });

  it("shows a stack of a million calls by its ends", async () => {
    await run(function* () {
      const event = new Event();
      function* deep(levels: number): Coroutine<void> {
        if (levels === 0) yield* event.wait();
        else yield* call(deep(levels - 1));
      }
      const task = createTask(deep(100_000), { name: "deep" });
      yield* sleep(0);
      const lines = tree();
      assertEquals(lines[0], "└── (T) deep");
      assertEquals(lines.length > 20 && lines.length < 200, true);
      event.set();
      yield* task;
    });
  });
});
