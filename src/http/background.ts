/**
 * Work that outlives the request that has started it.
 *
 * @module
 */
import { currentScope, snapshotVars, type TaskScope } from "../core/context.ts";
import type { TaskSource } from "../core/coroutine.ts";
import { RuntimeError } from "../core/errors.ts";
import { describeBriefly, isUnread, loopOf, markRead, scopedContext, storedIn } from "../core/internal.ts";
import { requireLoop } from "../core/running.ts";
import type { Task } from "../core/task.ts";
import { isOfRequest } from "./current_request.ts";

/**
 * The options of {@linkcode background}.
 *
 * @category Requests
 */
export interface BackgroundOptions {
  /** The name of the task, for people; `Task-N` by default. */
  readonly name?: string | undefined;
}

/** The tasks of a server that belong to no request. What they start belongs here too. */
export class BackgroundGroup implements TaskScope {
  /** Called when the last task is done. */
  onEmpty: (() => void) | null = null;
  readonly #tasks = new Set<Task<unknown>>();

  /** How many tasks run. */
  get size(): number {
    return this.#tasks.size;
  }

  /** The tasks that run. */
  running(): Task<unknown>[] {
    return [...this.#tasks];
  }

  /** A task is made in the context of one of these. */
  adopt(task: Task<unknown>): void {
    this.#tasks.add(task);
    task.addDoneCallback(this.#done);
  }

  readonly #done = (task: Task<unknown>): void => {
    this.#tasks.delete(task);
    // Whoever awaits it reads the error in this iteration.
    if (isUnread(task)) loopOf(task).callSoon(report, task);
    if (this.#tasks.size === 0) this.onEmpty?.();
  };
}

function report(task: Task<unknown>): void {
  if (!isUnread(task)) return;
  markRead(task);
  const message = `${describeBriefly(task)} failed in the background`;
  loopOf(task).callExceptionHandler({ message, exception: storedIn(task), task });
}

/**
 * Starts what is to go on when the request is over: it joins the background group of the server. A server that closes waits
 * for it within the grace period and cancels it then. An error that nobody awaits goes to the exception handler.
 *
 * It keeps the context variables of the request, but is no part of it: {@linkcode currentRequest} throws there, and a client that
 * leaves does not matter. It may start tasks of its own; they belong to the same group.
 *
 * @param source a coroutine, a lazy awaitable, or a generator or async function
 * @returns the task
 * @throws {RuntimeError} outside a request
 * @throws {TypeError} if the source is nothing to run
 *
 * @example Answer first, write the mail after
 * ```ts
 * import { fromPromise, run, sleep, use } from "@loop/asyncio";
 * import { background, serve } from "@loop/asyncio/http";
 * import { assertEquals } from "@std/assert";
 *
 * const sent: string[] = [];
 * await run(function* () {
 *   const listening = serve(function* () {
 *     background(function* () {
 *       yield* sleep(5);
 *       sent.push("mail");
 *     });
 *     return new Response("thank you");
 *   }, { port: 0 });
 *   yield* use(listening, function* (server) {
 *     const text = yield* fromPromise(fetch(server.url).then((response) => response.text()));
 *     assertEquals(text, "thank you");
 *   });
 * });
 * assertEquals(sent, ["mail"]); // the server has waited for it
 * ```
 *
 * @category Requests
 */
export function background<T>(source: TaskSource<T>, options?: BackgroundOptions): Task<T> {
  const scope = currentScope();
  const group = scope instanceof BackgroundGroup ? scope : isOfRequest(scope)
    // Where no server runs, as in `app.request()`, nobody waits for what goes on.
    ? scope.server?.background ?? new BackgroundGroup()
    : undefined;
  if (group === undefined) {
    throw new RuntimeError(
      "Cannot start anything in the background outside a request: nobody would wait for it. Use createTask() or a TaskGroup.",
    );
  }
  const context = scopedContext(snapshotVars(), group);
  return requireLoop("start a task in the background").createTask(source, { ...options, context });
}
