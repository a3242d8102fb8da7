/**
 * What a worker calls back.
 *
 * @module
 */
import { errorText } from "../adapters/shared/host_error.ts";
import { AnyRun } from "../core/async_run.ts";
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import { RuntimeError } from "../core/errors.ts";
import { contextWith } from "../core/lazy_internal.ts";
import type { Task } from "../core/task.ts";
import { ANSWER, ANSWER_THROWN, type Order } from "./messages.ts";
import type { PoolCall } from "./pool_call.ts";
import type { PoolHooks } from "./pool_worker.ts";
import { toThrown } from "./thrown.ts";

/** A call of an exposed function: a task, once the loop has made it. */
interface Invocation {
  readonly loop: BaseEventLoop;
  task: Task<unknown> | null;
}

/** The exposed functions that one worker has called and that are not done. */
export class Invocations {
  readonly #post: (message: Order) => void;
  readonly #hooks: PoolHooks;
  readonly #running = new Map<number, Invocation>();

  constructor(post: (message: Order) => void, hooks: PoolHooks) {
    this.#post = post;
    this.#hooks = hooks;
  }

  /** Starts one as a task of the loop that its call came from. */
  invoke(call: PoolCall | null, id: number, name: string, args: readonly unknown[]): void {
    try {
      this.#start(call, id, name, args);
    } catch (error) {
      this.#post([ANSWER_THROWN, id, toThrown(error)]);
    }
  }

  #start(call: PoolCall | null, id: number, name: string, args: readonly unknown[]): void {
    const fn = this.#hooks.exposed(name);
    if (fn === undefined) {
      throw new RuntimeError(`Cannot call ${name}() from a worker: its pool has exposed no such function.`);
    }
    const loop = call?.loop ?? null;
    if (loop === null) {
      throw new RuntimeError(
        `Cannot call ${name}() from a worker: the call that it belongs to was made outside of an event loop, or is over. ` +
          "Submit it from a coroutine or async function that run() started.",
      );
    }
    const invocation: Invocation = { loop, task: null };
    this.#running.set(id, invocation);
    const source = new AnyRun(() => fn(...args as never), "call an exposed function", name);
    contextWith((call as PoolCall).vars).run(() =>
      loop.callSoonThreadsafe(() => {
        // Revoked before it has begun.
        if (!this.#running.has(id)) return;
        const task = invocation.task = loop.createTask(source);
        task.addDoneCallback(() => this.#ended(id, name, task));
      })
    );
  }

  #ended(id: number, name: string, task: Task<unknown>): void {
    let value: unknown;
    try {
      value = task.result();
    } catch (error) {
      if (this.#running.delete(id)) this.#post([ANSWER_THROWN, id, toThrown(error)]);
      return;
    }
    this.#answer(id, name, value);
  }

  #answer(id: number, name: string, value: unknown): void {
    if (!this.#running.delete(id)) return;
    try {
      this.#post([ANSWER, id, value]);
    } catch (cause) {
      const error = new TypeError(
        `Cannot send the result of ${name}() to a worker: ${errorText(cause)}. Return what can be cloned.`,
        { cause },
      );
      this.#post([ANSWER_THROWN, id, toThrown(error)]);
    }
  }

  /** The worker does not want it any more. */
  revoke(id: number, message: string | undefined): void {
    const invocation = this.#running.get(id);
    this.#running.delete(id);
    if (invocation === undefined || invocation.loop.isClosed()) return;
    invocation.loop.callSoonThreadsafe(() => void invocation.task?.cancel(message));
  }

  /** The worker is gone. */
  clear(): void {
    for (const id of [...this.#running.keys()]) this.revoke(id, "The worker that called it is gone.");
  }
}
