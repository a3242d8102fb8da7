/**
 * Measuring several things in turn, again and again, each time in a new process: what disturbs the machine for some
 * seconds disturbs all of them, and what an engine decides once for a process is decided anew.
 */
import { fileURLToPath } from "node:url";
import { type Host, output } from "./hosts.ts";
import { type Duration, type Figures, quantile } from "./samples.ts";

const MEASURE = fileURLToPath(new URL("measure.ts", import.meta.url));

/** Something that is measured, to be compared with others. */
export interface Contender<T> {
  readonly name: string;
  readonly measure: () => Promise<T>;
}

/** The middle of some values, and where their middle half lies. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** The command that measures a program of a subject. */
export function measureCommand({ command }: Host, subject: string, row: string, duration: Duration): string[] {
  return [...command, MEASURE, subject, row, `${duration.warmUp}`, `${duration.enough}`];
}

/** A contender whose command prints its figures. */
export function contender(name: string, command: readonly string[]): Contender<Figures> {
  return { name, measure: async () => JSON.parse(await output(command)) };
}

/** Measures every contender once a round; every second round the other way round. */
export async function alternate<T>(contenders: readonly Contender<T>[], rounds: number): Promise<Map<string, T[]>> {
  const results = new Map<string, T[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, measure } of round % 2 === 0 ? contenders : [...contenders].reverse()) {
      results.get(name)!.push(await measure());
    }
  }
  return results;
}

/** The median and the middle half. */
export function spread(values: readonly number[]): Spread {
  return { median: quantile(values, 0.5), low: quantile(values, 0.25), high: quantile(values, 0.75) };
}

/** Of a value that is the same each time. */
export function exactly(value: number): Spread {
  return { median: value, low: value, high: value };
}

/** What each value is of the other one of the same round. */
export function ratios(values: readonly number[], others: readonly number[]): number[] {
  return values.map((value, round) => value / (others[round] as number));
}
