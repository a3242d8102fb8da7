/**
 * The tree beside that of CPython for the same program: fixtures/cpython/music.py under `python -m asyncio pstree`.
 */
import { readFileSync } from "node:fs";
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type Coroutine, createTask, currentTask, gather, run, sleep, type Task, taskGroup, wait } from "../../mod.ts";
import { formatTasks } from "../../src/inspect/mod.ts";
import { turns } from "./turns.ts";

function* play(_track: string): Coroutine<void> {
  yield* sleep(60_000);
}

function* album(_name: string, tracks: string[]): Coroutine<void> {
  yield* taskGroup(function* (group) {
    for (const track of tracks) group.createTask(play(track), { name: track });
    yield* sleep(0);
  });
}

function* archive(task: Task<void>): Coroutine<void> {
  yield* wait([task]);
}

function* listen(task: Task<void>): Coroutine<void> {
  yield* gather(task, sleep(60_000));
}

function* main(): Coroutine<void> {
  yield* taskGroup(function* (group) {
    const first = group.createTask(album("Sundowning", ["TNDNBTG", "Levitate"]), { name: "Sundowning" });
    group.createTask(album("TMBTE", ["DYWTYLM", "Aqua Regia"]), { name: "TMBTE" });
    group.createTask(archive(first), { name: "archive" });
    group.createTask(listen(first), { name: "listener" });
    yield* sleep(0);
  });
}

interface Line {
  readonly label: string;
  readonly below: Line[];
}

/** A tree of lines, by where they begin. */
function parse(text: string): Line[] {
  const root: Line = { label: "", below: [] };
  const path: Line[] = [root];
  for (const row of text.trimEnd().split("\n")) {
    const [, indent = "", label = ""] = /^([│ ]*)[└├]── (.*)$/.exec(row) ?? [];
    const line: Line = { label, below: [] };
    path.length = indent.length / 4 + 1;
    path.at(-1)!.below.push(line);
    path.push(line);
  }
  return root.below;
}

/** The tasks by their names, and of what they run the functions of the program: each runtime has frames of its own in between. */
function comparable(lines: Line[], file: RegExp, known = new Map<string, unknown[]>()): unknown[] {
  return lines.flatMap(({ label, below }) => {
    const [, task, again] = /^\(T\) (.*?)( \[see above\])?$/.exec(label) ?? [];
    if (task === undefined) {
      const inner = comparable(below, file, known);
      return file.test(label) ? [[label.trim().split(" ")[0], ...inner]] : inner;
    }
    // The numbers of unnamed tasks count all of the process.
    const name = task.replace(/^Task-\d+$/, "Task");
    if (again === undefined) known.set(name, comparable(below, file, known));
    return [[`(T) ${name}`, ...known.get(name)!]];
  });
}

describe("The tree", () => {
  it("is that of CPython for the same program", async () => {
    const recorded = readFileSync(new URL("./fixtures/cpython/music.txt", import.meta.url), "utf8");
    let own = "";
    await run(function* () {
      currentTask()!.setName("test");
      const task = createTask(main);
      yield* turns();
      own = formatTasks().slice(formatTasks().indexOf("└── (T) Task-"));
      task.cancel();
    });
    const expected = comparable(parse(recorded), /music\.py:/);
    // Of the group's body nothing is left, as nothing is of that of `async with`.
    assertEquals(comparable(parse(own), / \S*cpython_tree_test\.ts:/), expected);
    assert(JSON.stringify(expected).includes('"(T) listener",["listen",["(T) Sundowning",["album"'));
  });
});
