/**
 * Calls that the loop makes for a transport.
 *
 * @module
 */
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import type { ContextOwner, Runnable } from "../core/contract.ts";
import { KeyboardInterrupt } from "../core/errors.ts";
import { reportFrom } from "../core/lazy_internal.ts";

/** Whose context a call runs in: all calls of a transport see what the ones before have set. */
export interface CallOwner extends ContextOwner {
  readonly loop: BaseEventLoop;
}

/** One entry of the ready queue that runs in the context of a transport, as often as it is scheduled. */
export class TransportCall implements Runnable {
  readonly #owner: CallOwner;
  readonly #name: string;
  readonly #callback: () => void;

  constructor(owner: CallOwner, name: string, callback: () => void) {
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
      reportFromCall(this.#owner, this, exception);
    }
  }

  /** Readable form: to the loop it is a handle like others. */
  toString(): string {
    return `<Handle ${this.#name} of ${this.#owner}>`;
  }
}

/** Reports what escaped from a call, as the loop does for every callback. */
export function reportFromCall(owner: CallOwner, handle: Runnable, exception: unknown): void {
  if (exception instanceof KeyboardInterrupt) throw exception;
  reportFrom(owner.loop, owner, { message: `Exception in callback ${handle}`, exception, handle });
}
