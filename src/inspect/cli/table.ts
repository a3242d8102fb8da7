/**
 * The table of the tasks.
 *
 * @module
 */
import { printable } from "../printable.ts";
import type { FrameSnapshot, Snapshot, TaskSnapshot } from "../snapshot.ts";

const WIDTHS = [10, 20, 20, 50, 50, 15, 15];
const HEAD = ["loop", "task id", "task name", "coroutine stack", "awaiter chain", "awaiter name", "awaiter id"];
/** As wide as CPython draws it. */
const LINE = "-".repeat(180);

/** The tasks as `python -m asyncio ps` prints them: one line for each that waits for a task. */
export function formatTable({ loops }: Snapshot): string {
  const rows = loops.flatMap(({ id, tasks }) => {
    const byId = new Map(tasks.map((task) => [task.id, task]));
    return tasks.flatMap((task) => {
      const own = [String(id), hex(task.id), printable(task.name), stackOf(task)];
      const awaiters = task.awaitedBy.flatMap((awaiter) => byId.get(awaiter) ?? []);
      if (awaiters.length === 0) return [[...own, "", "", "0x0"]];
      return awaiters.map((awaiter) => [...own, stackOf(awaiter), printable(awaiter.name), hex(awaiter.id)]);
    });
  });
  return [line(HEAD), LINE, ...rows.map(line)].join("\n");
}

function hex(id: number): string {
  return `0x${id.toString(16)}`;
}

function line(cells: readonly string[]): string {
  return cells.map((cell, index) => cell.padEnd(WIDTHS[index] ?? 0)).join(" ").trimEnd();
}

/** What a task does, innermost first; of several things at once the first. */
function stackOf({ frames }: TaskSnapshot): string {
  const names: string[] = [];
  for (let level: readonly FrameSnapshot[] = frames; level.length > 0; level = (level[0] as FrameSnapshot).inner) {
    names.unshift(printable((level[0] as FrameSnapshot).name));
  }
  return names.join(" -> ");
}
