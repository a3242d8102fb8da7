/**
 * What the pages that are open are told, four times a second.
 *
 * @module
 */
import { clearTimeout, setTimeout } from "../adapters/shared/timers.ts";
import type { AnyFuture, AnyTask } from "../core/contract.ts";
import { queuedIn, stateOf, unfinishedTasks } from "../core/internal.ts";
import type { Task } from "../core/task.ts";
import { activityOf, awaitersOf, isTask, levelsOf } from "../core/wait_graph.ts";
import { placeOf } from "../debug/places.ts";
import type { HostLoop } from "../loop/host_loop.ts";
import { nameOf } from "./names.ts";
import { type PageCounters, type PageHello, type PageMessage, type PageTask, readCommand } from "./page_protocol.ts";
import { idOf } from "./ids.ts";
import { describeWait } from "./snapshot_graph.ts";
import type { TaskRecord } from "./task_record.ts";
import { Timeline } from "./timeline.ts";

/** Milliseconds between two messages. */
const INTERVAL = 250;
/** The loop has at least so many to itself in between. */
const SHORTEST = 50;
/** So many milliseconds of each period may go into looking at tasks: what is left is looked at in the next one. */
const BUDGET = 1;
/** The same until somebody who has only begun to look knows everything. */
const FIRST_BUDGET = 25;
/** So many tasks are looked at between two looks at the clock. */
const CHUNK = 32;
/** Who waits for a task by way of futures is followed so far. */
const MAX_DEPTH = 8;

/** A page that is open. */
export interface Viewer {
  /** Hears of what it has sent. */
  receive(text: string): void;
  /** It is gone. */
  close(): void;
}

interface OpenPage {
  readonly send: (text: string) => void;
  readonly isBehind: () => boolean;
  isFresh: boolean;
  isPaused: boolean;
  /** The ids of the tasks that it has in sight. */
  inSight: readonly number[];
}

/** What one loop tells the pages that look at it. As long as there are none, nothing is recorded. */
export class PageFeed {
  readonly #loop: HostLoop;
  readonly #pid: number | null;
  readonly #pages = new Set<OpenPage>();
  #timeline: Timeline | null = null;
  #timer: unknown = null;
  /** So many tasks are to be sent until somebody who has only begun to look knows everything. */
  #unknown = 0;

  constructor(loop: HostLoop, pid: number | null) {
    this.#loop = loop;
    this.#pid = pid;
  }

  /** How many pages are open. */
  get size(): number {
    return this.#pages.size;
  }

  /** A page was opened; it is told by `send`. While it is behind it is told nothing, and then everything anew. */
  open(send: (text: string) => void, isBehind: () => boolean = () => false): Viewer {
    const page: OpenPage = { send, isBehind, isFresh: true, isPaused: false, inSight: [] };
    this.#pages.add(page);
    this.#begin();
    this.#send(page, this.#hello());
    return {
      receive: (text) => this.#receive(page, text),
      close: () => {
        this.#pages.delete(page);
        this.#endIfIdle();
        if (page.inSight.length > 0) this.#look();
      },
    };
  }

