/**
 * What a loop does at one moment, as plain data: what the tree, `ps`, the server and the page are made from.
 *
 * @module
 */

/**
 * One level of what a task does: a coroutine, an async function, or what that waits for.
 *
 * @category Inspection
 */
export interface FrameSnapshot {
  /** The name of the function, or what is waited for. */
  readonly name: string;
  /** Whether it is a coroutine, an async function, or what is waited for. */
  readonly kind: "generator" | "async" | "wait";
  /** Where that is, as `file:line`, if it is known. */
  readonly place: string | null;
  /** The ids of the tasks that are waited for here. */
  readonly awaits: readonly number[];
  /** What goes on inside: one level, or several in an async function that awaits several things at once. */
  readonly inner: readonly FrameSnapshot[];
}

/**
 * What a task is about: it runs now, it will run in the next iteration, or it waits.
 *
 * @category Inspection
 */
export type TaskState = "running" | "ready" | "waiting";

/**
 * One task that is not done.
 *
 * @category Inspection
 */
export interface TaskSnapshot {
  /** A number of its own, the same in every snapshot of this process. */
  readonly id: number;
  /** Its name, as the program gave it. */
  readonly name: string;
  /** What it is about. */
  readonly state: TaskState;
  /** How many cancels were asked for. */
  readonly cancelling: number;
  /** The name of its coroutine. */
  readonly coroutine: string;
  /** What it waits for, in words; null if it does not wait. */
  readonly waitsFor: string | null;
  /** For how many milliseconds it is known to have waited for that; null if nothing has looked at it before. */
  readonly since: number | null;
  /** Where it was made, as `file:line`; null unless debug mode has kept that. */
  readonly made: string | null;
  /** The ids of the tasks that wait for it. */
  readonly awaitedBy: readonly number[];
  /** What it does, from its coroutine to what that waits for. */
  readonly frames: readonly FrameSnapshot[];
}

/**
 * How much of everything there is.
 *
 * @category Inspection
 */
export interface Counters {
  /** Tasks that are not done. */
  readonly tasks: number;
  /** What runs in the next iteration. */
  readonly ready: number;
  /** Timers and sleeps. */
  readonly timers: number;
  /** Sockets that are open: connections, listeners, datagrams. */
  readonly sockets: number;
}

/**
 * One loop.
 *
 * @category Inspection
 */
export interface LoopSnapshot {
  /** A number of its own. */
  readonly id: number;
  /**
   * The number of the worker thread that runs it, as the debugger of V8 has it; null for the main thread, and for what an inspector of the thread's own
   * says. The numbers of loops and tasks are of their thread alone.
   */
  readonly worker: number | null;
  /** Its readable form. */
  readonly name: string;
  /** Its clock, in milliseconds. */
  readonly time: number;
  /** Whether its debug mode is on. */
  readonly debug: boolean;
  /** How much of everything there is. */
  readonly counters: Counters;
  /** The tasks that are not done, in the order in which they were made. */
  readonly tasks: readonly TaskSnapshot[];
}

/**
 * All loops of a program that run.
 *
 * @category Inspection
 */
export interface Snapshot {
  /** The form of the data; 1. */
  readonly version: 1;
  /** The runtime, such as `"deno"`. */
  readonly runtime: string;
  /** The number of the process; null where there is none. */
  readonly pid: number | null;
  /** When it was taken, in milliseconds since 1970. */
  readonly taken: number;
  /** The loops that run. */
  readonly loops: readonly LoopSnapshot[];
}
