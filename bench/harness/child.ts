/**
 * Contenders that `measure.ts` measures.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import type { Contender } from "./alternate.ts";
import { type Host, output } from "./hosts.ts";
import type { Duration, Figures } from "./samples.ts";

const MEASURE = fileURLToPath(new URL("measure.ts", import.meta.url));

/** The command that measures a program of a subject. */
export function measureCommand({ command }: Host, subject: string, row: string, duration: Duration): string[] {
  return [...command, MEASURE, subject, row, `${duration.warmUp}`, `${duration.enough}`];
}

/** A contender whose command prints its figures. */
export function contender(name: string, command: readonly string[]): Contender<Figures> {
  return { name, measure: async () => JSON.parse(await output(command)) };
}
