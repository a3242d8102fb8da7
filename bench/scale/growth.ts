/**
 * How costs grow with the number of live tasks.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { alternate, type Spread, spread } from "../alternate.ts";
import { output, type Runtime } from "../runtimes.ts";

const CHILD = fileURLToPath(new URL("growth_child.ts", import.meta.url));

/** What is measured while tasks live. */
export const GROWING = ["switch", "timer", "queue", "turns of all"] as const;

/** What something costs with so many live tasks, in nanoseconds. */
export interface Growth {
  readonly on: Runtime["name"];
  readonly what: (typeof GROWING)[number];
  readonly costs: readonly (Spread & { readonly live: number })[];
}

/** Measures how costs grow, in so many processes of about so many operations. */
export async function measureGrowth(
  runtime: Runtime,
  live: readonly number[],
  { operations, rounds }: { operations: number; rounds: number },
): Promise<Growth[]> {
  const growths: Growth[] = [];
  for (const what of GROWING) {
    const contenders = live.map((count) => ({
      name: `${count}`,
      measure: async () => Number(await output([...runtime.command, CHILD, what, `${count}`, `${operations}`])),
    }));
    const measured = await alternate(contenders, rounds);
    const costs = live.map((count) => ({ live: count, ...spread(measured.get(`${count}`)!) }));
    growths.push({ on: runtime.name, what, costs });
  }
  return growths;
}
