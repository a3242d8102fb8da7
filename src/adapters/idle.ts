/**
 * The part of the contract with a runtime that is about having nothing to do.
 *
 * @module
 */

/**
 * What a host knows of its own idleness.
 *
 * @category Runtime
 */
export interface IdleHost {
  /** When {@linkcode IdleHost.whenNothingLeft} calls back: perhaps not while a module awaits something at its top level. */
  readonly tells: "always" | "unless awaited" | "never";
  /**
   * Calls back each time that nothing is left which could call back, right before the process would end for that. The process goes on, and
   * calls again as soon as nothing is left again. What does not keep a process alive, such as a listener of a signal or a timer that was
   * unref'd, is nothing here. Returns what ends this.
   */
  whenNothingLeft(callback: () => void): () => void;
  /** Whether anybody listens to signals but the loops, which listen to these. */
  othersHearSignals(ownSignals: ReadonlySet<string>): boolean;
  /**
   * Whether somebody may still call back for whom the process waits; null if it is likely that nobody will, and not certain. The caller keeps
   * nothing alive meanwhile.
   */
  isBusy(): boolean | null | Promise<boolean | null>;
}
