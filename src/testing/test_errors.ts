/**
 * What tests fail with.
 *
 * @module
 */

/**
 * A body did, or did not, let others run: see {@linkcode assertCheckpoint} and {@linkcode assertNoCheckpoint}.
 *
 * @category Tests
 */
export class CheckpointError extends Error {
  /** Always `"CheckpointError"`. */
  override readonly name: string = "CheckpointError";
}

/**
 * A test has passed and left something behind: see {@linkcode testLoop}. The message says what, and where that was made.
 *
 * @category Tests
 */
export class LeakError extends Error {
  /** Always `"LeakError"`. */
  override readonly name: string = "LeakError";
  /** What was left behind, in words. */
  readonly leaks: readonly string[];

  /** Makes the error of what was left behind. */
  constructor(leaks: readonly string[], options?: ErrorOptions) {
    super(`The test has passed, and left behind:\n\n${leaks.join("\n\n")}`, options);
    this.leaks = leaks;
  }
}
