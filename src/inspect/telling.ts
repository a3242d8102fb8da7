/**
 * What a page is told of tasks.
 *
 * @module
 */
import type { AnyFuture, AnyTask } from "../core/contract.ts";
import { dueAt, stateOf } from "../core/lazy_internal.ts";
import type { Task } from "../core/task.ts";
import { BareWait } from "../core/wait.ts";
import { activityOf, awaitersOf, isTask, levelsOf, onlyWaitOf } from "../core/wait_graph.ts";
import { placeOf } from "../debug/places.ts";
import { idOf } from "./ids.ts";
import { nameOf } from "./names.ts";
import { type PageTask, STATES } from "./page_protocol.ts";
import { cutName } from "./printable.ts";
import { describeWait } from "./snapshot_graph.ts";
import { NONE, type TaskRecord } from "./task_record.ts";

/** Who waits for a task by way of futures is followed so far. */
const MAX_DEPTH = 8;

type State = PageTask["state"];

/** The parts of one message that are about tasks. */
export class Telling {
  readonly tasks: PageTask[] = [];
  readonly ticks: number[] = [];
  readonly spans: number[] = [];

  /** Tells of a task in as little as is needed. */
  add(record: TaskRecord): void {
    const { task } = record;
    const state = activity(task);
    const isAsleep = isSleeping(task);
    // The rest of what is known is as it was.
    const isBrief = record.isKnown && (state !== "waiting" || (isAsleep && record.isKnownAsleep));
    if (!isBrief || (!task.done() && task.cancelling() > 0)) return this.#addInWords(record, state, isAsleep);
    const time = state === "waiting" ? record.since : Math.round(record.ended * 100) || -1;
    const { id, steps, ran } = record;
    const until = state === "waiting" ? tickOf(untilOf(task)) : -1;
    this.ticks.push(id, STATES.indexOf(state), time, until, steps, Math.round(ran / 100));
    this.#addSpans(record);
  }

  /** Tells all of a task. */
  inWords(record: TaskRecord): void {
    this.#addInWords(record, activity(record.task), isSleeping(record.task));
  }

  #addInWords(record: TaskRecord, state: State, isAsleep: boolean): void {
    this.tasks.push(describe(record, state));
    record.isKnown = record.isTold = true;
    if (state === "waiting") record.isKnownAsleep = isAsleep;
    this.#addSpans(record);
  }

  #addSpans(record: TaskRecord): void {
    const { id, spans } = record;
    for (let at = 0; at < spans.length; at += 2) this.spans.push(id, round(spans[at]!), round(spans[at + 1]!));
    record.spans = NONE;
  }
}

function activity(task: Task<unknown>): State {
  return task.done() ? END_WORDS[stateOf(task)] : activityOf(task as unknown as AnyTask) as State;
}

/** Whether it waits for nothing but time. */
function isSleeping(task: Task<unknown>): boolean {
  const waiter = onlyWaitOf(task as unknown as AnyTask);
  return waiter instanceof BareWait && waiter.methodName() === "sleep";
}

/** Until when a task that waits for time does, on the loop's clock. */
function untilOf(task: Task<unknown>): number | null {
  return dueAt(onlyWaitOf(task as unknown as AnyTask) as object);
}

function describe(record: TaskRecord, state: State): PageTask {
  const { task, makerId, since, born, ended, steps, ran } = record;
  const isWaiting = state === "waiting";
  const until = isWaiting && isSleeping(task) ? untilOf(task) : null;
  return {
    ...{ id: record.id, name: cutName(task.getName()), coroutine: record.coroutine ??= coroutineOf(task), state },
    // How much is left of a sleep would be wrong as soon as it is told.
    waitsFor: until !== null ? "sleep" : isWaiting ? cutName(describeWait(levelsOf(task as unknown as AnyTask))) : null,
    until: until === null || until === Infinity ? null : round(until),
    since: isWaiting && since >= 0 ? since / 100 : null,
    made: placeOf(task)?.location || null,
    born: timeOf(born),
    ended: timeOf(ended),
    parent: waiterOf(task as unknown as AnyFuture, MAX_DEPTH) ?? makerId,
    ...{ cancelling: task.cancelling(), steps, ran: Math.round(ran / 100) / 100 },
  };
}

/** The name of its coroutine: of a wait that is a task of its own, such as a sleep, without for how long. */
function coroutineOf(task: Task<unknown>): string {
  const [first = ""] = nameOf(task.getCoro() ?? task).split(" ");
  return cutName(first);
}

const END_WORDS = { pending: "waiting", resolved: "done", failed: "failed", cancelled: "cancelled" } as const;

/** The task that waits for a future, perhaps by way of others, such as that of `gather()`. */
function waiterOf(future: AnyFuture, depth: number): number | null {
  for (const { awaiter } of awaitersOf(future)) {
    if (isTask(awaiter)) return idOf(awaiter);
    const found = depth > 0 ? waiterOf(awaiter, depth - 1) : null;
    if (found !== null) return found;
  }
  return null;
}

/** The end of a sleep in hundredths; -1 for one that has no end, which is no number in JSON. */
function tickOf(until: number | null): number {
  return until === null || until === Infinity ? -1 : Math.round(until * 100);
}

function timeOf(milliseconds: number): number | null {
  return Number.isNaN(milliseconds) ? null : round(milliseconds);
}

/** A time or a duration as it is told. */
export function round(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}
