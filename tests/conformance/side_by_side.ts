/**
 * Prints two runs of a program beside each other.
 *
 * @module
 */
import type { Entry, Outcome } from "./program.ts";

const WIDTH = 56;

function written(entry: Entry | undefined): string {
  return entry === undefined ? "" : `${String(entry[0]).padStart(4)} ${entry[1]}`;
}

/** The lines of both traces and of all states, what is recorded at the left; `|` marks those that differ. */
export function sideBySide(expected: Outcome, actual: Outcome | null): string[] {
  const pairs: [string, string][] = [["recorded", "this run"]];
  const got = actual?.trace ?? [];
  for (let i = 0; i < Math.max(expected.trace.length, got.length); i++) {
    pairs.push([written(expected.trace[i]), written(got[i])]);
  }
  for (const name of new Set([...Object.keys(expected.states), ...Object.keys(actual?.states ?? {})])) {
    pairs.push(
      [expected.states[name], actual?.states[name]].map((state) => `     ${name} is ${state ?? "not bound"}`) as [
        string,
        string,
      ],
    );
  }
  pairs.push([`     ${expected.outcome}`, `     ${actual?.outcome ?? "the run itself failed"}`]);
  return pairs.map(([left, right], i) => `${left.padEnd(WIDTH)} ${left === right || i === 0 ? " " : "|"} ${right}`);
}
