/**
 * Two ways to do the same, in turns within one process. Its programs print what they took, and `beside.ts` reads it.
 *
 * @module
 */

/** Milliseconds of one operation in each turn. */
export interface Turns {
  /** The plain way. */
  readonly bare: number[];
  /** This module's. */
  readonly module: number[];
}

/** What was measured, by the name of the work. */
export type Measured = Record<string, Turns>;

/** Does the work of one turn. */
export type Work = () => void | Promise<void>;

/** How much is measured. */
export interface Effort {
  /** How many rounds count. */
  readonly rounds: number;
  /** How many come before, for the compilers. */
  readonly warmUp: number;
  /** How many operations a turn does. */
  readonly operations: number;
}

/** Takes turns, every second round the other way round: who comes after whom must not always be the same. */
export async function takeTurns(bare: Work, module: Work, effort: Effort): Promise<Turns> {
  const { rounds, warmUp, operations } = effort;
  const turns: Turns = { bare: [], module: [] };
  for (let round = -warmUp; round < rounds; round++) {
    const both = [[bare, turns.bare], [module, turns.module]] as const;
    for (const [work, taken] of round % 2 === 0 ? both : [...both].reverse()) {
      const start = performance.now();
      await work();
      if (round >= 0) taken.push((performance.now() - start) / operations);
    }
  }
  return turns;
}
