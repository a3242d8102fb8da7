/**
 * What makes things here, for debug mode: many of one make come from one place.
 *
 * @module
 */
import { currentCode, currentStepper } from "./current_code.ts";

/** Stands for what neither a task nor async code makes: callbacks of the loop and of the host, and code outside of loops. */
export const NOBODY: object = {};

/**
 * The function whose code runs here, by an object that all its calls share: what its generators inherit from, or the async function itself. Where a
 * coroutine awaits another one by `yield*` it is the outermost.
 */
export function makerHere(): object {
  const code = currentCode();
  if (code !== null) return (code as { source?: object }).source ?? code.constructor;
  const stepper = currentStepper();
  return stepper === null ? NOBODY : Object.getPrototypeOf(stepper._coro) as object;
}

/** What is stepped here, as somebody has given it to be awaited; null outside of steps. */
export function steppedHere(): object | null {
  return currentStepper()?._coro ?? null;
}
