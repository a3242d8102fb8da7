/**
 * What the tasks of a loop have done lately: who was made, ran, parked and ended, and when.
 *
 * @module
 */
import { Instrument } from "../core/instruments.ts";
import type { Task } from "../core/task.ts";
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import { unfinishedTasks } from "../core/internal.ts";
import { type ListNode, NodeList } from "../core/lists.ts";

/** Steps of one task with no more than so many milliseconds between them are one span: nobody could tell them apart. */
const MERGED = 2;
/** So many spans are kept between two messages. Of more, only the long ones. */
const MOST_SPANS = 1_000;
/** A span that is kept in any case takes at least so many milliseconds. */
const LONG = 5;
/** Of tasks that were made and have ended between two messages so many are reported, beside those that ran long: nobody could look at more. */
const MOST_BRIEF = 40;

/** Where the record of a task is: a property costs a twentieth of what an entry of a WeakMap does, and a busy Map keeps its old tables alive. */
const RECORD = Symbol("record");

/** What has a record. */
interface Watched {
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
const NONE: number[] = [];

/** What is counted. */
export interface Counted {
  steps: number;
  callbacks: number;
  iterations: number;
  received: number;
  sent: number;
  readonly requests: Record<string, number>;
}

/** What was recorded since it was taken before. */
export interface Recorded {
  /** So many steps are left out. */
  readonly omitted: number;
  /** The longest wait of a timer, or the longest step or callback, in milliseconds. */
  readonly lag: number;
}

/** Records what the tasks of a loop do, from when it is made until it is closed. */
export class Timeline {
  /** How many tasks are not done. */
  live = 0;
  readonly counted: Counted = { steps: 0, callbacks: 0, iterations: 0, received: 0, sent: 0, requests: {} };
  readonly #loop: BaseEventLoop;
  readonly #instrument: Instrument;
  /** Those that were made since the message before. Most of a busy server have ended when it is time for the next. */
  #new = new NodeList<TaskRecord>();
  /** Some of those, in turn. */
  readonly #brief: TaskRecord[] = [];
  #briefAt = 0;
  #changed: TaskRecord[] = [];
  /** Which of these is the first of which nobody was told. */
  #firstChanged = 0;
  #spans = 0;
  /** The clock, as it was last told: to read it is dear on some hosts. */
  #time: number;
  #omitted = 0;
  #lag = 0;

  constructor(loop: BaseEventLoop) {
    this.#loop = loop;
    this.#time = loop.time();
    for (const task of unfinishedTasks(loop)) this.#changed.push(new TaskRecord(this, task, null, null, 0));
    this.live = this.#changed.length;
    this.#instrument = new Instrument({
      taskCreated: (task, parent) => {
        this.live++;
        this.#new.push(new TaskRecord(this, task, parent, this.#time, this.counted.iterations));
      },
      taskStepped: (task, began, ended) => this.#stepped(task, began, ended),
      taskParked: (task, time) => {
        const record = this.#recordOf(task);
        if (record !== null) record.since = time;
      },
      taskDone: (task, time) => this.#done(task, time),
      callbackRun: (_callback, began, ended) => {
        this.counted.callbacks++;
        this.#time = ended;
        if (ended - began > this.#lag) this.#lag = ended - began;
      },
      iteration: (_ready, time) => {
        this.counted.iterations++;
        this.#time = time;
      },
      lag: (late) => {
        if (late > this.#lag) this.#lag = late;
      },
      bytesReceived: (count) => {
        this.counted.received += count;
      },
      bytesSent: (count) => {
        this.counted.sent += count;
      },
      requestEnded: ({ outcome }) => {
        const { requests } = this.counted;
        requests[outcome] = (requests[outcome] ?? 0) + 1;
      },
    });
    loop.addInstrument(this.#instrument);
  }

  /** Records nothing more. */
  close(): void {
    this.#loop.removeInstrument(this.#instrument);
  }

  /** Counts a task among those that have changed. */
  change(record: TaskRecord): void {
    if (record.isChanged) return;
    record.isChanged = true;
    this.#changed.push(record);
  }

  /** Counts all that is there as changed, for somebody who knows nothing. */
  changeAll(): void {
    for (const task of unfinishedTasks(this.#loop)) {
      const record = this.#recordOf(task);
      if (record !== null && !record.isNew) this.change(record);
    }
  }

  /** Looks through the tasks that are new: to be called once before changes are taken. */
  sift(): void {
    for (let record = this.#new.first(); record !== null; record = this.#new.first()) {
      this.#new.remove(record);
      record.isNew = false;
      this.#changed.push(record);
    }
    this.#changed.push(...this.#brief.splice(0));
    this.#briefAt = 0;
  }

  /** So many of the tasks that have changed, those that changed first before others; none if no more have. */
  takeChanged(most: number): TaskRecord[] {
    const taken = this.#changed.slice(this.#firstChanged, this.#firstChanged + most);
    this.#firstChanged += taken.length;
    if (this.#firstChanged === this.#changed.length) {
      this.#changed = [];
      this.#firstChanged = 0;
    }
    for (const record of taken) record.isChanged = false;
    return taken;
  }

  /** What was recorded since it was taken before. */
  take(): Recorded {
    const taken = { omitted: this.#omitted, lag: this.#lag };
    this.#spans = 0;
    this.#omitted = 0;
    this.#lag = 0;
    return taken;
  }

  /** What was recorded until now is reported to nobody. */
  drop(): void {
    this.sift();
    for (const record of this.takeChanged(Infinity)) record.spans = NONE;
    this.take();
  }

  #recordOf(task: Task<unknown>): TaskRecord | null {
    const record = (task as Watched)[RECORD];
    return record !== undefined && record.timeline === this ? record : null;
  }

  #done(task: Task<unknown>, time: number): void {
    const record = this.#recordOf(task);
    if (record === null) return;
    this.live--;
    record.ended = time;
    if (!record.isNew) return this.change(record);
    this.#new.remove(record);
    record.isNew = false;
    if (record.ran >= LONG) {
      this.#changed.push(record);
      return;
    }
    const place = this.#briefAt++ % MOST_BRIEF;
    const other = this.#brief[place];
    if (other !== undefined) this.#omitted += other.spans.length / 2;
    this.#brief[place] = record;
  }

  #stepped(task: Task<unknown>, began: number, ended: number): void {
    this.counted.steps++;
    const took = ended - began;
    if (took > this.#lag) this.#lag = took;
    this.#time = ended;
    const record = this.#recordOf(task);
    if (record === null) return;
    // It was made in the callback of the host that has taken this step: the time that was known is an old one.
    if (record.steps === 0 && record.isNew && record.iteration === this.counted.iterations) record.born = began;
    record.steps++;
    record.ran += took;
    record.since = null;
    if (!record.isChanged) this.change(record);
    this.#span(record, began, ended, took);
  }

  #span(record: TaskRecord, began: number, ended: number, took: number): void {
    const { spans } = record;
    const last = spans.length - 1;
    if (last > 0 && began - (spans[last] as number) < MERGED) spans[last] = ended;
    else if (this.#spans >= MOST_SPANS && took < LONG && !record.isNew) this.#omitted++;
    else {
      // Most of those that are new end before they are reported to anybody, with their steps.
      if (!record.isNew) this.#spans++;
      if (spans === NONE) record.spans = [began, ended];
      else spans.push(began, ended);
    }
  }
}
