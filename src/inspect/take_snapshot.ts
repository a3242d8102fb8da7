/**
 * How a snapshot is taken.
 *
 * @module
 */
import { findBuiltin } from "../adapters/shared/process.ts";
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import type { AnyFuture, AnyTask, Parkable } from "../core/contract.ts";
import { isAsync } from "../core/current.ts";
import type { Future } from "../core/future.ts";
import { queuedIn, unfinishedTasks, waitsFor } from "../core/internal.ts";
import type { Task } from "../core/task.ts";
import { activityOf, type AwaitedBy, awaitersOf, isTask, type Level, levelsOf } from "../core/wait_graph.ts";
import { HostLoop } from "../loop/host_loop.ts";
import { statedAwaiters } from "./awaited_by.ts";
import { kindOf, nameOf } from "./names.ts";
import type { Counters, FrameSnapshot, LoopSnapshot, Snapshot, TaskSnapshot } from "./snapshot.ts";

/** The numbers of loops and tasks, given when somebody looks at them for the first time. */
const ids = new WeakMap<object, number>();
let lastId = 0;

/** The number of a loop or task. */
export function idOf(of: object): number {
  let id = ids.get(of);
  if (id === undefined) ids.set(of, id = ++lastId);
  return id;
}

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

/** The coroutines that frames stand for, for a debugger, which knows where they are. */
const generators = new WeakMap<FrameSnapshot, object>();

/** The generators that the frames of a snapshot stand for, in the order in which they stand there. */
export function generatorsIn({ loops }: Snapshot): object[] {
  const found: object[] = [];
  const look = (frame: FrameSnapshot): void => {
    const generator = generators.get(frame);
    if (generator !== undefined) found.push(generator);
    frame.inner.forEach(look);
  };
  for (const { tasks } of loops) for (const { frames } of tasks) frames.forEach(look);
  return found;
}

/** All loops as they are now. */
export function takeSnapshot(loops: readonly BaseEventLoop[], watch?: Watch): Snapshot {
  const { pid } = findBuiltin<{ readonly pid: number }>("node:process") ?? { pid: null };
  return {
    version: 1,
    runtime: loops[0] instanceof HostLoop ? loops[0].adapter.name : "",
    pid,
    taken: Date.now(),
    loops: loops.map((loop) => loopSnapshot(loop, watch)),
  };
}

/** One loop as it is now. */
export function loopSnapshot(loop: BaseEventLoop, watch?: Watch): LoopSnapshot {
  const tasks = [...unfinishedTasks(loop)];
  const graph = new Graph(tasks as unknown as AnyTask[]);
  const time = loop.time();
  return {
    id: idOf(loop),
    name: String(loop),
    time,
    debug: loop.getDebug(),
    counters: countersOf(loop, tasks.length),
    tasks: tasks.map((task) => graph.taskSnapshot(task as unknown as AnyTask, time, watch)),
  };
}

function countersOf(loop: BaseEventLoop, tasks: number): Counters {
  const sockets = loop instanceof HostLoop ? loop.openSockets.size : 0;
  return { tasks, ...queuedIn(loop), sockets };
}

/** An async function that awaits nothing of this module waits for the host, or will go on with a microtask. */
const HOST_WAIT: FrameSnapshot = { name: "promise", kind: "wait", place: null, awaits: [], inner: [] };

/** The edges between the tasks of a loop, from who waits to what is waited for. */
class Graph {
  /** What a future that is no task waits for; and what a task, or a part of it, waits for by callbacks. */
  readonly #waitedForBy = new Map<object, AnyFuture[]>();
  readonly #awaiters = new Map<AnyFuture, readonly AwaitedBy[]>();

