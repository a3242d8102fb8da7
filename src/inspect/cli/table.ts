/**
 * What is printed: the table of the tasks, or their trees.
 *
 * @module
 */
import { shownName } from "../printable.ts";
import { formatTree } from "../format_tasks.ts";
import type { FrameSnapshot, LoopSnapshot, Snapshot, TaskSnapshot } from "../snapshot.ts";

const WIDTHS = [10, 20, 20, 50, 50, 15, 15];
const HEAD = ["loop", "task id", "task name", "coroutine stack", "awaiter chain", "awaiter name", "awaiter id"];
/** As wide as CPython draws it. */
const LINE = "-".repeat(180);

/** The tasks as `python -m asyncio ps` prints them: one line for each that waits for a task. */
export function formatTable({ loops }: Snapshot): string {
  const rows = loops.flatMap((loop) => {
    const { tasks } = loop;
    const byId = new Map(tasks.map((task) => [task.id, task]));
    return tasks.flatMap((task) => {
      const own = [loopName(loop), hex(task.id), shownName(task.name), stackOf(task)];
      const awaiters = task.awaitedBy.flatMap((awaiter) => byId.get(awaiter) ?? []);
      if (awaiters.length === 0) return [[...own, "", "", "0x0"]];
      return awaiters.map((awaiter) => [...own, stackOf(awaiter), shownName(awaiter.name), hex(awaiter.id)]);
    });
  });
  return [line(HEAD), LINE, ...rows.map(line)].join("\n");
}

/** The trees of the loops. Where there are several, each has a line above it that says which it is. */
export function formatTrees({ loops }: Snapshot): string {
  const busy = loops.filter(({ tasks }) => tasks.length > 0);
  const head = (loop: LoopSnapshot) => busy.length > 1 ? `loop ${loopName(loop)}:\n` : "";
  return busy.map((loop) => `${head(loop)}${formatTree(loop.tasks)}\n`).join("");
}

function loopName({ id, worker }: LoopSnapshot): string {
  return worker === null || worker === undefined ? String(id) : `${id} worker ${worker}`;
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
    names.unshift(shownName((level[0] as FrameSnapshot).name));
  }
  return names.join(" -> ");
}
