/**
 * Memory that the host lends: who has it, and how it goes back.
 *
 * @module
 */
import type { HostStream } from "../adapters/net.ts";
import type { Protocol } from "../io/protocols.ts";

/** A protocol of the module's own that copies what it needs of memory that is only lent, so that nobody copies it before. */
export interface LentReceiver extends Protocol {
  /** Bytes have come, in memory that is the host's again when this returns. */
  lentReceived(lent: Uint8Array): void;
}

/**
 * The one piece of the host's memory that a connection can have at a time. It goes back exactly once, and the host reads nothing before: every
 * way that the piece can leave ends with {@linkcode LentMemory.giveBack}.
 */
export class LentMemory {
  readonly #host: HostStream;
  /** Whether there is a piece. */
  isHeld = false;
  /** Whether there is a piece that has to be copied before it goes back. */
  mustBeCopied = false;

  constructor(host: HostStream) {
    this.#host = host;
  }

  /** The host has lent a piece: to be copied, or to be kept as well. */
  take(mayKeep: boolean): void {
    this.isHeld = true;
    this.mustBeCopied = !mayKeep;
  }

  /** Gives the piece back, if there is one. It stays ours if somebody has got a part of it and it may be kept. */
  giveBack(handedOut: boolean): void {
    if (!this.isHeld) return;
    const kept = handedOut && !this.mustBeCopied;
    this.isHeld = this.mustBeCopied = false;
    this.#host.giveBack!(kept);
  }
}
