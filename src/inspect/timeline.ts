/**
 * What the tasks of a loop have done lately: who was made, ran, parked and ended, and when.
 *
 * @module
 */
import { Instrument } from "../core/instruments.ts";
import type { Task } from "../core/task.ts";
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import { unfinishedTasks } from "../core/internal.ts";
import { idOf } from "./ids.ts";

/** Steps of one task with no more than so many milliseconds between them are one span: nobody could tell them apart. */
const MERGED = 2;
/** So many spans are kept between two messages. Of more, only the slow ones. */
const MOST_SPANS = 2_000;
/** A span that is kept in any case takes at least so many milliseconds. */
const LONG = 5;
/** A span is three numbers: the id of the task, when it began, when it ended. */
const SPAN = 3;

/** What is known of one task. */
export class TaskRecord {
  readonly task: Task<unknown>;
  readonly id: number;
  /** Who has made it; null if that is not known. */
  readonly maker: number | null;
  /** When it was made, on the loop's clock; null if that was before anybody looked. */
  readonly born: number | null;
  /** Since when it waits; null if that was before anybody looked, or if it does not wait. */
  since: number | null = null;
  /** When it has ended; null if it has not. */
  ended: number | null = null;
  steps = 0;
  ran = 0;
  /** Whether it has changed and nobody was told. */
  isChanged = true;
  /** Where its last span is among those that nobody was told of; less than 0 if it has none. */
  span = -1;

  constructor(task: Task<unknown>, maker: Task<unknown> | null, born: number | null) {
    this.task = task;
    this.id = idOf(task);
    this.maker = maker === null ? null : idOf(maker);
    this.born = born;
  }
}

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
  /** The steps, as in a `PageUpdate`. */
  readonly spans: number[];
  readonly omitted: number;
  /** The longest wait of a timer, or the longest step or callback, in milliseconds. */
  readonly lag: number;
}

/** Records what the tasks of a loop do, from when it is made until it is closed. */
export class Timeline {
  /** The tasks that are not done, and those that have ended of which nobody was told. */
  readonly records: Map<Task<unknown>, TaskRecord> = new Map();
  readonly counted: Counted = { steps: 0, callbacks: 0, iterations: 0, received: 0, sent: 0, requests: {} };
  readonly #loop: BaseEventLoop;
  readonly #instrument: Instrument;
  #changed: TaskRecord[] = [];
  #spans: number[] = [];
  #omitted = 0;
  #lag = 0;

  constructor(loop: BaseEventLoop) {
    this.#loop = loop;
    for (const task of unfinishedTasks(loop)) this.#add(new TaskRecord(task, null, null));
    this.#instrument = new Instrument({
      taskCreated: (task, parent) => this.#add(new TaskRecord(task, parent, loop.time())),
      taskStepped: (task, began, ended) => this.#stepped(task, began, ended),
      taskParked: (task, time) => {
        const record = this.records.get(task);
        if (record !== undefined) record.since = time;
      },
      taskDone: (task, time) => {
        const record = this.records.get(task);
        if (record === undefined) return;
        record.ended = time;
        this.change(record);
      },
      callbackRun: (_callback, began, ended) => {
        this.counted.callbacks++;
        if (ended - began > this.#lag) this.#lag = ended - began;
      },
      iteration: () => {
        this.counted.iterations++;
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

  /** One of the tasks that have changed, those that changed first before others; undefined if there is none. */
  takeChanged(most: number): TaskRecord[] {
    const taken = this.#changed.length <= most ? this.#changed : this.#changed.slice(0, most);
    this.#changed = taken === this.#changed ? [] : this.#changed.slice(most);
    for (const record of taken) {
      record.isChanged = false;
      if (record.task.done()) this.records.delete(record.task);
    }
    return taken;
  }

  /** What was recorded since it was taken before. */
  take(): Recorded {
    const taken = { spans: this.#spans, omitted: this.#omitted, lag: this.#lag };
    for (let at = 0; at < this.#spans.length; at += SPAN) {
      // The record of one that has ended may be gone.
      const record = this.#recordOf[at / SPAN] as TaskRecord;
      record.span = -1;
    }
    this.#recordOf = [];
    this.#spans = [];
    this.#omitted = 0;
    this.#lag = 0;
    return taken;
  }

  /** The records of the tasks that the spans are of. */
  #recordOf: TaskRecord[] = [];

  #add(record: TaskRecord): void {
    this.records.set(record.task, record);
    this.#changed.push(record);
  }

  #stepped(task: Task<unknown>, began: number, ended: number): void {
    this.counted.steps++;
    const took = ended - began;
    if (took > this.#lag) this.#lag = took;
    const record = this.records.get(task);
    if (record === undefined) return;
    record.steps++;
    record.ran += took;
    record.since = null;
    if (!record.isChanged) this.change(record);
    this.#span(record, began, ended, took);
  }

  #span(record: TaskRecord, began: number, ended: number, took: number): void {
    const spans = this.#spans;
    const { span } = record;
    if (span >= 0 && began - (spans[span + 2] as number) < MERGED) {
      spans[span + 2] = ended;
    } else if (spans.length < MOST_SPANS * SPAN || took >= LONG) {
      record.span = spans.length;
      spans.push(record.id, began, ended);
      this.#recordOf.push(record);
    } else {
      this.#omitted++;
    }
  }
}
