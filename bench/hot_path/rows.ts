/**
 * Every row of the hot path.
 *
 * @module
 */
import { asyncFunctions } from "./async_functions.ts";
import { callbacks } from "./callbacks.ts";
import type { Row } from "./row.ts";
import { switches } from "./switches.ts";
import { tasks } from "./tasks.ts";
import { waiting } from "./waiting.ts";

/** The rows, in the order in which they are shown. */
export const rows: readonly Row[] = [...switches, ...tasks, ...waiting, ...callbacks, ...asyncFunctions];
