/**
 * A future as the rules say it: a state, and callbacks that the loop calls in the order that they were added.
 *
 * @module
 */
import { CancelledError, type Coroutine, InvalidStateError, RuntimeError, type Suspend } from "../../../mod.ts";
import type { ReferenceLoop } from "./loop.ts";

type DoneCallback = (future: ReferenceFuture) => void;

/** A result that is not there yet. */
export class ReferenceFuture {
  readonly loop: ReferenceLoop;
  #state: "pending" | "finished" | "cancelled" = "pending";
  #value: unknown = undefined;
  #error: unknown = undefined;
  /** What the last cancel said, whether it was delivered or not. */
  protected message: string | undefined;
  #cancelledError: CancelledError | undefined;
  #callbacks: DoneCallback[] = [];

  constructor(loop: ReferenceLoop) {
    this.loop = loop;
  }

  done(): boolean {
    return this.#state !== "pending";
  }

  cancelled(): boolean {
    return this.#state === "cancelled";
  }

  result(): unknown {
    const error = this.exception();
    if (error !== null) throw error;
    return this.#value;
  }

  exception(): unknown {
    if (this.#state === "cancelled") throw this.makeCancelledError();
    if (this.#state === "pending") throw new InvalidStateError("The future is not done");
    return this.#error ?? null;
  }

  setResult(value: unknown): void {
    if (this.#state !== "pending") throw new InvalidStateError("The future is done");
    this.#value = value;
    this.#finish("finished");
  }

  setException(error: unknown): void {
    if (this.#state !== "pending") throw new InvalidStateError("The future is done");
    this.#error = error;
    this.#finish("finished");
  }

  cancel(message?: string): boolean {
    if (this.#state !== "pending") return false;
    this.message = message;
    this.#finish("cancelled");
    return true;
  }

  /** Ends as cancelled by this very error. */
  protected cancelledBy(error: CancelledError): void {
    this.#cancelledError = error;
    this.message = undefined;
    this.#finish("cancelled");
  }

  /** The error that the coroutine ended with, for the first who asks; a new one with the message for all others. */
  makeCancelledError(): CancelledError {
    const error = this.#cancelledError;
    this.#cancelledError = undefined;
    return error ?? new CancelledError(this.message);
  }

  /** What the future was cancelled with, if anything. */
  cancelMessage(): string {
    return this.message ?? "";
  }

  addDoneCallback(callback: DoneCallback): void {
    if (this.#state === "pending") this.#callbacks.push(callback);
    else this.loop.callSoon(() => callback(this));
  }

  removeDoneCallback(callback: DoneCallback): number {
    const before = this.#callbacks.length;
    this.#callbacks = this.#callbacks.filter((other) => other !== callback);
    return before - this.#callbacks.length;
  }

  /** Awaits it: no suspension if it is done, else one, at whose end it must be done. */
  *[Symbol.iterator](): Coroutine<unknown> {
    if (!this.done()) yield this as unknown as Suspend;
    if (!this.done()) throw new RuntimeError("The future was not awaited by a task");
    return this.result();
  }

  #finish(state: "finished" | "cancelled"): void {
    this.#state = state;
    const callbacks = this.#callbacks;
    this.#callbacks = [];
    for (const callback of callbacks) this.loop.callSoon(() => callback(this));
  }
}
