/**
 * Errors that leave a task.
 *
 * @module
 */
import { visible } from "../core/repr.ts";
import { placeOf } from "./places.ts";

/** So many tasks are named in one error. */
const MOST_TASKS = 20;

/** The tasks that an error has left, the innermost first, as lines of a stack. */
const left = new WeakMap<Error, string[]>();

/**
 * An error has left a task: its stack says which, and where that was made. Whoever gets it awaits the task, most often somewhere else. The text is put
 * together when somebody reads it.
 */
export function noteRaised(error: unknown, task: { getName(): string }): void {
  const place = placeOf(task)?.location ?? "";
  if (!(error instanceof Error) || place === "") return;
  const line = `    in the task ${visible(task.getName())}, made at ${place}`;
  const lines = left.get(error);
  if (lines !== undefined) {
    if (lines.length < MOST_TASKS) lines.push(line);
    return;
  }
  left.set(error, [line]);
  appendLines(error);
}

function appendLines(error: Error): void {
  const { get, value } = Object.getOwnPropertyDescriptor(error, "stack") ?? {};
  const set = (stack: unknown): void => {
    Object.defineProperty(error, "stack", { value: stack, writable: true, configurable: true });
  };
  try {
    Object.defineProperty(error, "stack", {
      configurable: true,
      get: () => [String(get === undefined ? value : get.call(error)), ...left.get(error) ?? []].join("\n"),
      set,
    });
  } catch {
    // It is frozen, and stays as it is.
  }
}
