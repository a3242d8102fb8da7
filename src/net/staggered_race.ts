/**
 * Candidates that start one after another, until one succeeds.
 *
 * @module
 */
import { isCancelled } from "../core/cancelled_error.ts";
import { KeyboardInterrupt, TimeoutError } from "../core/errors.ts";
import type { Future } from "../core/future.ts";
import { steppedTask } from "../core/running.ts";
import type { Coroutine, LazyAwaitable } from "../core/suspend.ts";
import type { Task } from "../core/task.ts";
import type { HostLoop } from "../loop/host_loop.ts";
import { Event } from "../sync/event.ts";
import { waitFor } from "../tasks/wait_for.ts";

/** How a race ended. */
export interface RaceResult<T> {
  /** What the winner gave, if there is one. */
  readonly winner: { readonly value: T } | null;
  /** What the others threw, those that were started. */
  readonly errors: readonly unknown[];
}

/**
 * Starts the first candidate, and each further one as soon as the one before has failed or `delay` milliseconds have passed. The first
 * that succeeds wins; the others are cancelled, and what one of them still gives is discarded.
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

  const start = (previousFailed: Event | null): void => {
    const task = loop.createTask(runner(previousFailed));
    running.add(task);
    task.addDoneCallback(() => {
      running.delete(task);
      if (!task.cancelled()) task.exception();
      if (running.size === 0 && allDone !== null && !allDone.done()) allDone.setResult();
    });
  };

  function* runner(previousFailed: Event | null): Coroutine<void> {
    if (previousFailed !== null) {
      try {
        yield* waitFor(previousFailed.wait(), delay);
      } catch (error) {
        if (!(error instanceof TimeoutError)) throw error;
      }
    }
    const candidate = candidates[next++];
    if (candidate === undefined) return;
    const failed = new Event();
    start(failed);
    let value: T;
    try {
      value = yield* candidate();
    } catch (error) {
      if (error instanceof KeyboardInterrupt) throw error;
      // One that was cancelled because another has won did not fail.
      if (winner === null || !isCancelled(error)) errors.push(error);
      failed.set();
      return;
    }
    if (winner !== null) return discard(value);
    winner = { value };
    for (const task of running) {
      if (task !== steppedTask()) task.cancel();
    }
  }

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