  /** The loop ends: tells all of them. */
  close(): void {
    for (const page of this.#pages) this.#send(page, { type: "end" });
    this.#pages.clear();
    this.#endIfIdle();
  }

  /** Tells what has changed since it was told before. */
  tell(): void {
    const timeline = this.#timeline;
    if (timeline === null) return;
    const open = [...this.#pages].filter((page) => this.#isReady(page));
    if (open.length === 0) return timeline.drop();
    const spans: number[] = [];
    const tasks = this.#changed(timeline, spans);
    const { omitted, lag } = timeline.take();
    const update = { type: "update", time: round(this.#loop.time()), full: false, counters: this.#counters(timeline) };
    const rest = { lag: round(lag), tasks, spans, omitted };
    const text = JSON.stringify({ ...update, ...rest });
    for (const page of open) {
      page.send(page.isFresh ? JSON.stringify({ ...update, full: true, ...rest }) : text);
      page.isFresh = false;
    }
  }

  #isReady(page: OpenPage): boolean {
    if (page.isPaused) return false;
    if (!page.isBehind()) return true;
    if (!page.isFresh) this.#startOver(page);
    return false;
  }

  /** A page is told everything once more. */
  #startOver(page: OpenPage): void {
    page.isFresh = true;
    this.#begin();
  }

  #begin(): void {
    this.#timeline ??= new Timeline(this.#loop);
    this.#timeline.changeAll();
    this.#unknown = this.#timeline.live;
    if (this.#timer === null) this.#schedule();
  }

  /** The times follow each other by the period, however late one of them comes. */
  #schedule(due = this.#loop.time() + INTERVAL): void {
    this.#timer = setTimeout(() => {
      this.#timer = null;
      try {
        this.tell();
      } finally {
        if (this.#pages.size > 0) this.#schedule(Math.max(due + INTERVAL, this.#loop.time() + SHORTEST));
      }
    }, due - this.#loop.time());
  }

  #endIfIdle(): void {
    if (this.#pages.size > 0) return;
    this.#timeline?.close();
    this.#timeline = null;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #receive(page: OpenPage, text: string): void {
    const command = readCommand(text);
    if (command.type === "pause") page.isPaused = true;
    else if (command.type === "resume") {
      if (!page.isPaused) return;
      page.isPaused = false;
      this.#startOver(page);
    } else if (command.type === "look") {
      page.inSight = command.ids;
      this.#look();
    } else {
      for (const task of unfinishedTasks(this.#loop)) {
        if (idOf(task) === command.id) task.cancel("cancelled by the live page");
      }
    }
  }

  /** What any of the pages has in sight is told before all else. */
  #look(): void {
    const ids = new Set([...this.#pages].flatMap((page) => page.inSight));
    this.#timeline?.look([...unfinishedTasks(this.#loop)].filter((task) => ids.has(idOf(task))));
  }

  #changed(timeline: Timeline, spans: number[]): PageTask[] {
    const end = this.#loop.time() + (this.#unknown > 0 ? FIRST_BUDGET : BUDGET);
    timeline.sift();
    const tasks = timeline.takeInSight().map((record) => tellOf(record, spans));
    for (;;) {
      const changed = timeline.takeChanged(CHUNK);
      for (const record of changed) tasks.push(tellOf(record, spans));
      this.#unknown = Math.max(0, this.#unknown - changed.length);
      if (changed.length < CHUNK || this.#loop.time() > end) return tasks;
    }
  }

  #counters(timeline: Timeline): PageCounters {
    const { counted, live } = timeline;
    const { ready, timers } = queuedIn(this.#loop);
    return { tasks: live, ready, timers, sockets: this.#loop.openSockets.size, ...counted };
  }

  #hello(): PageHello {
    const { adapter, slowCallbackDuration: slow } = this.#loop;
    const time = this.#loop.time();
    return { type: "hello", version: 1, runtime: adapter.name, pid: this.#pid, loop: String(this.#loop), slow, time };
  }

  #send(page: OpenPage, message: PageMessage): void {
    page.send(JSON.stringify(message));
  }
}

/** What a page is told of a task. The steps of the task are added to those of the other tasks. */
function tellOf(record: TaskRecord, spans: number[]): PageTask {
  const task = describe(record);
  for (let at = 0; at < record.spans.length; at += 2) {
    spans.push(task.id, round(record.spans[at]!), round(record.spans[at + 1]!));
  }
  record.spans = [];
  return task;
}

function describe(record: TaskRecord): PageTask {
  const { task, maker, since, born, ended, steps, ran } = record;
  const state = task.done() ? STATE_WORDS[stateOf(task)] : activityOf(task as unknown as AnyTask);
  const isWaiting = state === "waiting";
  return {
    ...{ id: idOf(task), name: task.getName(), coroutine: coroutineOf(task), state: state as PageTask["state"] },
    waitsFor: isWaiting ? describeWait(levelsOf(task as unknown as AnyTask)) : null,
    since: isWaiting && since !== null ? round(since) : null,
    made: placeOf(task)?.location || null,
    born: born === null ? null : round(born),
    ended: ended === null ? null : round(ended),
    parent: waiterOf(task as unknown as AnyFuture, MAX_DEPTH) ?? (maker === null ? null : idOf(maker)),
    ...{ cancelling: task.cancelling(), steps, ran: round(ran) },
  };
}

/** The name of its coroutine: of a wait that is a task of its own, such as a sleep, without for how long. */
function coroutineOf(task: Task<unknown>): string {
  const [first = ""] = nameOf(task.getCoro() ?? task).split(" ");
  return first;
}

const STATE_WORDS = { pending: "waiting", resolved: "done", failed: "failed", cancelled: "cancelled" } as const;

/** The task that waits for a future, perhaps by way of others, such as that of `gather()`. */
function waiterOf(future: AnyFuture, depth: number): number | null {
  for (const { awaiter } of awaitersOf(future)) {
    if (isTask(awaiter)) return idOf(awaiter);
    const found = depth > 0 ? waiterOf(awaiter, depth - 1) : null;
    if (found !== null) return found;
  }
  return null;
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}
