/**
 * `Deno.bench` where there is one, and a few lines in its place on Bun and Node, so that the same file runs on all
 * three; and how samples are taken, which everything that measures shares.
 *
 * @module
 */

/** Lets a program say what part of it is measured; without it, all of it is. */
export interface Timer {
  start(): void;
  end(): void;
}

/** Does once what is measured. */
export type Program = (timer: Timer) => unknown;

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
  readonly fn: Program;
}

/** How long something is measured, in milliseconds. */
export interface Duration {
  /** Runs that are not counted: the compilers need them. */
  readonly warmUp: number;
  /** Runs that are. */
  readonly enough: number;
}

/** What was measured of one operation, in nanoseconds. */
export interface Figures {
  readonly median: number;
  /** The fastest tenth ends here: what is left on a machine that does other things as well. */
  readonly fast: number;
}

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
      fn: async (timer) => void await fn(timer),
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
  return (await takeSamples(entry.fn, entry.operations, { warmUp: 100, enough: 400 })).median;
}

/** Runs a program again and again, at least three times of each kind. */
export async function takeSamples(program: Program, operations: number, duration: Duration): Promise<Figures> {
  let began = 0;
  let took = 0;
  const timer: Timer = {
    start: () => void (began = performance.now()),
    end: () => void (took = performance.now() - began),
  };
  const once = async () => {
    took = -1;
    const start = performance.now();
    await program(timer);
    const whole = performance.now() - start;
    return ((took < 0 ? whole : took) * 1e6) / operations;
  };
  const during = async (milliseconds: number) => {
    const samples: number[] = [];
    const start = performance.now();
    while (performance.now() - start < milliseconds || samples.length < 3) samples.push(await once());
    return samples;
  };
  await during(duration.warmUp);
  const samples = await during(duration.enough);
  return { median: quantile(samples, 0.5), fast: quantile(samples, 0.1) };
}

/** The value below which so large a part of the samples lies; 0.5 is the median. */
export function quantile(samples: readonly number[], part: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = part * (sorted.length - 1);
  const below = sorted[Math.floor(at)] as number;
  const above = sorted[Math.ceil(at)] as number;
  return below + (above - below) * (at - Math.floor(at));
}
