/**
 * What is known of a task while a live page is open.
 *
 * @module
 */
import type { ListNode } from "../core/lists.ts";
import type { Task } from "../core/task.ts";
import type { Timeline } from "./timeline.ts";

/** Where the record of a task is: a property costs a twentieth of what an entry of a WeakMap does, and a busy Map keeps its old tables alive. */
export const RECORD = Symbol("record");

/** What has a record. */
export interface Watched {
  [RECORD]?: TaskRecord;
}

/** What is known of one task. Nothing else holds one that has ended before it was reported to anybody, so that it goes as soon as it would have. */
export class TaskRecord implements ListNode<TaskRecord> {
  readonly timeline: Timeline;
  readonly task: Task<unknown>;
  /** Who has made it; null if that is not known. */
  readonly maker: Task<unknown> | null;
  /** When it was made, on the loop's clock; null if that was before anybody looked. */
  born: number | null;
  /** In which iteration it was made. */
  readonly iteration: number;
  /** Its neighbours among those that are new. */
  before: TaskRecord | null = null;
  after: TaskRecord | null = null;
  /** Since when it waits; null if that was before anybody looked, or if it does not wait. */
  since: number | null = null;
  /** When it has ended; null if it has not. */
  ended: number | null = null;
  steps = 0;
  ran = 0;
  /** Whether it was made since the message before. */
  isNew: boolean;
  /** Whether it has changed and nobody was told. */
  isChanged = true;
  /** Whether somebody has it before their eyes. */
  isInSight = false;
  /** The steps of which nobody was told: when each began and ended. */
  spans: number[] = NONE;

  constructor(
    timeline: Timeline,
    task: Task<unknown>,
    maker: Task<unknown> | null,
    born: number | null,
    iteration: number,
  ) {
    this.timeline = timeline;
    this.task = task;
    this.maker = maker;
    this.born = born;
    this.iteration = iteration;
    this.isNew = born !== null;
    (task as Watched)[RECORD] = this;
  }
}

/** Stands for no steps; never changed. */
export const NONE: number[] = [];
