/**
 * Reads of the host into memory that a protocol has chosen, with no copy in between.
 *
 * @module
 */
import type { HostStream } from "../adapters/net.ts";
import { RuntimeError } from "../core/errors.ts";
import type { BufferedProtocol, Protocol } from "../io/protocols.ts";

/** How many bytes are read at a time in the name of a protocol that has no memory of its own. */
const SIZE = 64 * 1024;

/** What the protocol has lent the host, and what has come into it. */
export class OwnMemory {
  readonly #host: HostStream;
  /** Takes what stands nowhere where its receiver would find it. */
  readonly #keep: (bytes: Uint8Array) => void;
  /** The host waits for memory to read into. */
  #isOffered = false;
  /** So many bytes have come into memory that is still lent, and nobody was told. */
  #filled = 0;
  #memory: Uint8Array | null = null;
  #owner: Protocol | BufferedProtocol | null = null;

  constructor(host: HostStream, keep: (bytes: Uint8Array) => void) {
    this.#host = host;
    this.#keep = keep;
  }

  /** Whether something has come, or the host would read. */
  get waits(): boolean {
    return this.#isOffered || this.#filled > 0;
  }

  /** Which method of the protocol is called next. */
  get next(): "bufferUpdated" | "getBuffer" {
    return this.#filled > 0 ? "bufferUpdated" : "getBuffer";
  }

  /** The host waits for memory. */
  offer(): void {
    this.#isOffered = true;
  }

  /** It has ended, and waits no more. */
  withdraw(): void {
    this.#isOffered = false;
  }

  /** So many bytes have come. */
  fill(length: number): void {
    this.#filled = length;
  }

  /** Nobody wants what has come, or will. */
  drop(): void {
    this.#isOffered = false;
    this.#filled = 0;
  }

  /**
   * Receives what has come, or has the host read. Returns how many bytes stand in memory of the protocol; 0 if the host will tell, or if they
   * stand elsewhere, since the protocol was another one when the host was told where to read: then a copy is kept.
   *
   * @throws {RuntimeError} if the protocol has no memory
   */
  receive(protocol: Protocol | BufferedProtocol): number {
    if (this.#filled > 0) return this.#take(protocol);
    this.#isOffered = false;
    const isBuffered = !("dataReceived" in protocol);
    const memory = isBuffered ? bufferOf(protocol, -1) : new Uint8Array(SIZE);
    const length = this.#host.readInto!(memory);
    if (length < 0) {
      this.#memory = memory;
      this.#owner = isBuffered ? protocol : null;
      return 0;
    }
    if (isBuffered) return length;
    if (length > 0) this.#keep(memory.subarray(0, length));
    return 0;
  }

  /** Keeps a copy of what has come, for somebody who reads in the protocol's place. */
  surrender(): void {
    if (this.#filled > 0) this.#take(null);
  }

  #take(protocol: Protocol | BufferedProtocol | null): number {
    const length = this.#filled;
    const memory = this.#memory!;
    const isOwners = this.#owner !== null && this.#owner === protocol;
    this.#filled = 0;
    this.#memory = this.#owner = null;
    if (isOwners) {
      // The host waits again.
      this.#isOffered = true;
      return length;
    }
    this.#keep(memory.slice(0, length));
    // And reads by itself, unless it is given memory once more.
    if (protocol !== null) this.#host.resumeReading();
    return 0;
  }
}

/**
 * The memory that a protocol receives into.
 *
 * @throws {RuntimeError} if it has none
 */
export function bufferOf(protocol: BufferedProtocol, sizeHint: number): Uint8Array {
  const buffer = protocol.getBuffer(sizeHint);
  if (buffer instanceof Uint8Array && buffer.length > 0) return buffer;
  throw new RuntimeError("Cannot receive into what getBuffer() returned: it must be a Uint8Array that is not empty.");
}
