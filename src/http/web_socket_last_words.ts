/**
 * How long a WebSocket waits for the other end once this one has closed it.
 *
 * @module
 */
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import type { TimerHandle } from "../core/handle.ts";

/** Milliseconds that the other end has to answer once everything is sent. */
const ANSWER = 1_000;

/** Waits for an answer: for a second, and before that for as long as the other end goes on to take what it was sent. */
export class LastWords {
  readonly #loop: BaseEventLoop;
  readonly #kept: () => number;
  readonly #patience: number;
  readonly #lost: () => void;
  #before: number;
  #idle = 0;
  #timer: TimerHandle;

  /**
   * Begins. `kept` says how many bytes are still to be sent, and `lost` is called when nothing comes: when none of them was taken for the
   * milliseconds of `patience`, or all of them were and there is no answer.
   */
  constructor(loop: BaseEventLoop, kept: () => number, patience: number, lost: () => void) {
    this.#loop = loop;
    this.#kept = kept;
    this.#patience = patience;
    this.#lost = lost;
    this.#before = kept();
    this.#timer = loop.callLater(ANSWER, this.#look);
  }

  /** The answer has come, or nobody waits for it any more. */
  stop(): void {
    this.#timer.cancel();
  }

  readonly #look = (): void => {
    const before = this.#before;
    this.#before = this.#kept();
    if (before === 0) return this.#lost();
    this.#idle = this.#before < before ? 0 : this.#idle + ANSWER;
    if (this.#idle > this.#patience) return this.#lost();
    this.#timer = this.#loop.callLater(ANSWER, this.#look);
  };
}
