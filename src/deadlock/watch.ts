/**
 * The watch over a loop: what the loop loads once it has run for a while.
 *
 * Nothing is noted while tasks run. From time to time, and when the loop has been idle for a while, all tasks are looked at.
 *
 * @module
 */
import type { Adapter, IdleHost } from "../adapters/adapter.ts";
import { clearTimeout, setImmediate, setTimeout, unrefTimer } from "../adapters/shared/timers.ts";
import type { AnyFuture, AnyTask, Parkable } from "../core/contract.ts";
import { onPark, parkedIn, unfinishedTasks } from "../core/internal.ts";
import { keepsAlive, mainOf, queuedIn, throwSoon, waitsFor } from "../core/lazy_internal.ts";
import type { Task } from "../core/task.ts";
import type { HostLoop } from "../loop/host_loop.ts";
import { program, runSignals } from "../loop/signals.ts";
import { tasksNeededBy } from "./needs.ts";
import { OtherLoops } from "./other_loops.ts";
import { isOutstanding } from "./outstanding.ts";
import type { Ring, WaitGraph } from "./rings.ts";
import { deadlockError, graphOf, ringReport } from "./why_stuck.ts";

/** Milliseconds between two looks, and for which a loop must have been idle before it can be stuck. */
const INTERVAL = 1_000;
/** The most that they may become for a loop that has long been idle. */
const MAX_INTERVAL = 60_000;
/** Looks take no more than so much of the time. */
const SHARE = 0.01;

/** Watches a loop, which was parked in a turn of this number a period ago; returns what ends that. */
export function watch(loop: HostLoop, turn: number): () => void {
  const watch = new Watch(loop, turn);
  watch.look();
  return () => watch.end();
}

class Watch {
  readonly #loop: HostLoop;
  readonly #others: OtherLoops;
  /** The turn that the loop was parked in at the last look. */
  #turn: number;
  #timer: unknown = null;
  #isOver = false;
  /** What the runtime knows of its idleness; null until it is needed. */
  #host: IdleHost | null = null;
  /** How long to wait before the next look at a loop that is idle. */
  #patience = INTERVAL;
  /** The rings that were reported: their tasks, with what each waited for. */
  readonly #told = new WeakMap<AnyTask, Parkable | null>();
  #hasWarned = false;
  #stopListening: (() => void) | null = null;

  constructor(loop: HostLoop, turn: number) {
    this.#loop = loop;
    this.#others = new OtherLoops(loop);
    this.#turn = turn;
  }

  /** Looks at all tasks. */
  readonly look = (): void => {
    this.#timer = null;
    const loop = this.#loop;
    const before = loop.time();
    const parked = parkedIn(loop);
    const tasks = [...unfinishedTasks(loop)];
    const graph = graphOf(tasks);
    const isIdle = parked !== null && parked.turn === this.#turn;
    this.#turn = parked?.turn ?? -1;
    // A sleep without an end is waited for on purpose.
    const isTimed = (parked?.until ?? 0) < Infinity || queuedIn(loop).timers > 0;
    if (!isIdle || isTimed || mainOf(loop) === null || isOutstanding(loop, tasks)) {
      this.#report(graph);
      if (isIdle) this.#lookWhenParked();
      else this.#lookLater(Math.max(INTERVAL, (loop.time() - before) / SHARE));
      return;
    }
    const host = this.#host;
    if (host === null) return this.#loadHost();
    // Those may end without a turn of this one.
    if (!this.#others.look() || host.othersHearSignals(runSignals())) return this.#lookPatiently(graph);
    this.#lookWhenParked();
    keepsAlive(loop, false);
    this.#probe(host, parked.turn, tasks, graph);
  };

  #loadHost(): void {
    (this.#loop.adapter.idle as NonNullable<Adapter["idle"]>)().then((host) => {
      this.#host = host;
      if (!this.#isOver) this.look();
    });
  }

