/**
 * Coroutines that are made a task for the second time: a generator that has ended returns undefined to whoever steps it, without a word.
 *
 * @module
 */
import { RuntimeError } from "../core/errors.ts";
import { describeBriefly, describeCoroutine } from "../core/repr.ts";
import { generatorNext } from "../core/suspend.ts";
import type { Task } from "../core/task.ts";
import { lineOf, placeOf } from "./places.ts";

const TASK = Symbol("task");

/** A generator that knows its task: a property, for an entry of a WeakMap would cost as much as the task. */
interface Taken {
  readonly next?: unknown;
  [TASK]?: Task<unknown>;
}

/**
 * A task is made of a coroutine. What is no generator knows by itself whether it is awaited.
 *
 * @returns whether it is a generator
 * @throws {RuntimeError} if one was made of it before
 */
export function takeCoroutineOf(task: Task<unknown>): boolean {
  const coroutine = task.getCoro() as Taken | null;
  if (coroutine === null || coroutine.next !== generatorNext) return false;
  const before = coroutine[TASK];
  if (before !== undefined) {
    throw new RuntimeError(
      `Cannot make a task of ${describeCoroutine(coroutine)} twice: it is the coroutine of ${
        describeBriefly(before)
      } already. ` +
        `Call its function again.${lineOf(placeOf(before))}`,
    );
  }
  coroutine[TASK] = task;
  return true;
}
