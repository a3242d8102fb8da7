/** How many tests passed and failed. */
export interface Tally {
  /** Tests that passed. */
  readonly passed: number;
  /** Tests that failed, and test runners that ended without saying what they did. */
  readonly failed: number;
}

/** Before any test has run. */
export const nothing: Tally = { passed: 0, failed: 0 };

/** Both together. */
export function add(one: Tally, other: Tally): Tally {
  return { passed: one.passed + other.passed, failed: one.failed + other.failed };
}
