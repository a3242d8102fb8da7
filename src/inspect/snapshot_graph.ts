/**
 * What each task does and whom it waits for, for a snapshot.
 *
 * @module
 */
import type { AnyFuture, AnyTask, Parkable, Stepper } from "../core/contract.ts";
import { isAsync } from "../core/current.ts";
import type { Future } from "../core/future.ts";
import { type AwaitedBy, awaitersOf, isTask, type Level } from "../core/wait_graph.ts";
import { statedAwaiters } from "./awaited_by.ts";
import { type CoroutineLine, coroutineLines } from "./coroutine_lines.ts";
import { idOf } from "./ids.ts";
import { kindOf, NAMELESS, nameOf } from "./names.ts";
import type { FrameSnapshot } from "./snapshot.ts";

/** An async function that awaits nothing of this module waits for the host, or will go on with a microtask. */
const HOST_WAIT: FrameSnapshot = { name: "promise", kind: "wait", place: null, awaits: [], inner: [] };

/** The edges between the tasks of a loop, from who waits to what is waited for. */
export class SnapshotGraph {
  /** What a future that is no task waits for; and what a task, or a part of it, waits for by callbacks. */
  readonly #waitedForBy = new Map<object, Set<AnyFuture>>();
  readonly #awaiters = new Map<AnyFuture, readonly AwaitedBy[]>();

  constructor(tasks: readonly AnyTask[]) {
    // A set: what is added while it is gone through is gone through as well.
    const found = new Set<AnyFuture>(tasks);
    for (const future of found) {
      const awaiters = stated(future, awaitersOf(future));
      if (awaiters.length === 0) continue;
      this.#awaiters.set(future, awaiters);
      for (const { awaiter, stepper } of awaiters) {
        const key = stepper ?? awaiter;
        const known = this.#waitedForBy.get(key);
        if (known === undefined) this.#waitedForBy.set(key, new Set([future]));
        else known.add(future);
        found.add(awaiter);
      }
    }
  }

  /** The tasks that wait for one, also by way of futures. */
  tasksAwaiting(task: AnyTask): readonly AnyTask[] {
    if (!this.#awaiters.has(task)) return [];
    const found = new Set<AnyTask>();
    const seen = new Set<AnyFuture>([task]);
    for (const future of seen) {
      for (const { awaiter } of this.#awaiters.get(future) ?? []) {
        if (isTask(awaiter)) found.add(awaiter);
        else seen.add(awaiter);
      }
    }
    return [...found];
  }

  /** The levels of a task as frames, with the lines at which its coroutines wait if they are wanted. */
  frames(levels: readonly Level[], withLines: boolean): FrameSnapshot[] {
    const lines = withLines ? new Lines() : null;
    return levels.map((level) => this.#frame(level, lines));
  }

  #frame(level: Level, lines: Lines | null): FrameSnapshot {
    const { of, stepper, inner } = level;
    const frames: FrameSnapshot[] = [];
    const awaits: number[] = [];
    let isInnermost = true;
    for (const next of inner) {
      if (isTask(next.of)) awaits.push(idOf(next.of));
      else frames.push(this.#frame(next, lines));
      if (stepper !== null && next.stepper === stepper) isInnermost = false;
    }
    const others = isInnermost ? this.#waitedForBy.get(stepper ?? of) : undefined;
    if (others !== undefined) this.#addOthers(level, others, awaits, frames, lines);
    if (isAsync(of as Parkable) && inner.length === 0 && awaits.length === 0) frames.push(HOST_WAIT);
    const frame: FrameSnapshot = { name: nameOf(of), kind: kindOf(of), place: null, awaits, inner: frames };
    if (lines === null) return frame;
    const places = lines.of(level);
    return places.length === 0 ? withoutEcho(frame) : withPlaces(frame, places);
  }

  /** Adds what is waited for by callbacks. */
  #addOthers(
    { of, stepper, inner }: Level,
    others: ReadonlySet<AnyFuture>,
    awaits: number[],
    frames: FrameSnapshot[],
    lines: Lines | null,
  ): void {
    const direct = new Set<object>(inner.map((next) => next.of));
    const tasks: number[] = [];
    for (const other of others) {
      if (direct.has(other) || other === of) continue;
      if (isTask(other)) tasks.push(idOf(other));
      else frames.push(this.#frame({ of: other, stepper: null, inner: [] }, lines));
    }
    // A future that was made for the wait, as that of the end of a group, is where they are waited for.
    const wait = frames[0];
    if (tasks.length > 0 && stepper !== null && inner.length === 1 && wait !== undefined && isFuture(inner[0]!.of)) {
      frames[0] = { ...wait, awaits: [...wait.awaits, ...tasks] };
    } else {
      for (const task of tasks) awaits.push(task);
    }
  }
}

/** The lines of the coroutines of one task, which are looked up once for each part of it. */
class Lines {
  readonly #known = new Map<Stepper, ReadonlyMap<object, readonly CoroutineLine[]>>();

  of({ of, stepper }: Level): readonly CoroutineLine[] {
    if (stepper === null) return [];
    let known = this.#known.get(stepper);
    if (known === undefined) this.#known.set(stepper, known = coroutineLines(stepper));
    return known.get(of) ?? [];
  }
}

/** A coroutine with its line; what it awaits by `yield*` is within it, and what is waited for within the innermost of those. */
function withPlaces(frame: FrameSnapshot, lines: readonly CoroutineLine[]): FrameSnapshot {
  let { awaits, inner } = frame;
  for (const [index, { name, file, line }] of lines.entries()) {
    const isOutermost = index === lines.length - 1;
    // The engine says `Album.play` for a method where the function says `play`.
    const known = isOutermost && name === null ? frame.name : name ?? NAMELESS;
    const made: FrameSnapshot = { name: known, kind: frame.kind, place: `${file}:${line}`, awaits, inner };
    if (isOutermost) return made;
    awaits = [];
    inner = [made];
  }
  return frame;
}

/** A function of this module, which has no lines of the program, is named by what it waits for: `wait futures=2` needs no `wait` above it. */
function withoutEcho(frame: FrameSnapshot): FrameSnapshot {
  const { name, kind, awaits, inner } = frame;
  const [only, ...others] = inner;
  if (kind !== "generator" || awaits.length > 0 || only?.kind !== "wait" || others.length > 0) return frame;
  return only.name.startsWith(`${name} `) ? only : frame;
}

/** Adds those who were said to wait. */
function stated(future: AnyFuture, known: AwaitedBy[]): AwaitedBy[] {
  for (const waiter of statedAwaiters(future as unknown as Future<unknown>)) {
    const awaiter = waiter as unknown as AnyFuture;
    known.push({ awaiter, stepper: isTask(awaiter) ? awaiter : null });
  }
  return known;
}

function isFuture(of: object): boolean {
  return typeof (of as Partial<AnyFuture>).addDoneCallback === "function" && !isTask(of);
}

/** What a task waits for, in words: several things, if an async function awaits several. */
export function waitIn(levels: readonly Level[], frames: readonly FrameSnapshot[]): string {
  let only = frames.length === 1 ? frames[0] : undefined;
  while (only !== undefined && only.awaits.length === 0) {
    if (only.inner.length === 0) return only.name;
    only = only.inner.length === 1 ? only.inner[0] : undefined;
  }
  return describeWait(levels);
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
