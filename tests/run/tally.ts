/** How many tests passed and failed. */
export interface Tally {
  /** Tests that passed. */
  readonly passed: number;
  /** Tests that failed, and test runners that ended without saying what they did. */
  readonly failed: number;
  /** What failed, and how: some lines each. Left out while nothing has. */
  readonly failures?: readonly string[];
}

/** The line above all failures. */
export const FAILURES = "What failed:";

/** Before any test has run. */
export const nothing: Tally = { passed: 0, failed: 0 };

/** Both together. */
export function add(one: Tally, other: Tally): Tally {
  const failures = [...one.failures ?? [], ...other.failures ?? []];
  return {
    passed: one.passed + other.passed,
    failed: one.failed + other.failed,
    ...(failures.length > 0 ? { failures } : {}),
  };
}