  constructor(tasks: readonly AnyTask[]) {
    // A set: what is added while it is gone through is gone through as well.
    const found = new Set<AnyFuture>(tasks);
    for (const future of found) {
      const awaiters = [
        ...awaitersOf(future),
        ...statedAwaiters(future as unknown as Future<unknown>).map((waiter): AwaitedBy => {
          const awaiter = waiter as unknown as AnyFuture;
          return { awaiter, stepper: isTask(awaiter) ? awaiter : null };
        }),
      ];
      this.#awaiters.set(future, awaiters);
      for (const { awaiter, stepper } of awaiters) {
        const key = stepper ?? awaiter;
        const known = this.#waitedForBy.get(key);
        if (known === undefined) this.#waitedForBy.set(key, [future]);
        else if (!known.includes(future)) known.push(future);
        found.add(awaiter);
      }
    }
  }

  taskSnapshot(task: AnyTask, time: number, watch: Watch | undefined): TaskSnapshot {
    const state = activityOf(task) as TaskSnapshot["state"];
    const waiter = state === "waiting" ? waitsFor(task) : null;
    const levels = levelsOf(task);
    return {
      id: idOf(task),
      name: task.getName(),
      state,
      cancelling: task.cancelling(),
      coroutine: nameOf((task as unknown as Task<unknown>).getCoro() ?? task),
      waitsFor: state === "waiting" ? describeWait(levels) : null,
      since: watch?.look(task, waiter, time) ?? null,
      made: null,
      awaitedBy: [...this.#tasksAwaiting(task)].map(idOf),
      frames: levels.map((level) => this.#frame(level)),
    };
  }

  /** The tasks that wait for a future, also by way of other futures. */
  #tasksAwaiting(future: AnyFuture, found = new Set<AnyTask>(), seen = new Set<AnyFuture>()): Set<AnyTask> {
    seen.add(future);
    for (const { awaiter } of this.#awaiters.get(future) ?? []) {
      if (isTask(awaiter)) found.add(awaiter);
      else if (!seen.has(awaiter)) this.#tasksAwaiting(awaiter, found, seen);
    }
    return found;
  }

  #frame({ of, stepper, inner }: Level): FrameSnapshot {
    const awaits = new Set<AnyTask>();
    const frames: FrameSnapshot[] = [];
    for (const level of inner) {
      if (isTask(level.of)) awaits.add(level.of);
      else frames.push(this.#frame(level));
    }
    let awaited: readonly number[] = [...awaits].map(idOf);
    const isInnermost = stepper !== null && !inner.some((level) => level.stepper === stepper);
    if (isInnermost || stepper === null) {
      const others = (this.#waitedForBy.get(stepper ?? of) ?? []).filter((future) =>
        !inner.some((level) => level.of === future)
      );
      const tasks = others.filter(isTask).map(idOf);
      // A future that was made for the wait, as that of the end of a group, is where they are waited for.
      const wait = inner[0];
      if (isInnermost && inner.length === 1 && wait !== undefined && isPlainFuture(wait.of) && frames.length === 1) {
        frames[0] = { ...frames[0]!, awaits: [...frames[0]!.awaits, ...tasks] };
      } else awaited = [...awaited, ...tasks];
      for (const future of others) {
        if (!isTask(future)) frames.push(this.#frame({ of: future, stepper: null, inner: [] }));
      }
    }
    if (isAsync(of as Parkable) && inner.length === 0 && awaited.length === 0) frames.push(HOST_WAIT);
    const frame: FrameSnapshot = { name: nameOf(of), kind: kindOf(of), place: null, awaits: awaited, inner: frames };
    if (frame.kind === "generator") generators.set(frame, of);
    return frame;
  }
}

function isPlainFuture(of: object): boolean {
  return typeof (of as Partial<AnyFuture>).addDoneCallback === "function" && !isTask(of);
}

/** What is at the end of the levels, in words: several things, if an async function awaits several. */
export function describeWait(levels: readonly Level[]): string {
  const ends: string[] = [];
  const left = [...levels];
  for (let level = left.pop(); level !== undefined; level = left.pop()) {
    if (level.inner.length > 0) left.push(...level.inner.toReversed());
    else if (isAsync(level.of as Parkable)) ends.push(HOST_WAIT.name);
    else ends.push(isTask(level.of) ? `Task ${level.of.getName()}` : nameOf(level.of));
    if (ends.length > 3) return `${ends.slice(0, 3).join(", ")}, …`;
  }
  return ends.join(", ");
}
