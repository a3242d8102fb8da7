/**
 * What the pages that are open are told, four times a second.
 *
 * @module
 */
import { clearTimeout, setTimeout } from "../adapters/shared/timers.ts";
import { unfinishedTasks } from "../core/internal.ts";
import { queuedIn } from "../core/lazy_internal.ts";
import type { HostLoop } from "../loop/host_loop.ts";
import { idOf } from "./ids.ts";
import { type PageCounters, type PageHello, type PageMessage, readCommand } from "./page_protocol.ts";
import type { TaskRecord } from "./task_record.ts";
import type { Due } from "./to_tell.ts";
import { round, Telling } from "./telling.ts";
import { Timeline } from "./timeline.ts";

/** Milliseconds between two messages. */
const INTERVAL = 250;
/** The loop has at least so many to itself in between. */
const SHORTEST = 50;
/** So many milliseconds of each period may go into looking at tasks of which the pages need not be told yet. */
const BUDGET = 1;
/** The same for all tasks, until somebody who has only begun to look knows everything. */
const FIRST_BUDGET = 25;
/** So many tasks are looked at between two looks at the clock. */
const CHUNK = 32;
/** Of so many tasks a message has all the words; what is more is put off. Few programs make so many that live, and each costs some microseconds. */
const MOST_IN_WORDS = 1_000;
/** So many ends are told at once, if there are as many: the pages show those tasks as alive. Of more, what is due. */
const LEAST_ENDS = 1_000;
/** Of so many that nobody knows a message has the words, if that many are due. */
const LEAST_MADE = 250;

/** The name of this program. */
const PROGRAM = /* @__PURE__ */ crypto.randomUUID();

/** A page that is open. */
export interface Viewer {
  /** Hears of what it has sent. */
  receive(text: string): void;
  /** It is gone. */
  close(): void;
  /** Is told that nothing follows, and is gone. */
  end(): void;
}

interface OpenPage {
  readonly send: (text: string) => void;
  readonly isBehind: () => boolean;
  isFresh: boolean;
  /** Whether it was behind when others were told. */
  hasMissed: boolean;
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
    const page: OpenPage = { send, isBehind, isFresh: true, hasMissed: false, isPaused: false, inSight: [] };
    this.#pages.add(page);
    this.#begin();
    this.#send(page, this.#hello());
    const close = (): void => {
      if (!this.#pages.delete(page)) return;
      this.#endIfIdle();
      if (page.inSight.length > 0) this.#look();
    };
    return {
      receive: (text) => this.#receive(page, text),
      close,
      end: () => {
        this.#send(page, { type: "end" });
        close();
      },
    };
  }

  /** Tells what has changed since it was told before. */
  tell(): void {
    const timeline = this.#timeline;
    if (timeline === null) return;
    const open = [...this.#pages].filter((page) => this.#isReady(page));
    if (open.length === 0) return timeline.drop();
    const told = new Telling();
    this.#take(timeline, told);
    const { tasks, ticks, spans } = told;
    const { omitted, lag } = timeline.take();
    const update = { type: "update", time: round(this.#loop.time()), full: false, counters: this.#counters(timeline) };
    const rest = { lag: round(lag), tasks, ticks, spans, omitted };
    const text = JSON.stringify({ ...update, ...rest });
    for (const page of open) {
      page.send(page.isFresh ? JSON.stringify({ ...update, full: true, ...rest }) : text);
      page.isFresh = false;
    }
  }

  #isReady(page: OpenPage): boolean {
    if (page.isPaused) return false;
    if (page.isBehind()) {
      page.hasMissed = true;
      return false;
    }
    // Only now: what it missed was told to others meanwhile, or to nobody.
    if (page.hasMissed) this.#startOver(page);
    return true;
  }

  /** A page is told everything once more. */
  #startOver(page: OpenPage): void {
    page.isFresh = true;
    page.hasMissed = false;
    this.#begin();
  }

  #begin(): void {
    this.#timeline ??= new Timeline(this.#loop);
    this.#timeline.forgetAll();
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
    this.#timeline?.look(ids);
  }

  /** Takes what is to be told now: what is in sight, what has waited for long, what a page does not know, and of the rest what there is time for. */
  #take(timeline: Timeline, told: Telling): void {
    const due = timeline.sift();
    for (const record of timeline.takeInSight()) told.inWords(record);
    const start = this.#loop.time();
    const takeDue = (what: keyof Due, count: number, mostInWords: number) =>
      this.#takeWhile(told, () => timeline.takeNext(what), () => count-- > 0 && told.tasks.length < mostInWords);
    takeDue("ended", Math.max(due.ended, LEAST_ENDS), Infinity);
    // However much changes, some of those are told that do not live long.
    takeDue("made", due.made, told.tasks.length + LEAST_MADE);
    takeDue("changed", due.changed, MOST_IN_WORDS);
    takeDue("made", due.made, MOST_IN_WORDS);
    const takeFor = (budget: number, take: () => TaskRecord | null) =>
      this.#takeWhile(told, take, (isChunk) => !isChunk || this.#loop.time() < start + budget);
    takeFor(FIRST_BUDGET, () => timeline.takeUnknown());
    for (const what of ["ended", "made", "changed"] as const) takeFor(BUDGET, () => timeline.takeNext(what));
  }

  /** Tells of tasks one by one while that may go on; each so many that is asked with true. */
  #takeWhile(told: Telling, take: () => TaskRecord | null, mayGoOn: (isChunk: boolean) => boolean): void {
    for (let count = 0; mayGoOn(count > 0 && count % CHUNK === 0); count++) {
      const record = take();
      if (record === null) return;
      told.add(record);
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
    const program = { runtime: adapter.name, pid: this.#pid, program: PROGRAM };
    return { type: "hello", version: 1, ...program, loop: String(this.#loop), slow, time };
  }

  #send(page: OpenPage, message: PageMessage): void {
    page.send(JSON.stringify(message));
  }
}
