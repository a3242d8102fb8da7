/**
 * The forms in which programs run, and what counts as right in each.
 *
 * @module
 */
import { compiledAsyncFunctions, compiledGenerators } from "./compiled/compile.ts";
import { type Form, interpreted } from "./machine.ts";
import type { Program, Recorded } from "./program.ts";
import { check, type Run } from "./runner.ts";

/** The forms by what a program is in them. */
export const FORMS = {
  "coroutines": interpreted,
  "compiled coroutines": compiledGenerators,
  "async functions": compiledAsyncFunctions,
} as const;

/** A key of {@linkcode FORMS}. */
export type FormName = keyof typeof FORMS;

/** What became of a program. */
export interface Verdict {
  readonly kind: "passed" | "failed" | "skipped";
  /** The first difference, also of a program that is skipped. */
  readonly difference: string | null;
  readonly run: Run | null;
  readonly error?: unknown;
}

/**
 * Runs a recorded program in a form. A program that differs is skipped if it starts an async function eagerly, which
 * JavaScript cannot run past its first `await` at once; nothing else is.
 *
 * `unhandled` collects the rejections that nobody handled: none is right.
 */
export async function judge(recorded: Recorded, form: Form, unhandled: unknown[] = []): Promise<Verdict> {
  unhandled.length = 0;
  const checked = await check(recorded, form);
  const first = unhandled[0];
  const difference = checked.difference ?? (unhandled.length === 0 ? null : `  nobody handled ${first}`);
  if (difference === null) return { ...checked, kind: "passed", difference };
  const skipped = form === compiledAsyncFunctions && startsEagerly(recorded.program);
  return {
    ...checked,
    kind: skipped ? "skipped" : "failed",
    difference,
    ...(first === undefined ? {} : { error: first }),
  };
}

function startsEagerly(program: Program): boolean {
  return JSON.stringify(program.coroutines).includes('["spawn_eager",');
}
