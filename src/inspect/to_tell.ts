/**
 * The tasks of which the pages are still to be told, by what there is to tell.
 *
 * @module
 */
import { Backlog } from "./backlog.ts";
import type { TaskRecord } from "./task_record.ts";

/** Of tasks that have ended between two messages before anybody was told of them so many are reported, beside those that ran long: nobody could look at more. */
const MOST_BRIEF = 40;

/** How many are to be told by the message that is made. */
export interface Due {
  readonly made: number;
  readonly changed: number;
  readonly ended: number;
}

/** Keeps apart those that nobody knows, those that somebody knows, and those that somebody shows as alive though they have ended. */
export class ToTell {
  readonly #backlogs = { made: new Backlog(), changed: new Backlog(), ended: new Backlog() };
  /** Some of those that have ended before anybody was told of them, in turn. */
  readonly #brief: TaskRecord[] = [];
  #briefAt = 0;

  /** Adds one that has changed. */
  add(record: TaskRecord): void {
    const isOver = !Number.isNaN(record.ended);
    this.#backlogs[isOver ? "ended" : record.isTold ? "changed" : "made"].add(record);
  }

  /**
   * Adds one that has ended, and that nobody knows. It may be among those that were made, which are sometimes too many to be told while they live:
   * there it is passed over. Returns how many steps of another are told to nobody.
   */
  addBrief(record: TaskRecord): number {
    record.isChanged = false;
    const place = this.#briefAt++ % MOST_BRIEF;
    const other = this.#brief[place];
    this.#brief[place] = record;
    if (other === undefined) return 0;
    const omitted = other.spans.length / 2;
    other.drop();
    return omitted;
  }

  /** A message is about to be made. */
  turn(): Due {
    for (const record of this.#brief.splice(0)) {
      record.isChanged = true;
      this.#backlogs.ended.add(record);
    }
    this.#briefAt = 0;
    const { made, changed, ended } = this.#backlogs;
    return { made: made.turn(), changed: changed.turn(), ended: ended.turn() };
  }

  /** The next of one kind, the first before others; null if there are no more. */
  take(what: keyof Due): TaskRecord | null {
    return taken(this.#backlogs[what]);
  }

  /** Forgets all of them. */
  drop(): void {
    for (const backlog of Object.values(this.#backlogs)) {
      for (let record = taken(backlog); record !== null; record = taken(backlog)) record.drop();
    }
  }
}

function taken(backlog: Backlog): TaskRecord | null {
  const record = backlog.take();
  if (record !== null) record.isChanged = false;
  return record;
}
