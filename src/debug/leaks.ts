/**
 * What a program has left behind when its main has ended.
 *
 * @module
 */
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import type { TimerHandle } from "../core/handle.ts";
import { looseTasks, unfinishedTasks } from "../core/internal.ts";
import { runningLoop } from "../core/running.ts";
import type { Task } from "../core/task.ts";
import { isCall } from "../core/suspend.ts";
import { Leftover } from "../core/strand.ts";
import { LazyObject } from "../core/wait.ts";
import type { HostLoop } from "../loop/host_loop.ts";
import type { Lock } from "../sync/lock.ts";
import { lazyPlace } from "./lazies.ts";
import { lineOf, madeAt, type Place, placeOf } from "./places.ts";

/** How many of a kind are told one by one. */
const MAX_LISTED = 10;
/** How many are kept at least before those are forgotten that are over; and how many now, of which most may not be. */
const MANY = 1_000;
let mostTimers = MANY;
let mostLocks = MANY;

/** The timers of each loop. */
const timers = new WeakMap<BaseEventLoop, Set<TimerHandle>>();
/** The locks that were asked for on each loop, and where the last time. */
const locks = new WeakMap<BaseEventLoop, Map<Lock, Place>>();

/** How many sockets were made before each loop was in debug mode. */
const socketsBefore = new WeakMap<HostLoop, number>();

/** A loop is in debug mode: it tells of sockets that were made by hand and that nobody closes. */
export function watchSockets(loop: HostLoop): void {
  const sockets = loop.adapter.descriptors?.sockets;
  if (sockets === undefined || socketsBefore.has(loop)) return;
  socketsBefore.set(loop, sockets.made);
  sockets.unclosed ??= (socket) => {
    loop.logger.warn(
      `${socket} was not closed and nobody has it any more, so it was. Call close(), or write using before it.`,
    );
  };
}

/** The last loop in debug mode is so no more. */
export function unwatchSockets(loop: HostLoop): void {
  const sockets = loop.adapter.descriptors?.sockets;
  if (sockets !== undefined) sockets.unclosed = null;
}

/** The last of them: most often it is the next as well. */
let lastLock: Lock | null = null;
let lastPlace: Place | null = null;

/** A timer was set. */
export function noteTimer(loop: BaseEventLoop, timer: TimerHandle): void {
  let all = timers.get(loop);
  if (all === undefined) timers.set(loop, all = new Set());
  all.add(timer);
  if (all.size < mostTimers) return;
  for (const one of all) if (!isSet(loop, one)) all.delete(one);
  mostTimers = Math.max(MANY, 2 * all.size);
}

function isSet(loop: BaseEventLoop, timer: TimerHandle): boolean {
  return !timer.cancelled() && timer.when() > loop.time();
}

/** A lock is asked for. */
export function noteLock(lock: Lock, place: Place): void {
  if (lock === lastLock && place === lastPlace && !lock.locked()) return;
  const loop = runningLoop();
  if (loop === null) return;
  lastLock = lock;
  lastPlace = place;
  let all = locks.get(loop);
  if (all === undefined) locks.set(loop, all = new Map());
  // Of a lock that is held the place of its holder is known already: this is one who waits.
  if (!lock.locked() || !all.has(lock)) all.set(lock, place);
  if (all.size < mostLocks) return;
  for (const one of all.keys()) if (!one.locked()) all.delete(one);
  mostLocks = Math.max(MANY, 2 * all.size);
}

/** Tells what is left of a program whose main has ended. */
export function reportLeaks(loop: HostLoop, what: string): void {
  const loose = looseTasks(loop);
  const tasks = [...unfinishedTasks(loop)];
  const lines = [
    ...told(
      tasks.filter((task) => !loose.has(task)),
      (task) =>
        `a task that has not ended: ${task}. Await it, cancel it and await that, or start it in a taskGroup().${
          madeAt(task)
        }`,
    ),
    ...told(tasks.filter((task) => loose.has(task)), (task) => {
      const awaited = awaitedBy(task);
      return `an await of ${
        isCall(awaited) ? "<call()>" : awaited
      } in a function that nobody awaits, or that has lost a race. Write await before the call of ` +
        `the function, or make a task of it, by createTask().${lineOf(lazyPlace(awaited) ?? placeOf(task))}`;
    }),
    ...told(
      [...timers.get(loop) ?? []].filter((timer) => isSet(loop, timer) && placeOf(timer)?.isDirect === true),
      (timer) => `a timer that is set: ${timer}. Call its cancel().${madeAt(timer)}`,
    ),
    ...told(
      [...locks.get(loop) ?? []].filter(([lock]) => lock.locked()),
      ([lock, place]) =>
        `a lock that is held: ${lock}. Release it, or write using before it.${lineOf(place, "acquired at")}`,
    ),
  ];
  const sockets = loop.adapter.descriptors?.sockets?.open(socketsBefore.get(loop) ?? 0) ?? [];
  lines.push(...told(sockets, (socket) => `a socket that is open: ${socket}. Close it, or write using before it.`));
  timers.delete(loop);
  locks.delete(loop);
  lastLock = lastPlace = null;
  if (lines.length === 0) return;
  loop.logger.warn(`${what}, and has left behind:\n${lines.map((line) => `- ${line}`).join("\n")}`);
}

/** What a function awaits that nobody awaits. */
function awaitedBy(task: Task<unknown>): object {
  const coroutine = task.getCoro();
  // It waits for nothing if it is about to go on.
  if (coroutine instanceof Leftover) return coroutine.strand.awaited ?? coroutine.strand.coroutine;
  // That of a function which a coroutine has called was made a task in a microtask, where nobody is to be seen.
  return coroutine instanceof LazyObject ? coroutine : task;
}

function told<T>(all: readonly T[], describe: (one: T) => string): string[] {
  const lines = all.slice(0, MAX_LISTED).map(describe);
  if (all.length > MAX_LISTED) lines.push(`and ${all.length - MAX_LISTED} more of the kind`);
  return lines;
}
