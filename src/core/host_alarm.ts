/**
 * The one timer of the host that serves all timers of a loop.
 *
 * @module
 */
import type { CoreAdapter, HostTimer } from "../adapters/adapter.ts";

/** It is armed for the earliest time, and for nothing while nothing waits. */
export class HostAlarm {
  readonly #adapter: CoreAdapter;
  readonly #ring: () => void;
  #timer: HostTimer = null;
  /** When it rings. */
  #when = 0;

  /** @param ring called when it rings, in a task of the host */
  constructor(adapter: CoreAdapter, ring: () => void) {
    this.#adapter = adapter;
    this.#ring = () => {
      this.#timer = null;
      ring();
    };
  }

  /** Arms it for a time of the adapter's clock, unless it rings before that anyway. Infinity is never. */
  arm(when: number): void {
    if (this.#timer !== null) {
      if (this.#when <= when) return;
      this.disarm();
    }
    if (when === Infinity) return;
    this.#when = when;
    this.#timer = this.#adapter.setTimer(Math.max(0, when - this.#adapter.now()), this.#ring);
  }

  /** It does not ring. */
  disarm(): void {
    if (this.#timer === null) return;
    this.#adapter.clearTimer(this.#timer);
    this.#timer = null;
  }
}
