/**
 * Every statement of the program language.
 *
 * @module
 */
import type { Operations } from "../machine.ts";
import { barriers } from "./barriers.ts";
import { context } from "./context.ts";
import { control } from "./control.ts";
import { handles } from "./handles.ts";
import { locks } from "./locks.ts";
import { queues } from "./queues.ts";
import { readers } from "./readers.ts";
import { scopes } from "./scopes.ts";
import { tasks } from "./tasks.ts";
import { waiting } from "./waiting.ts";

/** The operations by the names of their statements. */
export const operations: Operations = {
  ...barriers,
  ...context,
  ...control,
  ...handles,
  ...locks,
  ...queues,
  ...readers,
  ...scopes,
  ...tasks,
  ...waiting,
};
