/**
 * One end of a connection, as the tests use it: it keeps what the host tells, and sends with respect to what the host takes.
 *
 * @module
 */

import { fail } from "@std/assert";
import type { HostStream, StreamEvents } from "../../src/adapters/adapter.ts";

/** So long, in milliseconds, a test waits for an event before it says what is missing. Nothing depends on it but a failure. */
const TIME_TO_COME = 60_000;

/** Everything that broke the contract at any time; the tests' last hook looks at it. */
export const violations: string[] = [];

/** A started stream. */
export class Peer implements StreamEvents {
  /** What was started. */
  readonly stream: HostStream;
  /** The kinds of events that came, in order, data that follows data left out. */
  readonly log: string[] = [];
  /** The data that came. */
  readonly chunks: Uint8Array[] = [];
  /** How many bytes came. */
  received = 0;
  /** How many bytes of ours were taken. */
  taken = 0;
  /** The other side will send no more. */
  ended = false;
  /** What `closed` told; undefined as long as it did not. */
  error: Error | null | undefined;
  /** What the host offers to read into, if the test has memory for it. */
  readable: () => boolean = () => false;
  /** What is told of that. */
  filled: (length: number) => void = () => violations.push("filled() was told without a read.");
  /** Looks at data in the place of keeping it. */
  onData: ((bytes: Uint8Array) => void) | null = null;
  readonly #waiting = new Set<() => void>();
  #calling = false;
  #rest: Uint8Array[] = [];
  #blocked = false;

  constructor(stream: HostStream) {
    this.stream = stream;
    this.call(() => stream.start(this));
  }

  /** Calls the stream; events that come from inside break the contract. */
  call<T>(method: () => T): T {
    this.#calling = true;
    try {
      return method();
    } finally {
      this.#calling = false;
    }
  }

  /** Gives bytes to the stream, as it takes them. */
  send(bytes: Uint8Array | string): this {
    const array = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
    if (array.length > 0) this.#rest.push(array);
    this.#pump();
    return this;
  }

  /** Gives bytes to the stream and waits until all were taken. */
  async sent(bytes: Uint8Array | string = ""): Promise<this> {
    this.send(bytes);
    await this.until(() => this.#rest.length === 0, "everything to be taken");
    return this;
  }

  /** What was sent and not taken. */
  get untaken(): number {
    return this.#rest.reduce((sum, bytes) => sum + bytes.length, 0);
  }

  /** Everything that came, as one array. */
  get bytes(): Uint8Array {
    const all = new Uint8Array(this.received);
    let at = 0;
    for (const chunk of this.chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    return all;
  }

  /** Everything that came, as text. */
  get text(): string {
    return new TextDecoder().decode(this.bytes);
  }

  /** Waits until something is true, looking again at each event. */
  async until(condition: () => boolean, what: string): Promise<this> {
    const patience = setTimeout(() => this.#wake(), TIME_TO_COME);
    const began = performance.now();
    try {
      while (!condition()) {
        if (this.error !== undefined || performance.now() - began > TIME_TO_COME - 100) {
          fail(`Waited in vain for ${what}: ${this.log.join(" ")} (${this.received} bytes came) ${this.error ?? ""}`);
        }
        await new Promise<void>((resolve) => this.#waiting.add(resolve));
      }
    } finally {
      clearTimeout(patience);
    }
    return this;
  }

  /** Waits for so many bytes. */
  receive(length: number): Promise<this> {
    return this.until(() => this.received >= length, `${length} bytes`);
  }

  /** Waits for a text. */
  hear(text: string): Promise<this> {
    return this.until(() => this.text.includes(text), JSON.stringify(text));
  }

  /** Waits for the end of what the other side sends. */
  untilEnd(): Promise<this> {
    return this.until(() => this.ended, "the end");
  }

  /** Waits until the stream is gone, and gives the error that it told. */
  async untilClosed(): Promise<Error | null> {
    await this.until(() => this.error !== undefined, "the stream to be closed");
    return this.error!;
  }

  /** Cuts the stream if it is there, and waits for its end. */
  async cut(): Promise<void> {
    if (this.error !== undefined) return;
    this.stream.abort();
    await this.untilClosed();
  }

  data(bytes: Uint8Array): void {
    this.#told("data");
    if (bytes.length === 0) violations.push("data() was told nothing.");
    if (this.ended) violations.push("data() was told after end().");
    this.received += bytes.length;
    if (this.onData) this.onData(bytes);
    else this.chunks.push(bytes);
    this.#wake();
  }

  end(): void {
    this.#told("end");
    if (this.ended) violations.push("end() was told twice.");
    this.ended = true;
    this.#wake();
  }

  drain(taken: number): void {
    // Hosts may tell it without a reason: it is no part of the log.
    this.#told();
    this.#advance(taken);
    this.#blocked = false;
    this.#pump();
    this.#wake();
  }

  closed(error: Error | null): void {
    this.#told("closed");
    this.error = error;
    this.#wake();
  }

  #pump(): void {
    while (!this.#blocked && this.#rest.length > 0 && this.error === undefined) {
      const bytes = this.#rest[0]!;
      const taken = this.call(() => this.stream.write(bytes));
      this.#advance(taken);
      if (taken < bytes.length) this.#blocked = true;
    }
  }

  #advance(taken: number): void {
    if (taken === 0) return;
    const bytes = this.#rest[0];
    if (bytes === undefined || taken < 0 || taken > bytes.length) {
      violations.push(`${taken} bytes were taken of ${bytes?.length ?? 0}.`);
      return;
    }
    this.taken += taken;
    if (taken === bytes.length) this.#rest.shift();
    else this.#rest[0] = bytes.subarray(taken);
  }

  #told(kind?: string): void {
    if (this.#calling) violations.push(`${kind ?? "drain"}() was told inside a call.`);
    if (this.error !== undefined) violations.push(`${kind ?? "drain"}() was told after closed().`);
    if (kind !== undefined && !(kind === "data" && this.log.at(-1) === "data")) this.log.push(kind);
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
