/**
 * What Ctrl-C and other signals that ask for the end do to a running main task.
 *
 * @module
 */
import type { Task } from "../core/task.ts";
import { describeKind } from "../core/repr.ts";
import type { HostLoop } from "./host_loop.ts";

/** Milliseconds: one Ctrl-C reaches a program up to three times in a row when a task runner or npx stands between. */
export const SAME_KEY = 200;

/** The exit code of a program that SIGINT ended. */
export const INTERRUPTED = 130;

/** The signals that ask a program to end, with the exit code of one that they have ended: 128 and their number. */
const EXIT_CODES: Readonly<Record<EndSignal, number>> = {
  SIGHUP: 129,
  SIGINT: INTERRUPTED,
  SIGQUIT: 131,
  SIGTERM: 143,
  SIGBREAK: 149,
};

/**
 * A signal that can cancel the main task of a run; SIGBREAK is that of Windows.
 *
 * @category Running
 */
export type EndSignal = "SIGHUP" | "SIGINT" | "SIGQUIT" | "SIGTERM" | "SIGBREAK";

/**
 * Refuses what cannot be the signals of a run.
 *
 * @throws {TypeError} if it is no array of names
 * @throws {RangeError} if one does not ask for the end
 */
export function checkSignals(signals: unknown): asserts signals is readonly EndSignal[] {
  if (!Array.isArray(signals)) {
    throw new TypeError(
      `Cannot run with ${describeKind(signals)} as signals: give an array of names, such as ["SIGINT", "SIGTERM"].`,
    );
  }
  for (const signal of signals) {
    if (typeof signal !== "string") {
      throw new TypeError(`Cannot run with ${describeKind(signal)} as a signal: give its name, such as "SIGTERM".`);
    }
    if (!Object.hasOwn(EXIT_CODES, signal)) {
      throw new RangeError(
        `Cannot run with ${JSON.stringify(signal)} as a signal: those that can end a run are ${
          Object.keys(EXIT_CODES).join(", ")
        }. Handle others by addSignalHandler().`,
      );
    }
  }
}

/** The first signal cancels the main task; a later one ends the process, and those that the loop has started. */
export class Interrupt {
  readonly #loop: HostLoop;
  readonly #task: Task<unknown>;
  readonly #listeners = new Map<EndSignal, () => void>();
  #when = -Infinity;
  #first: EndSignal | null = null;

  constructor(loop: HostLoop, task: Task<unknown>, signals: readonly EndSignal[]) {
    this.#loop = loop;
    this.#task = task;
    for (const signal of new Set(signals)) {
      const listener = () => this.#heard(signal);
      try {
        loop.adapter.addSignalListener?.(signal, listener);
      } catch {
        // Not every system has all of them, and one that there is not will not come.
        continue;
      }
      this.#listeners.set(signal, listener);
    }
  }

  /** The signal that came first, or null if none has. */
  get signal(): EndSignal | null {
    return this.#first;
  }

  /** The exit code of a program that it has ended. */
  get exitCode(): number {
    return EXIT_CODES[this.#first ?? "SIGINT"];
  }

  /** Stops listening. */
  remove(): void {
    for (const [signal, listener] of this.#listeners) this.#loop.adapter.removeSignalListener?.(signal, listener);
    this.#listeners.clear();
  }

  #heard(signal: EndSignal): void {
    // Whoever handles the signal on this loop, such as a server that drains, has it to himself.
    if (this.#loop.signalHandlers.has(signal)) return;
    const now = this.#loop.time();
    if (this.#first !== null && now - this.#when < SAME_KEY) return;
    if (this.#first === null) {
      this.#first = signal;
      this.#when = now;
      if (this.#task.cancel()) return;
    }
    try {
      // Processes that it has started would go on with nobody to end them.
      this.#loop.endWhatIsOpen();
    } finally {
      this.#loop.adapter.exit?.(EXIT_CODES[signal]);
    }
  }
}
