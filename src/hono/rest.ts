/**
 * The rest of a request: what Hono's `next()` runs, as something that a coroutine can await.
 *
 * @module
 */
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import type { Stepper } from "../core/contract.ts";
import type { Context, Next } from "hono";
import type { TimerHandle } from "../core/handle.ts";
import { runningTask } from "../core/running.ts";
import type { Task } from "../core/task.ts";
import { guard } from "./guard.ts";
import { RequestRun } from "../http/request_run.ts";

/** Runs the rest; a cancel of the running task comes out as a cancel and is not taken for an error on the way. */
export async function runRest(context: Context, next: Next): Promise<void> {
  const leave = guard(context, runningTask() as Task<unknown>);
  try {
    await next();
  } finally {
    leave();
  }
}

/** The rest of a request in the task of who awaits it: coroutines further down are stepped by the same task. */
export class Rest extends RequestRun {
  readonly #next: () => Promise<void>;

  constructor(context: Context, next: Next) {
    const run = () => runRest(context, next);
    super(run, "go on with", "next");
    this.#next = run;
  }

  /** An async function that awaits this is called by Hono and can as well await what Hono gives. */
  override then<R1 = unknown, R2 = never>(
    onFulfilled?: ((value: unknown) => R1 | PromiseLike<R1>) | null,
    onRejected?: ((reason: unknown) => R2 | PromiseLike<R2>) | null,
  ): Promise<R1 | R2> {
    return this.#next().then(onFulfilled, onRejected);
  }
}

/**
 * The rest of a request, which is left alone if it does not heed a cancel: an async function that waits for a promise of somebody
 * else goes on, whatever one does, and who set the limit has to go on without it.
 */
export class LimitedRest extends Rest {
  readonly #patience: number;
  readonly #abandoning: () => boolean;
  #timer: TimerHandle | null = null;

  /** Is asked before it is left alone; a cancel may have come from elsewhere. */
  constructor(context: Context, next: Next, patience: number, abandoning: () => boolean) {
    super(context, next);
    this.#patience = patience;
    this.#abandoning = abandoning;
  }

  override cancel(message?: string): boolean {
    if (super.cancel(message)) return true;
    const stepper = this.stepper;
    if (stepper !== null) {
      this.#timer ??= (stepper._loop as BaseEventLoop).callLater(this.#patience, () => this.#giveUp(stepper));
    }
    return false;
  }

  #giveUp(stepper: Stepper): void {
    this.#timer = null;
    // It has heard of the cancel meanwhile.
    if (stepper._waiter !== this || stepper._owes() === null || !this.#abandoning()) return;
    this.abandonWait(stepper._takeOwed());
  }

  /** @internal */
  override functionEnded(stepper: Stepper): boolean {
    this.#timer?.cancel();
    return super.functionEnded(stepper);
  }
}
