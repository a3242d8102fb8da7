/**
 * What coroutines and waits are called.
 *
 * @module
 */
import { describeCoroutine } from "../core/repr.ts";
import { generatorPrototype } from "../core/suspend.ts";

/** The name of a coroutine, or of what is waited for, without the brackets of its readable form. */
export function nameOf(of: object): string {
  let text: string;
  try {
    text = isGenerator(of) || isNamed(of) ? describeCoroutine(of) : String(of);
  } catch {
    // It is code of others, and a report must never be what fails.
    return "an object that cannot be described";
  }
  return text.startsWith("<") && text.endsWith(">") ? text.slice(1, -1).replace(/\(\)$/, "") : text;
}

/** What every generator is an instance of. */
function AnyGenerator(): void {}
AnyGenerator.prototype = generatorPrototype;

function isGenerator(of: object): boolean {
  return of instanceof AnyGenerator;
}

/** Whether it is the call of an async function, which knows that by its name. */
function isNamed(of: object): boolean {
  return typeof (of as { functionName?: unknown }).functionName === "string";
}

/** What kind of thing a level of a task is. */
export function kindOf(of: object): "generator" | "async" | "wait" {
  return isGenerator(of) ? "generator" : isNamed(of) ? "async" : "wait";
}
