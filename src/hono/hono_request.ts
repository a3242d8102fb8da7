/**
 * The task of a request that no server has made one for.
 *
 * @module
 */
import type { Context } from "hono";
import { watchSignal } from "../adapters/shared/http.ts";
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import { ScopedVars, snapshotVars } from "../core/context.ts";
import type { Vars } from "../core/contract.ts";
import type { TaskSource } from "../core/coroutine.ts";
import { beginTask, createTaskWithHooks } from "../core/lazy_internal.ts";
import { runningTask } from "../core/running.ts";
import type { Task } from "../core/task.ts";
import { runningScope } from "../http/current_request.ts";
import { RequestHooks, requestHooksOf } from "../http/request_hooks.ts";
import { RequestScope } from "../http/request_scope.ts";

/** A request of a Hono app; what its handler starts ends with it, as under a server. */
export class HonoRequest extends RequestHooks {
  readonly makeVars: (() => Vars) | null;
  /** The task that handles it. */
  readonly task: Task<unknown>;
  readonly #parent: RequestScope | null = runningScope();
  /** Whether the task that runs here handles the same request already, watches its client and owns what it starts. */
  readonly #isPart: boolean;
  #scope: RequestScope | null = null;

  constructor(source: TaskSource<unknown>, loop: BaseEventLoop, context: Context) {
    super(context.req.raw);
    this.hono = context;
    const task = runningTask();
    this.#isPart = task !== null && requestHooksOf(task)?.request === this.request;
    const vars = snapshotVars();
    this.makeVars = this.#isPart ? null : () => new ScopedVars(vars, this.#ownScope());
    this.task = createTaskWithHooks(source, loop, this);
  }

  /** Takes the first step, now if the loop runs. */
  begin(): void {
    beginTask(this.task, true);
  }

  /** Cancels the task when the client leaves, which nobody else watches. */
  watchClient(): void {
    if (this.#isPart) return;
    this.task.addDoneCallback(watchSignal(this.request.signal, () => this.#ownScope().clientLeft()));
  }

  returned(): void {
    this.#scope?.handled();
  }

  raised(): void {
    this.#scope?.handled();
  }

  #ownScope(): RequestScope {
    return this.#scope ??= new RequestScope(this.request, this.task, this.#parent?.server ?? null, null, this.#parent);
  }
}
