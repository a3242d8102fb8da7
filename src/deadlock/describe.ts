/**
 * Who waits for whom, in words.
 *
 * @module
 */
import type { AnyTask } from "../core/contract.ts";
import type { Ring, WaitGraph } from "./rings.ts";

/** No more than so many tasks are described. */
const MOST_TASKS = 20;

/** The name of a task as text that commands no terminal. */
function quoted(task: AnyTask): string {
  return `'${JSON.stringify(task.getName()).slice(1, -1)}'`;
}

/** A line for a task, with the tasks that it needs: which lock is held by which task is in it. */
function lineOf(task: AnyTask, graph: WaitGraph): string {
  const needed = [...graph.neededBy(task)];
  if (needed.length === 0) return `\n  ${task}`;
  const names = needed.slice(0, MOST_TASKS).map(quoted);
  if (needed.length > names.length) names.push(`${needed.length - names.length} more`);
  return `\n  ${task}\n    needs ${names.join(", ")}${graph.needsLock(task) ? ", which holds it" : ""}`;
}

/** A ring in one line, such as `'a' → 'b' → 'a'`. */
export function describeRing({ tasks }: Ring): string {
  const names = tasks.slice(0, MOST_TASKS).map(quoted);
  if (tasks.length > names.length) names.push(`… ${tasks.length - names.length} more`);
  return [...names, quoted(tasks[0]!)].join(" → ");
}

/** What each of the tasks waits for, a line each. */
export function describeTasks(tasks: Iterable<AnyTask>, graph?: WaitGraph): string {
  const all = [...tasks];
  const lines = all.slice(0, MOST_TASKS).map((task) => graph === undefined ? `\n  ${task}` : lineOf(task, graph));
  if (all.length > MOST_TASKS) lines.push(`\n  … and ${all.length - MOST_TASKS} more`);
  return lines.join("");
}

/** Who waits for whom: the rings first, with what their tasks wait for; then all others. */
export function describeGraph(tasks: Iterable<AnyTask>, graph: WaitGraph): string {
  const members = new Set(graph.rings.flatMap((ring) => [...ring.members]));
  const others = [...tasks].filter((task) => !members.has(task));
  const rings = graph.rings.slice(0, MOST_TASKS).map((ring) => `\n  ring: ${describeRing(ring)}`);
  return rings.join("") + describeTasks([...members, ...others], graph);
}
