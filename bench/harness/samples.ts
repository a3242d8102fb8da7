/**
 * Samples of how long a program takes, taken in the process that runs it.
 */

/** Lets a program say what part of it is measured; without it, all of it is. */
export interface Timer {
  start(): void;
  end(): void;
}

/** Does once what is measured. */
export type Program = (timer: Timer) => unknown;

/** How long a program is measured, in milliseconds. */
export interface Duration {
  /** Runs that are not counted: the compilers need them. */
  readonly warmUp: number;
  /** Runs that are. */
  readonly enough: number;
}

/** As long as the report measures a program. */
export const DURATION: Duration = { warmUp: 200, enough: 250 };
/** Only as long as it takes to see that a program works. */
export const SMOKE: Duration = { warmUp: 0, enough: 0 };

/** What was measured of one operation, in nanoseconds. */
export interface Figures {
  readonly median: number;
  /** The fastest tenth ends here: what is left on a machine that does other things as well. */
  readonly fast: number;
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
