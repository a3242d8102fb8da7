/**
 * The programs that every peer writes in its own words.
 *
 * @module
 */
import type { Program } from "../harness.ts";

/** Something that every peer does, and how often one program does it. */
export interface Shape {
  readonly id: ShapeId;
  readonly title: string;
  readonly operations: number;
}

/** The short names of the shapes. */
export type ShapeId = "switch" | "hand-off" | "create" | "queue" | "lock" | "cancel" | "jobs";

/** So many tasks take turns. */
export const SWITCHING = 1_000;
/** So often each. */
export const TURNS = 20;
/** How often a future is handed over, and a queue's item. */
export const HANDED = 10_000;
/** Tasks that are made and awaited one after the other. */
export const CREATED = 5_000;
/** Locks that are taken. */
export const LOCKED = 20_000;
/** Parked tasks that are cancelled. */
export const CANCELLED = 1_000;
/** Jobs that give way once, each of them. */
export const JOBS = 2_000;
/** So many of them may be at work at once. */
export const AT_ONCE = 8;

/** The shapes, in the order in which they are shown. */
export const shapes: readonly Shape[] = [
  { id: "switch", title: "task switch, 1,000 tasks", operations: SWITCHING * TURNS },
  { id: "hand-off", title: "hand-off between two tasks by a future", operations: HANDED },
  { id: "create", title: "create a task and await it", operations: CREATED },
  { id: "queue", title: "queue, one item put and got by another task", operations: HANDED },
  { id: "lock", title: "free lock, acquire and release", operations: LOCKED },
  { id: "cancel", title: "cancel a parked task, its cleanup run", operations: CANCELLED },
  { id: "jobs", title: "2,000 jobs that give way once, 8 at a time, each", operations: JOBS },
];

/** What a peer can do. */
export interface Peer {
  /** Its programs; what it has no words for is missing. */
  readonly programs: Partial<Record<ShapeId, Program>>;
  /** Makes so many tasks that sleep for an hour; gives what cancels them all and tells how many are left. */
  readonly asleep?: (count: number) => Promise<() => Promise<number>>;
}
