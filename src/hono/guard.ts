/**
 * Lets a cancel pass through Hono.
 *
 * Hono's chain catches every error between two handlers and gives it to `app.onError`, and says so first by setting `c.error`.
 * A cancelled request has no error: nobody waits for an answer, and nothing is wrong. While somebody further up waits for the
 * cancel, setting `c.error` to it throws it again, so that it goes up the chain as through any other function.
 *
 * @module
 */
import type { Context } from "hono";
import { isCancelled } from "../core/errors.ts";
import type { Task } from "../core/task.ts";

const GUARDS: unique symbol = Symbol("guards");

interface Guarded {
  /** Those who wait for the rest of the request, outermost first. */
  [GUARDS]?: Task<unknown>[];
  error: unknown;
}

/** From now on a cancel of the task is nobody's error, until the function that this returns is called. */
export function guard(context: Context, task: Task<unknown>): () => void {
  const guarded = context as unknown as Guarded;
  const tasks = guarded[GUARDS] ??= watchErrors(guarded);
  tasks.push(task);
  return () => {
    tasks.splice(tasks.lastIndexOf(task), 1);
  };
}

/** Whether somebody further up waits for a cancel of the request. */
export function isGuarded(context: Context): boolean {
  const tasks = (context as unknown as Guarded)[GUARDS];
  return tasks !== undefined && tasks.length > 0;
}

function watchErrors(context: Guarded): Task<unknown>[] {
  const tasks: Task<unknown>[] = [];
  let { error } = context;
  Object.defineProperty(context, "error", {
    configurable: true,
    enumerable: true,
    get: () => error,
    set(value: unknown) {
      if (isCancelled(value) && tasks.some((task) => task.cancelling() > 0)) throw value;
      error = value;
    },
  });
  return tasks;
}
