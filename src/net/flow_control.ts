/**
 * Water marks: when a protocol is asked to write no more, and when to write on.
 *
 * @module
 */
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import { KeyboardInterrupt } from "../core/errors.ts";
import { describeKind } from "../core/repr.ts";
import { checkOptions, type OptionNames } from "../core/misuse.ts";
import type { WriteBufferLimits } from "../io/socket_infos.ts";

/** Who hears of it. */
export interface PausableProtocol {
  pauseWriting(): void;
  resumeWriting(): void;
}

/** Whose water marks they are. */
export interface FlowOwner {
  readonly loop: BaseEventLoop;
  readonly protocol: PausableProtocol | null;
}

const MARKS: OptionNames<WriteBufferLimits> = { high: true, low: true };
/** The high-water mark of plain transports by default. */
export const PLAIN_HIGH = 64 * 1024;
/** The high-water mark of TLS transports by default. */
export const TLS_HIGH = 512 * 1024;

/** The marks, and whether the protocol is paused: above the high one, with TLS at it, until at most at the low one. */
export class FlowControl {
  readonly #owner: FlowOwner;
  /** The high mark by default. */
  readonly #usual: number;
  /** TLS pauses at the high mark already, as in CPython. */
  readonly #inclusive: boolean;
  /** The high mark. */
  high: number;
  /** Above this the protocol pauses. */
  #most: number;
  /** At this it goes on. */
  low: number;
  /** Whether the protocol was told to pause, and not yet to go on. */
  paused = false;
  /** The protocol is being told to go on. */
  resuming = false;
  /** Whether the protocol knows that it is to pause. */
  #toldToPause = false;
  #muted = false;

  constructor(owner: FlowOwner, high: number) {
    this.#owner = owner;
    this.#usual = high;
    this.#inclusive = high === TLS_HIGH;
    this.high = high;
    this.#most = this.#mostAt(high);
    this.low = Math.floor(high / 4);
  }

  /** Sets the marks; one that is left out is made of the other. */
  set(limits: WriteBufferLimits): void {
    checkOptions(limits, "setWriteBufferLimits", MARKS);
    const { high = limits.low === undefined ? this.#usual : 4 * limits.low } = limits;
    const { low = Math.floor(high / 4) } = limits;
    for (const mark of [high, low]) {
      if (typeof mark !== "number") {
        throw new TypeError(`Cannot set ${describeKind(mark)} as a water mark: give a number of bytes.`);
      }
    }
    if (!(high >= low && low >= 0)) {
      throw new RangeError(
        `Cannot set the water marks high=${high} and low=${low}: high must be at least low, and low at least 0.`,
      );
    }
    this.high = high;
    this.low = low;
    this.#most = this.#mostAt(high);
  }

  /** The buffer has grown. */
  grew(size: number): void {
    if (this.paused || size <= this.#most) return;
    this.paused = true;
    this.#tell("pauseWriting");
  }

  /** The buffer has shrunk. */
  shrank(size: number): void {
    if (!this.paused || size > this.low) return;
    this.paused = false;
    this.resuming = true;
    try {
      this.#tell("resumeWriting");
    } finally {
      this.resuming = false;
    }
  }

  /** Tells the protocol nothing: for now it is not the one who writes. */
  mute(): void {
    this.#muted = true;
  }

  /** Tells it how things are, and from now on what changes. */
  unmute(): void {
    this.#muted = false;
    if (this.paused !== this.#toldToPause) this.#tell(this.paused ? "pauseWriting" : "resumeWriting");
  }

  #mostAt(high: number): number {
    return this.#inclusive ? Math.max(0, Math.ceil(high) - 1) : high;
  }

  #tell(method: "pauseWriting" | "resumeWriting"): void {
    if (this.#muted) return;
    this.#toldToPause = method === "pauseWriting";
    const protocol = this.#owner.protocol;
    try {
      protocol?.[method]();
    } catch (exception) {
      if (exception instanceof KeyboardInterrupt) throw exception;
      const message = `protocol.${method}() failed`;
      this.#owner.loop.callExceptionHandler({ message, exception, transport: this.#owner, protocol });
    }
  }
}
