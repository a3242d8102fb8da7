/**
 * Calls that the loop makes for a transport.
 *
 * @module
 */
import type { ContextOwner, Runnable } from "../core/contract.ts";
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import { KeyboardInterrupt } from "../core/errors.ts";

/** Whose context a step runs in: all steps of a transport see what the ones before have set. */
export interface StepOwner extends ContextOwner {
  readonly loop: BaseEventLoop;
}

/** One entry of the ready queue that runs in the context of a transport, as often as it is scheduled. */
export class Step implements Runnable {
  readonly #owner: StepOwner;
  readonly #name: string;
  readonly #callback: () => void;

  constructor(owner: StepOwner, name: string, callback: () => void) {
    this.#owner = owner;
    this.#name = name;
    this.#callback = callback;
  }

  /** @internal */
  get _owner(): ContextOwner {
    return this.#owner;
  }

  /** @internal */
  _run(): void {
    try {
      this.#callback();
    } catch (exception) {
      reportStep(this.#owner, this, exception);
    }
  }

  /** Readable form: to the loop it is a handle like others. */
  toString(): string {
    return `<Handle ${this.#name} of ${this.#owner}>`;
  }
}

/** Reports what escaped from a step, as the loop does for every callback. */
export function reportStep(owner: StepOwner, handle: Runnable, exception: unknown): void {
  if (exception instanceof KeyboardInterrupt) throw exception;
  owner.loop._reportFrom(owner, { message: `Exception in callback ${handle}`, exception, handle });
}
