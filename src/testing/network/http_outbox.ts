/**
 * What is still to be sent on a simulated connection.
 *
 * @module
 */
import type { HostStream } from "../../adapters/net.ts";

/** What waited was much from so many bytes on: less is what systems take at once. */
const BLOCKED_FROM = 16_384;
/** So many bytes may wait before whoever writes is asked to. */
const HIGH_WATER = 65_536;

/** Sends in order, as the stream takes it. */
export class Outbox {
  /** How many bytes wait. */
  unsent = 0;
  /** How many bytes there were in all. */
  written = 0;
  readonly #stream: HostStream;
  readonly #parts: Uint8Array[] = [];
  readonly #waiting: (() => void)[] = [];
  #isBlocked = false;
  #wasMuch = false;
  #isOver = false;
  #whenSent: (() => void) | null = null;

  constructor(stream: HostStream) {
    this.#stream = stream;
  }

  /** Sends bytes, which stay as they are. */
  write(bytes: Uint8Array): void {
    if (this.#isOver || bytes.length === 0) return;
    this.#parts.push(bytes);
    this.unsent += bytes.length;
    this.written += bytes.length;
    this.#flush();
    this.#wasMuch ||= this.unsent >= BLOCKED_FROM;
  }

  /** How many bytes wait, as other hosts count them: their systems take a little at once. */
  get kept(): number {
    return this.unsent < BLOCKED_FROM ? 0 : this.unsent;
  }

  /** Resolves when there is room, or nobody takes anything any more; undefined if that is so now. */
  room(): Promise<void> | undefined {
    if (this.#isOver || this.unsent < HIGH_WATER) return undefined;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Calls back once everything is sent. */
  whenSent(call: () => void): void {
    if (this.unsent === 0) call();
    else this.#whenSent = call;
  }

  /** The stream can take more. Returns whether less than much waits now, and did before. */
  drained(taken: number): boolean {
    this.#took(taken);
    this.#isBlocked = false;
    this.#flush();
    const isLess = this.#wasMuch && this.unsent < BLOCKED_FROM;
    if (isLess) this.#wasMuch = false;
    return isLess;
  }

  /** Nothing is sent any more. */
  drop(): void {
    this.#isOver = true;
    this.#parts.length = this.unsent = 0;
    this.#whenSent = null;
    this.#wake();
  }

  #flush(): void {
    while (this.#parts.length > 0 && !this.#isBlocked) {
      const first = this.#parts[0] as Uint8Array;
      const taken = this.#stream.write(first);
      this.#isBlocked = taken < first.length;
      this.#took(taken);
    }
    if (this.unsent < HIGH_WATER) this.#wake();
    if (this.unsent > 0) return;
    const call = this.#whenSent;
    this.#whenSent = null;
    call?.();
  }

  #took(length: number): void {
    if (length === 0) return;
    this.unsent -= length;
    const first = this.#parts[0] as Uint8Array;
    if (length === first.length) this.#parts.shift();
    else this.#parts[0] = first.subarray(length);
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