  #isParkedIn(turn: number): boolean {
    return !this.#isOver && parkedIn(this.#loop)?.turn === turn;
  }

  /** Ends the watch. */
  end(): void {
    this.#isOver = true;
    this.#forgetTimer();
    this.#stopListening?.();
    onPark(this.#loop, null);
  }

  #forgetTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #lookLater(delay: number): void {
    this.#patience = INTERVAL;
    this.#timer = setTimeout(this.look, delay);
    unrefTimer(this.#timer);
  }

  /** The loop is idle, and nothing changes before it turns. */
  #lookWhenParked(): void {
    onPark(this.#loop, () => {
      onPark(this.#loop, null);
      this.#stopListening?.();
      this.#stopListening = null;
      keepsAlive(this.#loop, true);
      this.#forgetTimer();
      this.#turn = parkedIn(this.#loop)?.turn ?? -1;
      this.#lookLater(INTERVAL);
    });
  }

  /** The loop is idle, and what is outside of it may change before it turns. */
  #lookPatiently(graph: WaitGraph): void {
    this.#report(graph);
    this.#lookWhenParked();
    this.#timer = setTimeout(this.look, this.#patience);
    unrefTimer(this.#timer);
    this.#patience = Math.min(2 * this.#patience, MAX_INTERVAL);
  }

  /** Reports rings that were not reported yet. They end nobody: a deadline may break one, and other tasks go on. */
  #report(graph: WaitGraph, isTold = false): void {
    for (const ring of graph.rings) {
      const isKnown = [...ring.members].every((task) => this.#told.get(task) === waitsFor(task));
      if (isKnown) continue;
      for (const task of ring.members) this.#told.set(task, waitsFor(task));
      if (!isTold) this.#loop.callExceptionHandler({ message: ringReport(ring, graph) });
    }
  }

  /** Nothing of this module will wake the loop: asks the host. */
  async #probe(host: IdleHost, turn: number, tasks: readonly Task<unknown>[], graph: WaitGraph): Promise<void> {
    const tells = host.tells === "always" || (host.tells === "unless awaited" && program.isMain);
    // Where the host does not tell, the other loops must not be what it is busy with.
    if (!tells) this.#others.keepAlive(false);
    const isBusy = await host.isBusy();
    if (!tells) this.#others.keepAlive(true);
    if (!this.#isParkedIn(turn)) return;
    if (!this.#others.areIdle()) {
      keepsAlive(this.#loop, true);
      return this.#lookPatiently(graph);
    }
    const ring = this.#ringBehindMain(graph);
    if (ring !== null && (ring.isCertain ? isBusy !== true : isBusy === false)) return this.#stuck(tasks);
    if (isBusy === false && !tells) return this.#stuck(tasks);
    keepsAlive(this.#loop, !tells);
    if (tells) this.#listen(host);
    else if (isBusy === null) this.#warn(tasks, graph);
    this.#lookPatiently(graph);
  }

  #ringBehindMain(graph: WaitGraph): Ring | null {
    const main = mainOf(this.#loop);
    for (const task of main === null ? [] : tasksNeededBy(main as unknown as AnyFuture)) {
      const ring = graph.ringBehind(task);
      if (ring !== null) return ring;
    }
    return null;
  }

  /** Without the loop the process would end if nothing else is left: then the host says so. Others that hear of it may make something. */
  #listen(host: IdleHost): void {
    const loop = this.#loop;
    const turn = this.#turn;
    let times = 0;
    this.#stopListening ??= host.whenNothingLeft(() => {
      if (!this.#isParkedIn(turn)) return;
      keepsAlive(loop, true);
      const tasks = [...unfinishedTasks(loop)];
      if (isOutstanding(loop, tasks) || !this.#others.areIdle() || host.othersHearSignals(runSignals())) return;
      if (++times > 1) this.#stuck(tasks);
      else setImmediate(() => keepsAlive(loop, !this.#isParkedIn(turn)));
    });
  }

  #stuck(tasks: readonly Task<unknown>[]): void {
    keepsAlive(this.#loop, true);
    const lacks = "nothing is ready, no timer is left, nothing is outstanding at the host";
    throwSoon(this.#loop, deadlockError("", lacks, tasks));
  }

  #warn(tasks: readonly Task<unknown>[], graph: WaitGraph): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    this.#report(graph, true);
    const lacks = "nothing is ready, no timer is left, nothing is known to be outstanding at the host";
    const { message } = deadlockError("", lacks, tasks);
    this.#loop.logger.warn(
      `The program may be stuck. ${message}\nThis runtime does not tell for certain while a module awaits run() at its top level. main() does not ` +
        "wait there, and ends such a program with an error.",
    );
  }
}
