/**
 * The lines at which coroutines wait.
 *
 * @module
 */
import type { Stepper } from "../core/contract.ts";
import { nameInStack, rememberName } from "../core/repr.ts";
import { generatorNext } from "../core/suspend.ts";
import { coroutineFrames } from "../debug/coroutine_places.ts";
import { NAMELESS } from "./names.ts";

/** A coroutine that waits, or one that it awaits by `yield*`. */
export interface CoroutineLine {
  /** The name of its function; null if that has none. */
  readonly name: string | null;
  readonly file: string;
  readonly line: number;
}

/** `name (file:line:column)`, or the place alone. */
const FRAME = /^(?:async )?(?:(.*?) \()?(.+?):(\d+):\d+\)?$/;

/** Engines write of a function without a name nothing, the call that it was handed to, or a word. */
function functionName(name: string | undefined): string | null {
  return name === NAMELESS ? null : nameInStack(name) || null;
}

/** The lines of each coroutine of a task, or of a part of one, innermost first. It has none if it does not wait. */
export function coroutineLines(stepper: Stepper): ReadonlyMap<object, readonly CoroutineLine[]> {
  const found = new Map<object, readonly CoroutineLine[]>();
  for (const [coroutine, frames] of coroutineFrames(stepper)) {
    const lines = frames.flatMap((frame): CoroutineLine[] => {
      const [, name, file, line] = FRAME.exec(frame) ?? [];
      return file === undefined ? [] : [{ name: functionName(name), file, line: Number(line) }];
    });
    found.set(coroutine, lines);
    // Other coroutines of the function have its name from now on, without a look.
    const generator = (coroutine as { readonly made?: object | null }).made ?? coroutine;
    // What one async function is called says nothing of others.
    if ((generator as Partial<Generator>).next !== generatorNext) continue;
    rememberName(Object.getPrototypeOf(generator) as object, lines.at(-1)?.name ?? "");
  }
  return found;
}
