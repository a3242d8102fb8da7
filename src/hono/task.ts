/**
 * The task of a request that no server has made one for.
 *
 * @module
 */
import type { Vars } from "../core/contract.ts";
import type { Context } from "hono";
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import { ScopedVars, unreadVars } from "../core/context.ts";
import type { TaskSource } from "../core/coroutine.ts";
import { runningTask } from "../core/running.ts";
import { watchSignal } from "../adapters/shared/http.ts";
import { runningScope } from "../http/current_request.ts";
import { RequestScope } from "../http/request_scope.ts";
import { NamedByRequest } from "../http/named_by_request.ts";

/** Handles a request of a Hono app; what it starts ends with it, as under a server. */
export class HonoTask extends NamedByRequest<unknown> {
  /** The context variables that it begins with. */
  readonly #vars: Vars;
  readonly #parent: RequestScope | null;
  /** Whether the task that runs here handles the same request already, watches its client and owns what it starts. */
  readonly #isPart: boolean;
  #scope: RequestScope | null = null;

  constructor(source: TaskSource<unknown>, loop: BaseEventLoop, context: Context) {
    const request = context.req.raw;
    const parent = runningTask();
    super(source, loop, request);
    this.hono = context;
    this.#parent = runningScope();
    this.#isPart = parent instanceof NamedByRequest && parent.request === request;
    this.#vars = this._context as Vars;
    if (!this.#isPart) this._context = unreadVars();
  }

  /** @internal */
  override _makeVars(): Vars {
    return this._context = new ScopedVars(this.#vars, this.#ownScope());
  }

  /** @internal Cancels it when the client leaves, which nobody else watches. */
  watchClient(): void {
    if (this.#isPart) return;
    this.addDoneCallback(watchSignal(this.request.signal, () => this.#ownScope().clientLeft()));
  }

  /** @internal */
  override _returned(value: unknown): void {
    super._returned(value);
    this.#scope?.handled();
  }

  /** @internal */
  override _raised(error: unknown): void {
    try {
      super._raised(error);
    } finally {
      this.#scope?.handled();
    }
  }

  #ownScope(): RequestScope {
    return this.#scope ??= new RequestScope(this.request, this, this.#parent?.server ?? null, null, this.#parent);
  }
}
