/**
 * How a WebSocket notices that its client is gone, where the host does not.
 *
 * @module
 */
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import type { TimerHandle } from "../core/handle.ts";

/** Asks a client that says nothing whether it is still there. */
export class Heart {
  readonly #loop: BaseEventLoop;
  readonly #interval: number;
  readonly #ping: () => void;
  readonly #kept: () => number;
  readonly #lost: () => void;
  #heard = false;
  #before = 0;
  #timer: TimerHandle;

  /**
   * Begins. After each interval the client is pinged; one that says nothing for another one is lost. One that still takes what it was sent
   * before is not: `kept` says how many bytes of that are left.
   */
  constructor(loop: BaseEventLoop, interval: number, ping: () => void, kept: () => number, lost: () => void) {
    this.#loop = loop;
    this.#interval = interval;
    this.#ping = ping;
    this.#kept = kept;
    this.#lost = lost;
    this.#timer = loop.callLater(interval, this.#ask);
  }

  /** The client has said something, or taken something. */
  heard(): void {
    this.#heard = true;
  }

  /** It is closed. */
  stop(): void {
    this.#timer.cancel();
  }

  readonly #ask = (): void => {
    this.#ping();
    this.#before = this.#kept();
    this.#timer = this.#loop.callLater(this.#interval, this.#look);
  };

  readonly #look = (): void => {
    if (!this.#heard && this.#kept() >= this.#before) return this.#lost();
    this.#heard = false;
    this.#timer = this.#loop.callLater(this.#interval, this.#ask);
  };
}
