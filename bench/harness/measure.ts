/**
 * Measures one program in a process of its own and prints its figures: `measure.ts SUBJECT ROW WARM_UP ENOUGH`. In a shared process
 * a program is faster or slower by what ran before it: each figure would depend on what was measured earlier.
 *
 * A subject is the URL of a `mod.ts`, of which the row's program is measured; `baseline`, which is what the row compares with; or a
 * file of `bench/peers`. The row `every` runs each of them once, to see that they work.
 */
import { argv, exit } from "node:process";
import type { Peer } from "../peers/peer.ts";
import { ownProgram, type Row } from "../programs/row.ts";
import { rows, sharedRows } from "../programs/rows.ts";
import { type Program, takeSamples } from "./samples.ts";

const [subject, id, warmUp, enough] = argv.slice(2) as [string, string, string, string];

/** The programs of the subject, by their rows, each made when it is asked for. */
async function programs(): Promise<Record<string, () => Program>> {
  if (subject !== "baseline" && !subject.includes(":")) {
    const { peer }: { peer: Peer } = await import(`../peers/${subject}.ts`);
    return Object.fromEntries(Object.entries(peer.programs).map(([id, program]) => [id, () => program]));
  }
  // One row of the baselines is of this module as well: a task that is not deep.
  const asyncio = await import(subject === "baseline" ? "../../mod.ts" : subject);
  const make = (row: Row) => subject === "baseline" ? row.native(asyncio) : ownProgram(row, asyncio);
  return Object.fromEntries(rows.map((row) => [row.id, () => make(row)]));
}

const made = await programs();
if (id === "every") {
  for (const make of Object.values(made)) await make()({ start() {}, end() {} });
} else {
  const make = made[id];
  if (make === undefined) throw new TypeError(`Cannot measure "${id}": ${subject} has no such row.`);
  const { operations } = [...rows, ...sharedRows].find((row) => row.id === id)!;
  const duration = { warmUp: Number(warmUp), enough: Number(enough) };
  console.log(JSON.stringify(await takeSamples(make(), operations, duration)));
}
// A bench of a loop that is being changed may leave something behind that keeps the process alive.
exit(0);
