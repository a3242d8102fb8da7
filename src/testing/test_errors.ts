/**
 * What tests fail with.
 *
 * @module
 */

/**
 * A body did, or did not, let others run: see {@linkcode assertCheckpoint} and {@linkcode assertNoCheckpoint}.
 *
 * @example A function that should wait, and does not
 * ```ts
 * import { assertCheckpoint, CheckpointError, testLoop } from "@loop/asyncio/testing";
 * import { assertRejects } from "@std/assert";
 *
 * await assertRejects(() => testLoop(() => assertCheckpoint(function* () {})), CheckpointError);
 * ```
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
 * @example A task that was forgotten
 * ```ts
 * import { createTask, sleep } from "@loop/asyncio";
 * import { LeakError, testLoop } from "@loop/asyncio/testing";
 * import { assertRejects } from "@std/assert";
 *
 * const forgetful = () =>
 *   testLoop(function* () {
 *     createTask(sleep(1_000), { name: "forgotten" });
 *     yield* sleep(0);
 *   });
 * const { leaks } = await assertRejects(forgetful, LeakError, "forgotten");
 * console.log(leaks.length);
 * ```
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
