/**
 * A task as the rules say it: a future that steps a coroutine.
 *
 * @module
 */
import { CancelledError, type Coroutine, RuntimeError, type Suspend } from "../../../mod.ts";
import { ReferenceFuture } from "./future.ts";
import type { ReferenceLoop } from "./loop.ts";

/** What a coroutine yields to let the others run once. */
const BARE: Suspend = { toString: () => "bare" } as unknown as Suspend;

/** Waits for a time; without one, for a single iteration. */
export function* sleep(loop: ReferenceLoop, delay: number): Coroutine<void> {
  if (delay <= 0) {
    // deno-lint-ignore asyncio/yield-star
    yield BARE;
    return;
  }
  const future = new ReferenceFuture(loop);
  const timer = loop.callLater(delay, () => {
    if (!future.done()) future.setResult(undefined);
  });
  try {
    yield* future;
  } finally {
    timer.cancel();
  }
}

/** A coroutine on its way. */
export class ReferenceTask extends ReferenceFuture {
  readonly #name: string;
  readonly #coroutine: Coroutine<unknown>;
  #mustCancel = false;
  #requests = 0;
  #waitingFor: ReferenceFuture | null = null;

  constructor(loop: ReferenceLoop, coroutine: Coroutine<unknown>, name: string, eager = false) {
    super(loop);
    this.#coroutine = coroutine;
    this.#name = name;
    if (eager) this.#step();
    else loop.callSoon(() => this.#step());
  }

  getName(): string {
    return this.#name;
  }

  cancelling(): number {
    return this.#requests;
  }

  uncancel(): number {
    if (this.#requests > 0) this.#requests--;
    if (this.#requests === 0) this.#mustCancel = false;
    return this.#requests;
  }

  override cancel(message?: string): boolean {
    if (this.done()) return false;
    this.#requests++;
    if (this.#waitingFor !== null && this.#waitingFor.cancel(message)) return true;
    this.#mustCancel = true;
    this.message = message;
    return true;
  }

  override setResult(): never {
    throw new RuntimeError("A task sets its own result");
  }

  override setException(): never {
    throw new RuntimeError("A task sets its own exception");
  }

  #step(thrown?: { readonly error: unknown }): void {
    let sent = thrown;
    if (this.#mustCancel) {
      if (!(sent?.error instanceof CancelledError)) sent = { error: new CancelledError(this.message) };
      this.#mustCancel = false;
    }
    this.#waitingFor = null;
    const outer = this.loop.current;
    this.loop.current = this;
    try {
      this.#settle(sent === undefined ? this.#coroutine.next() : this.#coroutine.throw(sent.error));
    } catch (error) {
      if (error instanceof CancelledError) this.cancelledBy(error);
      else super.setException(error);
    } finally {
      this.loop.current = outer;
    }
  }

  #settle(result: IteratorResult<Suspend, unknown>): void {
    if (result.done === true) {
      if (this.#mustCancel) {
        this.#mustCancel = false;
        super.cancel(this.message);
      } else super.setResult(result.value);
      return;
    }
    if (result.value === BARE) {
      this.loop.callSoon(() => this.#step());
      return;
    }
    const future = result.value as unknown as ReferenceFuture;
    if (future === this) {
      this.loop.callSoon(() => this.#step({ error: new RuntimeError("A task cannot await itself") }));
      return;
    }
    future.addDoneCallback(() => this.#wakeup(future));
    this.#waitingFor = future;
    if (this.#mustCancel && future.cancel(this.message)) this.#mustCancel = false;
  }

  /** The result itself is fetched by the coroutine, so that a cancellation that comes now wins over it. */
  #wakeup(future: ReferenceFuture): void {
    try {
      future.result();
    } catch (error) {
      this.#step({ error });
      return;
    }
    this.#step();
  }
}
