/**
 * Runs measure.ts.
 *
 * @module
 */
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Contender } from "../alternate.ts";
import type { Duration, Figures } from "../harness.ts";
import { output, type Runtime } from "../runtimes.ts";
import type { Row } from "./row.ts";

const MEASURE = fileURLToPath(new URL("measure.ts", import.meta.url));

/** How long a program is measured in one process. */
export const DURATION: Duration = { warmUp: 250, enough: 350 };
/** Only as long as it takes to see that it works. */
export const SMOKE: Duration = { warmUp: 0, enough: 0 };

/** A program of a row, run on the module of a checkout. */
export function contender(
  name: string,
  options: { runtime: Runtime; row: Row; variant: "baseline" | "module"; checkout: string; duration: Duration },
): Contender<Figures> {
  const { runtime, row, variant, checkout, duration } = options;
  const url = pathToFileURL(`${checkout}/mod.ts`).href;
  const args = [MEASURE, row.id, variant, url, `${duration.warmUp}`, `${duration.enough}`];
  return { name, measure: async () => JSON.parse(await output([...runtime.command, ...args])) };
}
