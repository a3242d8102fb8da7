/**
 * What coroutines and waits are called.
 *
 * @module
 */
import { isFuture } from "../core/future.ts";
import { describeCoroutine } from "../core/repr.ts";
import { generatorPrototype } from "../core/suspend.ts";
import { isTask } from "../core/wait_graph.ts";

/** What a function without a name is called, and a coroutine whose function is not known. */
export const NAMELESS = "<anonymous>";
/** What a readable form of a coroutine says of such. */
const UNNAMED = ["<coroutine>", "<anonymous()>"];

/** The name of a coroutine, or of what is waited for, without the brackets of its readable form. */
export function nameOf(of: object): string {
  try {
    if (!isGenerator(of) && !isNamed(of)) return waitNameOf(of);
    const text = describeCoroutine(of);
    return UNNAMED.includes(text) ? NAMELESS : withoutBrackets(text).replace(/\(\)$/, "");
  } catch {
    // It is code of others, and a report must never be what fails.
    return "an object that cannot be described";
  }
}

/** Who is told when a future is done, and what a shield is before, stands in the other lines. */
function waitNameOf(of: object): string {
  const text = withoutBrackets(String(of));
  if (!isFuture(of) || isTask(of)) return text;
  return text.replace(/ pending(?: cb=\[.*\])?$/s, "").replace(/^shield <.*$/s, "shield");
}

function withoutBrackets(text: string): string {
  return text.startsWith("<") && text.endsWith(">") ? text.slice(1, -1) : text;
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
