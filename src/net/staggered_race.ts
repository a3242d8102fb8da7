/**
 * Candidates that start one after another, until one succeeds.
 *
 * @module
 */
import { isCancelled, KeyboardInterrupt } from "../core/errors.ts";
import type { Future } from "../core/future.ts";
import { steppedTask } from "../core/running.ts";
import type { Coroutine, LazyAwaitable } from "../core/suspend.ts";
import type { Task } from "../core/task.ts";
import type { HostLoop } from "../loop/host_loop.ts";

/** How a race ended. */
export interface RaceResult<T> {
  /** What the winner returned, if there is one. */
  readonly winner: { readonly value: T } | null;
  /** What the others threw, those that were started. */
  readonly errors: readonly unknown[];
}

/**
 * Starts the first candidate, and each further one as soon as the one before has failed or `delay` milliseconds have passed. The first
 * that succeeds wins; the others are cancelled, and what one of them still returns is discarded.
 */
export function* staggeredRace<T>(
  loop: HostLoop,
  candidates: readonly (() => LazyAwaitable<T> | Coroutine<T>)[],
  delay: number,
  discard: (value: T) => void,
): Coroutine<RaceResult<T>> {
  const running = new Set<Task<void>>();
  const errors: unknown[] = [];
  let next = 0;
  let winner: { value: T } | null = null;
  let allDone: Future<void> | null = null;

  const start = (turn: Future<void> | null): void => {
    const task = loop.createTask(runner(turn));
    running.add(task);
    task.addDoneCallback(() => {
      running.delete(task);
      if (!task.cancelled()) task.exception();
      if (running.size === 0 && allDone !== null && !allDone.done()) allDone.setResult();
    });
  };

  /** Its turn comes when the one before has failed, or has had its time. */
  function* runner(turn: Future<void> | null): Coroutine<void> {
    if (turn !== null) {
      const timer = loop.callLater(delay, () => come(turn));
      try {
        yield* turn;
      } finally {
        timer.cancel();
      }
    }
    const candidate = candidates[next++];
    if (candidate === undefined) return;
    const nextTurn = loop.createFuture<void>();
    start(nextTurn);
    let value: T;
    try {
      value = yield* candidate();
    } catch (error) {
      if (error instanceof KeyboardInterrupt) throw error;
      // One that was cancelled, because another has won or nobody waits any more, did not fail, and ends as what it is.
      if (isCancelled(error) && (steppedTask()?.cancelling() ?? 0) > 0) throw error;
      errors.push(error);
      come(nextTurn);
      return;
    }
    if (winner !== null) return discard(value);
    winner = { value };
    for (const task of running) {
      if (task !== steppedTask()) task.cancel();
    }
  }

  const come = (turn: Future<void>): void => {
    if (!turn.done()) turn.setResult();
  };

  let cancelled: unknown = null;
  start(null);
  while (running.size > 0) {
    allDone = loop.createFuture<void>();
    try {
      yield* allDone;
    } catch (error) {
      cancelled = error;
      for (const task of running) task.cancel(isCancelled(error) ? error.message : undefined);
    }
  }
  const won = winner as { value: T } | null;
  if (cancelled !== null) {
    if (won !== null) discard(won.value);
    throw cancelled;
  }
  return { winner: won, errors };
}
