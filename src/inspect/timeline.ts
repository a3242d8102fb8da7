/**
 * What the tasks of a loop have done lately: who was made, ran, parked and ended, and when.
 *
 * @module
 */
import type { AnyTask } from "../core/contract.ts";
import { runningTask } from "../core/current_code.ts";
import { Instrument } from "../core/instruments.ts";
import { sampleFor } from "../core/sampler.ts";
import type { Task } from "../core/task.ts";
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import { unfinishedTasks } from "../core/internal.ts";
import { NodeList } from "../core/lists.ts";
import type { Counted, Recorded } from "./counted.ts";
import { NONE, RECORD, TaskRecord, type Watched } from "./task_record.ts";
import { type Due, ToTell } from "./to_tell.ts";

/** Steps of one task with no more than so many milliseconds between them are one span: nobody could tell them apart. */
const MERGED = 2;
/** So many spans are kept between two messages. Of more, only the long ones. */
const MOST_SPANS = 1_000;
/** A span that is kept in any case takes at least so many milliseconds. */
const LONG = 5;
/** If more than so many tasks end in their first step between two messages, only some of them are looked at. */
const MANY_BRIEF = 500;
/** So many of them. */
const FEW_BRIEF = 40;

/** Records what the tasks of a loop do, from when it is made until it is closed. */
export class Timeline {
  /** How many tasks are not done. */
  live = 0;
  readonly counted: Counted = { steps: 0, callbacks: 0, iterations: 0, received: 0, sent: 0, requests: {} };
  readonly #loop: BaseEventLoop;
  readonly #instrument: Instrument;
  /** Those that were made since the message before. Most of a busy server have ended when it is time for the next. */
  #new = new NodeList<TaskRecord>();
  /** The task that was made last, if nothing else has happened to it yet. Most tasks of a busy server end in their first step, and need no record. */
  #fresh: Task<unknown> | null = null;
  #maker: Task<unknown> | null = null;
  #freshAt = 0;
  #freshIn = 0;
  /** How many took a step right after they were made, and how many of them go by until the next one is looked at. */
  #first = 0;
  #skipped = 0;
  #toSkip = 0;
  /** Of whom the pages are to be told. */
  #toTell = new ToTell();
  /** Those that somebody who has only begun to look does not know, the last one first. */
  #unknown: TaskRecord[] = [];
  /** Those that somebody has before their eyes: reported before all others, and with all their steps. */
  #inSight = new Set<TaskRecord>();
  #spans = 0;
  /** The clock, as it was last told: to read it is dear on some hosts. */
  #time: number;
  #omitted = 0;
  #lag = 0;

