/**
 * Two ways to do the same, in turns within one process. Its programs print what they took, and `beside.ts` reads it.
 */
import { argv } from "node:process";
import type { Awaitable, Coroutine, Runner } from "../../mod.ts";

/** Milliseconds of one operation in each turn. */
export interface Turns {
  /** Without this module. */
  readonly bare: number[];
  readonly module: number[];
}

/** What was measured, by the name of the work. */
export type Measured = Record<string, Turns>;

/** A work in both ways. What they return is compared, so that neither leaves something out. */
export interface Work {
  /** How often it is done in one turn. */
  readonly times: number;
  /** How many operations it does each time; 1 by default. */
  readonly operations?: number;
  readonly bare: () => Promise<unknown>;
  readonly module: () => Coroutine<unknown> | Awaitable<unknown>;
}

const [names, rounds, effort] = argv.slice(-3) as [string, string, string];
/** Whether it is only to be seen that everything works: command lines end with names of works, the number of rounds, and `smoke` or `full`. */
export const smoke: boolean = effort === "smoke";

/**
 * Does the works in turn and prints what they took as JSON; some rounds come before, for the compilers. All of this module's runs on one loop, as a
 * program's work does. Every second round is the other way round: who comes after whom must not always be the same.
 */
export async function measureInTurns(runner: Runner, works: Record<string, Work>, warmUp: number): Promise<void> {
  const measured: Measured = {};
  for (const [name, { times, operations = 1, bare, module }] of Object.entries(works)) {
    if (!names.split(",").includes(name)) continue;
    const turns: Turns = measured[name] = { bare: [], module: [] };
    let result: unknown;
    const results = new Set<unknown>();
    const both = [
      [turns.bare, async () => {
        for (let i = 0; i < times; i++) result = await bare();
      }],
      [turns.module, () =>
        runner.run(function* () {
          for (let i = 0; i < times; i++) result = yield* module();
        })],
    ] as const;
    for (let round = smoke ? -1 : -warmUp; round < Number(rounds); round++) {
      for (const [taken, work] of round % 2 === 0 ? both : [...both].reverse()) {
        const start = performance.now();
        await work();
        if (round >= 0) taken.push((performance.now() - start) / times / operations);
        // Objects that come from elsewhere are never the same.
        if (typeof result !== "object") results.add(result);
      }
    }
    if (results.size > 1) throw new Error(`The two ways of "${name}" do not agree: ${[...results].join(", ")}.`);
  }
  await runner.close();
  console.log(JSON.stringify(measured));
}
