/**
 * How a WebSocket notices that its client is gone: it answers no ping, or not the end.
 *
 * @module
 */
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import type { TimerHandle } from "../core/handle.ts";

/** Asks a client that says nothing whether it is still there. */
export class Pinger {
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

/** Milliseconds that the other end has to answer once everything is sent. */
const ANSWER_TIME = 1_000;

/** Waits for an answer: for a second, and before that for as long as the other end goes on to take what it was sent. */
export class CloseTimer {
  readonly #loop: BaseEventLoop;
  readonly #kept: () => number;
  readonly #quiet: number;
  readonly #lost: () => void;
  #before: number;
  #idle = 0;
  #timer: TimerHandle;

  /**
   * Begins. `kept` says how many bytes are still to be sent, and `lost` is called when nothing comes: when none of them was taken for the
   * milliseconds of `quiet`, or all of them were and there is no answer.
   */
  constructor(loop: BaseEventLoop, kept: () => number, quiet: number, lost: () => void) {
    this.#loop = loop;
    this.#kept = kept;
    this.#quiet = quiet;
    this.#lost = lost;
    this.#before = kept();
    this.#timer = loop.callLater(ANSWER_TIME, this.#look);
  }

  /** The answer has come, or nobody waits for it any more. */
  stop(): void {
    this.#timer.cancel();
  }

  readonly #look = (): void => {
    const before = this.#before;
    this.#before = this.#kept();
    if (before === 0) return this.#lost();
    this.#idle = this.#before < before ? 0 : this.#idle + ANSWER_TIME;
    if (this.#idle > this.#quiet) return this.#lost();
    this.#timer = this.#loop.callLater(ANSWER_TIME, this.#look);
  };
}
