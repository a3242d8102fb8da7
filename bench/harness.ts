/**
 * `Deno.bench` where there is one, and a few lines in its place on Bun and Node, so that the same file runs on all
 * three.
 *
 * @module
 */

/** A benchmark: the function does the work `operations` times. */
export interface Bench {
  /** The group; benchmarks of a group do the same in different ways. */
  readonly group: string;
  /** What is measured. */
  readonly name: string;
  /** Whether it is what the others of its group are compared with. */
  readonly baseline?: boolean;
  /** How often the function does what is measured; figures are per operation. */
  readonly operations: number;
  /** Does it. */
  readonly fn: () => Promise<unknown> | unknown;
}

/** How long each benchmark runs outside Deno, in milliseconds. */
const ENOUGH = 500;

const pending: Bench[] = [];
const onDeno = "Deno" in globalThis;

/** Registers a benchmark. */
export function bench(options: Bench): void {
  const { group, name, baseline = false, operations, fn } = options;
  if (onDeno) {
    Deno.bench({
      group,
      name: `${name}, ${operations.toLocaleString("en")} times`,
      baseline,
      fn: async () => void await fn(),
    });
  } else pending.push(options);
}

/** Runs what was registered, outside Deno; there, `deno bench` does. */
export async function runBenches(): Promise<void> {
  let group = "";
  for (const entry of pending) {
    if (entry.group !== group) console.log(`\n${group = entry.group}`);
    const median = await measure(entry);
    console.log(
      `  ${entry.name.padEnd(56)} ${median.toFixed(1).padStart(10)} ns${entry.baseline ? "  (baseline)" : ""}`,
    );
  }
}

/** The median time of one operation, in nanoseconds. */
export async function measure(entry: Pick<Bench, "operations" | "fn">): Promise<number> {
  const samples: number[] = [];
  for (let i = 0; i < 5; i++) await entry.fn();
  const start = performance.now();
  while (performance.now() - start < ENOUGH || samples.length < 5) {
    const before = performance.now();
    await entry.fn();
    samples.push(((performance.now() - before) * 1e6) / entry.operations);
  }
  return quantile(samples, 0.5);
}

/** The value below which so large a part of the samples lies; 0.5 is the median. */
export function quantile(samples: readonly number[], part: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = part * (sorted.length - 1);
  const below = sorted[Math.floor(at)] as number;
  const above = sorted[Math.ceil(at)] as number;
  return below + (above - below) * (at - Math.floor(at));
}
