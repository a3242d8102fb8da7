/**
 * The frames of the async functions that wait for what fails, on engines which show them only where something is called.
 *
 * @module
 */
import { showsCallsOnly, wasMadeHere, wasPlaced } from "../core/error_frames.ts";
import { framesIn } from "./frames.ts";
import { lazyPlace } from "./lazies.ts";

/** The errors that have them. */
const placed = new WeakSet<Error>();

/** An `await` of a coroutine fails: an error of the module gets the frames of where the coroutine was made, after those of the coroutine. */
export function placeInAsync(error: unknown, coroutine: object | null): void {
  if (
    coroutine === null || !showsCallsOnly() || !(error instanceof Error) || placed.has(error) || !wasMadeHere(error)
  ) return;
  const frames = lazyPlace(coroutine)?.frames ?? [];
  if (frames.length === 0) return;
  placed.add(error);
  wasPlaced(error);
  const before = Object.getOwnPropertyDescriptor(error, "stack");
  const set = (stack: unknown): void => {
    Object.defineProperty(error, "stack", { value: stack, writable: true, configurable: true });
  };
  try {
    Object.defineProperty(error, "stack", {
      configurable: true,
      get: () => withFrames(textOf(error, before), frames),
      set,
    });
  } catch {
    // It is frozen, and stays as it is.
  }
}

/** The stack of an error, or its message, for a DOMException of Bun has a stack of another form. */
function textOf(error: Error, stack: PropertyDescriptor | undefined): string {
  const text = String(stack?.get?.call(error) ?? stack?.value ?? "");
  return text.includes(error.message) ? text : String(error);
}

/** What a stack says of a task that the error has left. */
const OF_TASK = /^ {4}in the task /;

/** A stack up to the last frame of a user's, and other frames below. */
function withFrames(stack: string, frames: readonly string[]): string {
  const lines = stack.split("\n");
  const first = lines.findIndex((line) => /^\s+at /.test(line));
  const last = lines.findLastIndex((line) => OF_TASK.test(line) || framesIn(line).some(({ isOwn }) => !isOwn));
  const above = lines.slice(0, last >= 0 ? last + 1 : first >= 0 ? first : lines.length);
  // What connects, listens and starts processes has them without debug mode.
  const missing = above.some((line) => line.includes(frames[0] as string)) ? [] : frames;
  return [...above, ...missing.map((frame) => `    at ${frame}`)].join("\n");
}
