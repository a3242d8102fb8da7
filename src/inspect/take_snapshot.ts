/**
 * How a snapshot is taken.
 *
 * @module
 */
import { findBuiltin } from "../adapters/shared/process.ts";
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import type { AnyTask } from "../core/contract.ts";
import { unfinishedTasks } from "../core/internal.ts";
import { queuedIn, waitsFor } from "../core/lazy_internal.ts";
import type { Task } from "../core/task.ts";
import { activityOf, levelsOf } from "../core/wait_graph.ts";
import { placeOf } from "../debug/places.ts";
import { HostLoop } from "../loop/host_loop.ts";
import { idOf } from "./ids.ts";
import { nameOf } from "./names.ts";
import type { Counters, LoopSnapshot, Snapshot, TaskSnapshot } from "./snapshot.ts";
import { SnapshotGraph, waitIn } from "./snapshot_graph.ts";

/** What looks at the tasks again and again, and so knows for how long they have waited. */
export class Watch {
  readonly #waits = new WeakMap<AnyTask, { waiter: object; since: number }>();

  /** For how many milliseconds at least a task has waited for what it waits for; null if it is seen so for the first time. */
  look(task: AnyTask, waiter: object | null, now: number): number | null {
    const known = this.#waits.get(task);
    if (known !== undefined && known.waiter === waiter) return now - known.since;
    if (waiter === null) this.#waits.delete(task);
    else this.#waits.set(task, { waiter, since: now });
    return null;
  }
}

/** How many tasks are looked into for their lines, if nothing else is said. */
const LINES = 1_000;
/** So many of them in any case; the others as long as this takes no more than so many milliseconds. Engines take up to a quarter of one for each. */
const ALWAYS = 50;
const BUDGET = 100;

/** How a snapshot is taken. */
export interface SnapshotOptions {
  /** What has looked before. */
  readonly watch?: Watch;
  /** Of how many tasks to look up the lines at which they wait, if there is time; 1,000 by default. */
  readonly lines?: number;
}

/** All loops as they are now. */
export function takeSnapshot(loops: readonly BaseEventLoop[], options: SnapshotOptions = {}): Snapshot {
  const { pid } = findBuiltin<{ readonly pid: number }>("node:process") ?? { pid: null };
  return {
    version: 1,
    runtime: loops[0] instanceof HostLoop ? loops[0].adapter.name : "",
    pid,
    taken: Date.now(),
    loops: loops.map((loop) => loopSnapshot(loop, options)),
  };
}

/** One loop as it is now. */
export function loopSnapshot(loop: BaseEventLoop, { watch, lines = LINES }: SnapshotOptions = {}): LoopSnapshot {
  const tasks = [...unfinishedTasks(loop)];
  const graph = new SnapshotGraph(tasks as unknown as AnyTask[]);
  const time = loop.time();
  return {
    id: idOf(loop),
    worker: null,
    name: String(loop),
    time,
    debug: loop.getDebug(),
    counters: countersOf(loop, tasks.length),
    tasks: tasks.map((task, index) => {
      const withLines = index < lines && (index < ALWAYS || loop.time() < time + BUDGET);
      return taskSnapshot(graph, task, time, withLines, watch);
    }),
  };
}

function countersOf(loop: BaseEventLoop, tasks: number): Counters {
  const sockets = loop instanceof HostLoop ? loop.openSockets.size : 0;
  return { tasks, ...queuedIn(loop), sockets };
}

function taskSnapshot(
  graph: SnapshotGraph,
  task: Task<unknown>,
  time: number,
  withLines: boolean,
  watch: Watch | undefined,
): TaskSnapshot {
  const known = task as unknown as AnyTask;
  const state = activityOf(known) as TaskSnapshot["state"];
  const levels = levelsOf(known);
  const frames = graph.frames(levels, withLines && state === "waiting");
  return {
    id: idOf(task),
    name: task.getName(),
    state,
    cancelling: task.cancelling(),
    coroutine: frames[0]?.name ?? nameOf(task.getCoro() ?? task),
    waitsFor: state === "waiting" ? waitIn(levels, frames) : null,
    since: watch?.look(known, state === "waiting" ? waitsFor(task) : null, time) ?? null,
    made: placeOf(task)?.location || null,
    awaitedBy: graph.tasksAwaiting(known).map(idOf),
    frames,
  };
}
