/**
 * Errors that leave a task.
 *
 * @module
 */
import { showsCallsOnly } from "../core/error_frames.ts";
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
  left.set(error, isOfAwait(error) ? [ADVICE, line] : [line]);
  appendLines(error);
}

/** The messages of the engines for `yield*` of a value that is not iterable, such as a promise. Loops over such a value have the same messages. */
const NO_ITERABLE = /yield\*|is not iterable/;
const ADVICE =
  "    (if this was to be awaited: yield* awaits coroutines and what the functions of @loop/asyncio return. Await a promise by " +
  "fromPromise(), an async generator by forEach(), and call a function that makes a coroutine)";

function isOfAwait(error: Error): boolean {
  return error instanceof TypeError && NO_ITERABLE.test(error.message);
}

/** It has taken other frames, and keeps what its stack says of tasks. */
export function keepTasks(error: Error): void {
  const get = appended.get(error);
  if (get === undefined || Object.getOwnPropertyDescriptor(error, "stack")?.get === get) return;
  appendLines(error);
}

const INSPECT = Symbol.for("nodejs.util.inspect.custom");

/** The errors that are being shown: one may be its own cause. */
const shown = new Set<Error>();

/** How such an error is shown on Bun, whose console writes frames of its own, and not the stack. */
function inspected(this: Error, _depth: unknown, _options: unknown, inspect: (value: unknown) => string): string {
  if (shown.has(this)) return `${this} [circular]`;
  shown.add(this);
  try {
    const properties = Object.entries(this).filter(([name]) => name !== "stack" && name !== "cause");
    const lines = properties.map(([name, value]) => `    ${name}: ${inspect(value)}`);
    if (this.cause !== undefined) lines.push(`Caused by: ${inspect(this.cause)}`);
    return [this.stack, ...lines].join("\n");
  } finally {
    shown.delete(this);
  }
}

/** What returns the stack of such an error. */
const appended = new WeakMap<Error, () => string>();

function appendLines(error: Error): void {
  const { get, value } = Object.getOwnPropertyDescriptor(error, "stack") ?? {};
  const withTasks = () => [String(get === undefined ? value : get.call(error)), ...left.get(error) ?? []].join("\n");
  const set = (stack: unknown): void => {
    Object.defineProperty(error, "stack", { value: stack, writable: true, configurable: true });
  };
  try {
    Object.defineProperty(error, "stack", {
      configurable: true,
      get: withTasks,
      set,
    });
    appended.set(error, withTasks);
    if (showsCallsOnly() && !(INSPECT in error)) {
      Object.defineProperty(error, INSPECT, { value: inspected, writable: true, configurable: true });
    }
  } catch {
    // It is frozen, and stays as it is.
  }
}
