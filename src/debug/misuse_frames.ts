/**
 * The frames of an error that is thrown into a coroutine, where no code of users runs.
 *
 * @module
 */
import type { CoroutineObject } from "../core/contract.ts";
import { throwMisuse } from "../core/step.ts";
import { generatorPrototype, type Suspend } from "../core/suspend.ts";
import { userFrames } from "./frames.ts";

/** Frames that are taken of a coroutine, with those of the module among them. */
const MOST_FRAMES = 60;

/**
 * Throws an error of misuse into a coroutine. The one that has yielded what it should not runs no code that could tell where; but each coroutine that
 * awaits another by `yield*` looks for the `throw` of that where it waits, and so the lines of these are known.
 */
export function throwInFrames(coro: CoroutineObject<unknown>, error: Error): IteratorResult<Suspend, unknown> {
  const found = Object.getOwnPropertyDescriptor(generatorPrototype, "throw") as PropertyDescriptor;
  const before = String(error.stack).split(/\n\s+at /)[0] as string;
  let isOver = false;
  const get = (): unknown => {
    if (!isOver) {
      const { stackTraceLimit } = Error;
      Error.stackTraceLimit = MOST_FRAMES;
      const frames = userFrames(String(new Error().stack));
      Error.stackTraceLimit = stackTraceLimit;
      if (frames.length > 0) error.stack = [before, ...frames.map((frame) => `    at ${frame}`)].join("\n");
    }
    return found.value;
  };
  Object.defineProperty(generatorPrototype, "throw", { configurable: true, get });
  try {
    return throwMisuse(coro, error);
  } finally {
    isOver = true;
    Object.defineProperty(generatorPrototype, "throw", found);
  }
}
