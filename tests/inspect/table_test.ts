/**
 * What is printed of a snapshot, whatever names are in it.
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { formatTable, formatTrees } from "../../src/inspect/cli/table.ts";
import type { FrameSnapshot, LoopSnapshot, Snapshot, TaskSnapshot } from "../../src/inspect/mod.ts";

function task(id: number, name: string, awaits: number[] = [], awaitedBy: number[] = []): TaskSnapshot {
  const frame: FrameSnapshot = { name: `work ${id}`, kind: "generator", place: null, awaits, inner: [] };
  const state = "waiting";
  return {
    id,
    name,
    state,
    cancelling: 0,
    coroutine: "",
    waitsFor: null,
    since: null,
    made: null,
    awaitedBy,
    frames: [frame],
  };
}

function snapshot(...loops: TaskSnapshot[][]): Snapshot {
  const counters = { tasks: 0, ready: 0, timers: 0, sockets: 0 };
  const made = loops.map((tasks, index): LoopSnapshot => (
    { id: index + 1, worker: index === 1 ? 4 : null, name: "loop", time: 0, debug: false, counters, tasks }
  ));
  return { version: 1, runtime: "deno", pid: 1, taken: 0, loops: made };
}

describe("formatTable() and formatTrees()", () => {
  it("write control characters out, and marks that turn the direction of text", () => {
    const name = "a\x1b[31m\u202eb\nc\u{feff}\ud800";
    const both = [task(1, name, [2]), task(2, name, [], [1])];
    const shown = "a\\u{1b}[31m\\u{202e}b\\nc\\u{feff}\\u{d800}";
    const tree = `└── (T) ${shown}\n    └──  work 1\n        └── (T) ${shown}\n            └──  work 2\n`;
    assertEquals(formatTrees(snapshot(both)), tree);
    const [, , first, second] = formatTable(snapshot(both)).split("\n");
    assert(first!.includes(` ${shown} work 1`));
    assert(second!.includes(` ${shown} work 2 `) && second!.endsWith(`${shown} 0x1`), second);
  });

  it("cut names that are longer than a line", () => {
    const long = "long ".repeat(200_000);
    const tasks = Array.from({ length: 200 }, (_, index) => task(index + 2, long, [1]));
    const one = snapshot([task(1, long, [], tasks.map(({ id }) => id)), ...tasks]);
    for (const text of [formatTable(one), formatTrees(one)]) {
      assert(text.includes(`${long.slice(0, 199)}…`));
      assert(text.length < 300_000, `${text.length} characters`);
    }
  });

  it("cut no character in two", () => {
    const name = `${"x".repeat(198)}${"\u{1f422}".repeat(9)}`;
    assert(formatTrees(snapshot([task(1, name)])).startsWith(`└── (T) ${"x".repeat(198)}…\n`));
  });

  it("mark a ring", () => {
    const ring = snapshot([task(1, "one", [2], [2]), task(2, "two", [1], [1])]);
    assertEquals(
      formatTrees(ring).trimEnd().split("\n").at(-1),
      `${" ".repeat(16)}└── (T) one [cycle: one → two → one]`,
    );
    assertEquals(formatTable(ring).split("\n").length, 4);
  });

  it("tell several loops apart", () => {
    const several = snapshot([task(1, "one")], [task(1, "one")], []);
    assertEquals(
      formatTrees(several),
      "loop 1:\n└── (T) one\n    └──  work 1\nloop 2 worker 4:\n└── (T) one\n    └──  work 1\n",
    );
    assertEquals(
      formatTable(several).split("\n").slice(2).map((line) => line.replace(/ 0x.*/, "").trimEnd()),
      ["1", "2 worker 4"],
    );
  });

  it("name a task that has ended since it was seen nowhere", () => {
    assertEquals(formatTrees(snapshot([task(1, "one", [7], [8])])), "└── (T) one\n    └──  work 1\n");
  });
});
