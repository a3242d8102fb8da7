/**
 * Reading a web stream from coroutines.
 *
 * @module
 */
import { RuntimeError } from "../core/errors.ts";
import { expectMicrotasks } from "../core/internal.ts";
import type { LazyAwaitable } from "../core/suspend.ts";
import { Wait } from "../core/wait.ts";

/** What a read of the host has come to. */
type Arrival<T> = { readonly value: T | null } | { readonly error: unknown };

/**
 * A web stream of which coroutines read. There is one read of the host at a time, and a cancel ends only the wait for it: what
 * it brings is what the next read returns, so nothing is lost.
 */
export class HostReader<T> {
  readonly #reader: ReadableStreamDefaultReader<T>;
  /** What has come and was not taken. */
  arrived: Arrival<T> | null = null;
  /** Who waits. */
  wait: HostRead<T> | null = null;
  #asked = false;

  /** Locks the stream. */
  constructor(stream: ReadableStream<T>) {
    this.#reader = stream.getReader();
  }

  /** Whether somebody waits for a chunk. */
  get isAwaited(): boolean {
    return this.wait !== null;
  }

  /**
   * Returns the next chunk, or null at the end.
   *
   * @throws {RuntimeError} when awaited, if another task waits here; whatever the host's read rejects with
   */
  read(): LazyAwaitable<T | null> {
    return new HostRead<T>(this);
  }

  /** Tells the stream that nothing more is wanted, and lets go of it: a read that is under way ends by that. */
  cancel(reason?: unknown): void {
    // What it rejects with is no news: nobody wants the stream any more.
    this.#reader.cancel(reason).catch(() => {});
    this.#reader.releaseLock();
  }

  /** Asks the host for the next chunk, unless it was asked and has not answered. */
  ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    this.#reader.read().then(
      ({ done, value }) => done ? this.#end({ value: null }) : this.#settle({ value }),
      (error) => this.#end({ error }),
    );
  }

  /** Returns what has come; the end and an error stay. */
  take(): T | null {
    const outcome = this.arrived as Arrival<T>;
    if ("error" in outcome) throw outcome.error;
    if (outcome.value !== null) {
      this.arrived = null;
      this.#asked = false;
    }
    return outcome.value;
  }

  #end(outcome: Arrival<T>): void {
    this.#reader.releaseLock();
    this.#settle(outcome);
  }

  #settle(outcome: Arrival<T>): void {
    this.arrived = outcome;
    this.wait?.wake();
  }
}

/** One call of `read`. */
class HostRead<T> extends Wait<T | null> {
  readonly #reader: HostReader<T>;

  constructor(reader: HostReader<T>) {
    super();
    this.#reader = reader;
  }

  override methodName(): string {
    return "read";
  }

  override tryNow(): IteratorReturnResult<T | null> | null {
    const reader = this.#reader;
    if (reader.wait !== null) {
      throw new RuntimeError(
        "Cannot read: another task is waiting here already. Let one task read, and share by a Queue.",
      );
    }
    return reader.arrived === null ? null : this.woken();
  }

  override woken(): IteratorReturnResult<T | null> {
    return { done: true, value: this.#reader.take() };
  }

  override enter(): void {
    this.#reader.wait = this;
    this.#reader.ask();
    // What has come already needs a microtask only, and is not to wait for the end of the loop's slice.
    expectMicrotasks(this.loop);
  }

  override leave(): void {
    if (this.#reader.wait === this) this.#reader.wait = null;
  }
}
