/**
 * The lines of an engine's stack, as data.
 *
 * @module
 */

import { nameInStack } from "../core/repr.ts";
import { NAMELESS } from "./names.ts";

/** A function in the middle of running, and where. */
export interface StackLine {
  readonly name: string;
  /** As far as the engine tells: JavaScriptCore shows generators as functions. */
  readonly kind: "generator" | "async" | "function";
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** V8: `at [async] name (place)` or `at [async] place`. */
const V8 = /^\s*at (async )?(?:(.*?) \()?(.+?):(\d+):(\d+)\)?$/;
/** JavaScriptCore: `name@place`. Bun writes the form of V8; an uncommon path of it does not. */
const JSC = /^(async )?(.*?)@(.+?):(\d+):(\d+)$/;

/** V8: what stands below a generator. */
const STEPS = /\.(?:next|throw) \(<anonymous>\)$/;

/** Where the files of this module are. */
const OWN_FOLDER = new URL("../", import.meta.url).href;

/** The frames of a stack, innermost first, without those of this module and of the engine. */
export function parseStack(stack: string): StackLine[] {
  const lines: StackLine[] = [];
  const texts = stack.split("\n");
  for (const [index, text] of texts.entries()) {
    const [, isAsync, name = "", file, line, column] = V8.exec(text) ?? JSC.exec(text) ?? [];
    if (file === undefined || isOwn(file) || !/[/\\:]/.test(file) || /^(node|ext|native|bun):/.test(file)) continue;
    lines.push({
      name: nameInStack(name) || NAMELESS,
      kind: isAsync !== undefined ? "async" : STEPS.test(texts[index + 1] ?? "") ? "generator" : "function",
      file,
      line: Number(line),
      column: Number(column),
    });
  }
  return lines;
}

/** Bun and Node may say a path where others say an address. */
function isOwn(file: string): boolean {
  if (file.startsWith(OWN_FOLDER)) return true;
  return OWN_FOLDER.startsWith("file://") && file.startsWith(decodeURIComponent(new URL(OWN_FOLDER).pathname));
}
