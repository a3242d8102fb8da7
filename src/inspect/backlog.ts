/**
 * Of whom the pages are still to be told.
 *
 * @module
 */
import type { TaskRecord } from "./task_record.ts";

/** Nobody is told later than so many messages after the change: two seconds. */
const MESSAGES = 8;

/** The tasks that have changed and of which nobody was told, those that changed first before others; each is told within some messages. */
export class Backlog {
  /** One for each message that was made since, the last for the one to come. */
  readonly #batches: TaskRecord[][] = [[]];
  /** How many of the first one were taken. */
  #taken = 0;

  /** Adds one. It is left out if it was told by the time that it is its turn. */
  add(record: TaskRecord): void {
    (this.#batches[this.#batches.length - 1] as TaskRecord[]).push(record);
  }

  /** A message is about to be made. Returns how many have to be told by it, so that nobody has to be told too much at once later. */
  turn(): number {
    let due = 0;
    let upTo = -this.#taken;
    const last = this.#batches.length - 1;
    for (const [at, batch] of this.#batches.entries()) {
      upTo += batch.length;
      due = Math.max(due, Math.ceil(upTo / Math.max(1, MESSAGES - (last - at))));
    }
    if (last > 0 || upTo > 0) this.#batches.push([]);
    return due;
  }

  /** The next one; null if there is none. */
  take(): TaskRecord | null {
    for (;;) {
      const first = this.#batches[0] as TaskRecord[];
      while (this.#taken < first.length) {
        const record = first[this.#taken++] as TaskRecord;
        if (record.isChanged) return record;
      }
      this.#taken = 0;
      if (this.#batches.length === 1) {
        first.length = 0;
        return null;
      }
      this.#batches.shift();
    }
  }
}
