/**
 * Every row.
 */
import { asyncFunctions } from "./async_functions.ts";
import { callbacks } from "./callbacks.ts";
import type { Row } from "./row.ts";
import { switches } from "./switches.ts";
import { tasks } from "./tasks.ts";
import { jobs, waiting } from "./waiting.ts";

/** The rows of the hot path, in the order in which they are shown. */
export const rows: readonly Row[] = [...switches, ...tasks, ...waiting, ...callbacks, ...asyncFunctions];

/** The ids of what peers do as well. */
export const SHARED = ["switch-1000", "hand-off", "create", "queue", "lock", "cancel", "jobs"] as const;

/** The id of a row that peers have as well. */
export type SharedId = typeof SHARED[number];

/** Those rows. Only peers limit jobs for a living, so the hot path does without them. */
export const sharedRows: readonly (Row & { readonly id: SharedId })[] = SHARED.map((id) => ({
  ...[...rows, jobs].find((row) => row.id === id)!,
  id,
}));