  constructor(loop: BaseEventLoop) {
    this.#loop = loop;
    this.#time = loop.time();
    for (const task of unfinishedTasks(loop)) this.#unknown.push(new TaskRecord(this, task, null, NaN, 0));
    this.#unknown.reverse();
    this.live = this.#unknown.length;
    this.#instrument = new Instrument({
      taskCreated: (task, parent) => this.#made(task, parent),
      taskStepped: (task, began, ended) => this.#stepped(task, began, ended),
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
      requestEnded: ({ outcome }) => this.#answered(outcome),
    });
    sampleFor(this.#instrument, {
      made: (task) => this.#made(task as unknown as Task<unknown>, runningTask() as Task<unknown> | null),
      ignores: (task) => task as unknown !== this.#fresh && (task as Watched)[RECORD]?.timeline !== this,
      wants: (task) => this.#wants(task),
      passes: (task) => this.#passes(task),
      answered: (outcome) => this.#answered(outcome),
    });
    loop.addInstrument(this.#instrument);
  }

  /** Records nothing more, and leaves nothing at the tasks: one that lives long, or is kept, would hold all that was recorded. */
  close(): void {
    this.#loop.removeInstrument(this.#instrument);
    for (const task of unfinishedTasks(this.#loop)) (task as Watched)[RECORD] = undefined;
    this.#fresh = this.#maker = null;
    this.#new = new NodeList<TaskRecord>();
    this.#toTell = new ToTell();
    this.#unknown = [];
    this.#inSight = new Set();
  }

  /** Counts a task among those that have changed. */
  change(record: TaskRecord): void {
    if (record.isChanged) return;
    record.isChanged = true;
    if (!record.isInSight) this.#toTell.add(record);
  }

  /** From now on the tasks with these numbers are before somebody's eyes, and no others. */
  look(ids: ReadonlySet<number>): void {
    const before = this.#inSight;
    this.#inSight = new Set();
    for (const record of before) record.isInSight = false;
    for (const task of unfinishedTasks(this.#loop)) {
      const record = this.#recordOf(task);
      // Nobody knows the number of one that was never told, and to give it one is dear.
      if (record === null || !record.isTold || !ids.has(record.id)) continue;
      record.isInSight = true;
      this.#inSight.add(record);
    }
    for (const record of before) if (record.isChanged && !record.isInSight) this.#toTell.add(record);
  }

  /** Counts all that is there as unknown, for somebody who knows nothing. */
  forgetAll(): void {
    this.#unknown = [];
    for (const task of unfinishedTasks(this.#loop)) {
      const record = this.#recordOf(task);
      if (record === null || record.isNew) continue;
      record.isKnown = record.isKnownAsleep = false;
      record.isChanged = true;
      if (!record.isInSight) this.#unknown.push(record);
    }
    this.#unknown.reverse();
  }

  /** Looks through the tasks that are new: to be called once before changes are taken. Returns how many of them have to be taken now. */
  sift(): Due {
    if (this.#fresh !== null) this.#keepFresh();
    this.#skipped = this.#first > MANY_BRIEF ? Math.floor(this.#first / FEW_BRIEF) : 0;
    this.#toSkip = Math.min(this.#toSkip, this.#skipped);
    this.#first = 0;
    for (let record = this.#new.first(); record !== null; record = this.#new.first()) {
      this.#new.remove(record);
      record.isNew = false;
      this.#toTell.add(record);
    }
    return this.#toTell.turn();
  }

  /** A task that was made, has changed or has ended since it was told, the first before others; null if there are no more. */
  takeNext(what: keyof Due): TaskRecord | null {
    return this.#toTell.take(what);
  }

  /** A task that somebody who has only begun to look does not know; null if there are no more. */
  takeUnknown(): TaskRecord | null {
    for (;;) {
      const record = this.#unknown.pop();
      if (record === undefined) return null;
      // The pages know it already, or it has ended and comes with those that have.
      if (record.isKnown || !Number.isNaN(record.ended)) continue;
      record.isChanged = false;
      return record;
    }
  }

  /** Those that have changed and are before somebody's eyes. */
  takeInSight(): TaskRecord[] {
    const taken = [...this.#inSight].filter((record) => record.isChanged);
    for (const record of taken) {
      record.isChanged = false;
      if (!Number.isNaN(record.ended)) this.#inSight.delete(record);
    }
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
    for (const record of this.takeInSight()) record.drop();
    this.#toTell.drop();
    this.#unknown = [];
    this.take();
  }

  /** Whether to look at the first step of a task: one of a few hundred if there are very many. */
  #wants(task: AnyTask): boolean {
    const isFresh = task as unknown === this.#fresh;
    if (!isFresh && (task as Watched)[RECORD]?.timeline === this) return true;
    this.#first++;
    if (this.#toSkip > 0) {
      this.#toSkip--;
      return false;
    }
    this.#toSkip = this.#skipped;
    if (!isFresh) this.#made(task as unknown as Task<unknown>, runningTask() as Task<unknown> | null);
    return true;
  }

  #made(task: Task<unknown>, maker: Task<unknown> | null): void {
    this.live++;
    if (this.#fresh !== null) this.#keepFresh();
    this.#fresh = task;
    this.#maker = maker;
    this.#freshAt = this.#time;
    this.#freshIn = this.counted.iterations;
  }

  #answered(outcome: string): void {
    const { requests } = this.counted;
    requests[outcome] = (requests[outcome] ?? 0) + 1;
  }

  #keepFresh(): void {
    this.#new.push(new TaskRecord(this, this.#fresh as Task<unknown>, this.#maker, this.#freshAt, this.#freshIn));
    this.#fresh = this.#maker = null;
  }

  #recordOf(task: Task<unknown>): TaskRecord | null {
    if (task === this.#fresh) this.#keepFresh();
    const record = (task as Watched)[RECORD];
    return record !== undefined && record.timeline === this ? record : null;
  }

  #done(task: Task<unknown>, time: number): void {
    const record = this.#recordOf(task);
    if (record === null) return;
    this.live--;
    record.ended = time;
    if (record.isNew) {
      this.#new.remove(record);
      record.isNew = false;
    }
    if (record.isInSight) record.isChanged = true;
    else if (record.isTold || record.ran >= LONG * 10_000) {
      record.isChanged = true;
      this.#toTell.add(record);
    } else this.#omitted += this.#toTell.addBrief(record);
  }

  /** The task has ended in a step that was not looked at. */
  #passes(task: AnyTask): boolean {
    if (task as unknown === this.#fresh) {
      this.#fresh = this.#maker = null;
      this.live--;
    } else if ((task as Watched)[RECORD]?.timeline === this) {
      return false;
    }
    this.counted.steps++;
    this.#omitted++;
    return true;
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
    record.ran += Math.round(took * 10_000);
    record.since = Math.round(ended * 100);
    if (!record.isChanged) this.change(record);
    this.#span(record, began, ended, took);
  }

  #span(record: TaskRecord, began: number, ended: number, took: number): void {
    const { spans } = record;
    const last = spans.length - 1;
    if (last > 0 && began - (spans[last] as number) < MERGED) spans[last] = ended;
    else if (this.#spans >= MOST_SPANS && took < LONG && !record.isNew && !record.isInSight) this.#omitted++;
    else {
      // Most of those that are new end before they are reported to anybody, with their steps.
      if (!record.isNew) this.#spans++;
      if (spans === NONE) record.spans = [began, ended];
      else spans.push(began, ended);
    }
  }
}
