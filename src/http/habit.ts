/**
 * What the function that handles a server's requests usually does.
 *
 * @module
 */

/** Answers at once in a row after which a function is expected to go on like that. */
const FIRST_STREAK = 256;
/** The most that is asked for, when it has surprised often. */
const LONGEST_STREAK = 65_536;

/**
 * Whether a function answers with no promise, request after request. An async function has to be marked when it is called, for the
 * module to know what it does after an `await`; on Deno that costs a third of a whole request. One that has never awaited
 * anything, as the `fetch` of an app whose handlers are coroutines that end in their first step, is not marked any more.
 *
 * When it does await something after all, it is marked again from the next request on. The one that came as a surprise is found
 * without a mark, since no other can be meant.
 */
export class Habit {
  #streak = 0;
  #wanted = FIRST_STREAK;

  /** Whether the next request is expected to be answered at once. */
  get isLean(): boolean {
    return this.#streak >= this.#wanted;
  }

  /** A request was answered in the host's callback, or goes on as a coroutine, which needs no mark. */
  answeredAtOnce(): void {
    this.#streak++;
  }

  /** A request was not. */
  parked(): void {
    if (this.isLean) this.#wanted = Math.min(2 * this.#wanted, LONGEST_STREAK);
    this.#streak = 0;
  }
}
