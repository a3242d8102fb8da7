/**
 * The hot path beside its native baselines.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { alternate, ratios, type Spread, spread } from "../alternate.ts";
import type { Duration } from "../harness.ts";
import type { Runtime } from "../runtimes.ts";
import { contender } from "./child.ts";
import type { Row } from "./row.ts";
import { rows } from "./rows.ts";

const HERE = fileURLToPath(new URL("../..", import.meta.url));

/** A row as one run has measured it: nanoseconds an operation. */
export interface HotFigure {
  readonly id: string;
  readonly title: string;
  readonly on: Runtime["name"];
  /** What the baseline is. */
  readonly baselineName: string;
  readonly baseline: Spread;
  readonly module: Spread;
  /** What the module takes of the baseline's time, round by round. */
  readonly ratio: Spread;
}

/** Measures rows on a runtime. */
export async function measureHotPath(
  runtime: Runtime,
  { duration, rounds }: { duration: Duration; rounds: number },
  chosen: readonly Row[] = rows,
): Promise<HotFigure[]> {
  const figures: HotFigure[] = [];
  for (const row of chosen) {
    const shared = { runtime, row, checkout: HERE, duration } as const;
    const contenders = (["baseline", "module"] as const).map((variant) => contender(variant, { ...shared, variant }));
    const measured = await alternate(contenders, rounds);
    const [baseline, module] = ["baseline", "module"].map((name) =>
      measured.get(name)!.map(({ median }) => median)
    ) as [
      number[],
      number[],
    ];
    figures.push({
      id: row.id,
      title: row.title,
      on: runtime.name,
      baselineName: row.baseline.name,
      baseline: spread(baseline),
      module: spread(module),
      ratio: spread(ratios(module, baseline)),
    });
  }
  return figures;
}
