/**
 * What is known of a task while a live page is open.
 *
 * @module
 */
import type { ListNode } from "../core/lists.ts";
import type { Task } from "../core/task.ts";
import { idOf } from "./ids.ts";
import type { Timeline } from "./timeline.ts";

/** Where the record of a task is: a property costs a twentieth of what an entry of a WeakMap does, and a busy Map keeps its old tables alive. */
export const RECORD = Symbol("record");

/** What has a record. */
export interface Watched {
  [RECORD]?: TaskRecord | undefined;
}

/** Stands for no steps; never changed. */
export const NONE: number[] = [];

/** What is known of one task. Nothing else holds one that has ended before it was reported to anybody, so that it goes as soon as it would have. */
export class TaskRecord implements ListNode<TaskRecord> {
  // What each step touches stands together, and is no fraction: those are objects of their own on V8, each somewhere else in memory.
  readonly timeline: Timeline;
  steps = 0;
  /** For how long it has run, in ten thousandths of a millisecond. */
  ran = 0;
  /** When its last step was over, in hundredths of a millisecond: since then it waits, if it does. -1 if that was before anybody looked. */
  since = -1;
  /** Whether it has changed and nobody was told. */
  isChanged = true;
  /** Whether it was made since the message before. */
  isNew: boolean;
  /** Whether somebody has it before their eyes. */
  isInSight = false;
  /** The steps of which nobody was told: when each began and ended. */
  spans: number[] = NONE;
  readonly task: Task<unknown>;
  /** When it was made, on the loop's clock; NaN if that was before anybody looked. */
  born: number;
  /** In which iteration it was made. */
  readonly iteration: number;
  /** Its neighbours among those that are new. */
  before: TaskRecord | null = null;
  after: TaskRecord | null = null;
  /** When it has ended; NaN if it has not. */
  ended = NaN;
  /** Whether the pages know it, and know it as one that sleeps: then a few numbers tell what has changed. */
  isKnown = false;
  isKnownAsleep = false;
  /** Whether a page was ever told of it, and has to be told of its end. */
  isTold = false;
  /** The name of its coroutine, once somebody has asked for it. */
  coroutine: string | null = null;
  #id = 0;
  #maker: Task<unknown> | null;
  #makerId: number | null = null;

  constructor(
    timeline: Timeline,
    task: Task<unknown>,
    maker: Task<unknown> | null,
    born: number,
    iteration: number,
  ) {
    this.timeline = timeline;
    this.task = task;
    this.#maker = maker;
    this.born = born;
    this.iteration = iteration;
    this.isNew = !Number.isNaN(born);
    (task as Watched)[RECORD] = this;
  }

  /** The number by which it is known outside. */
  get id(): number {
    return this.#id ||= idOf(this.task);
  }

  /** The number of who has made it; null if that is not known. The maker itself is let go: its own record might hold who has made that, and so on without end. */
  get makerId(): number | null {
    if (this.#maker !== null) this.#makerId = idOf(this.#maker);
    this.#maker = null;
    return this.#makerId;
  }

  /** What it has done until now is told to nobody. */
  drop(): void {
    this.spans = NONE;
    if (Number.isNaN(this.ended)) void this.makerId;
    else this.#maker = null;
  }
}
