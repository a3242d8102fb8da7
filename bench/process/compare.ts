/**
 * Measures the two ways in turns, on the runtime that runs this, and prints what came out as JSON.
 *
 * @module
 */
import { argv } from "node:process";
import { bare, type Way } from "./bare.ts";
import { byModule, close } from "./module.ts";

/** Milliseconds of each turn. */
export interface Turns {
  /** The runtime's own. */
  readonly bare: number[];
  /** This module's. */
  readonly module: number[];
}

/** What was measured, by the name of the work. */
export type Measured = Record<string, Turns>;

const rounds = Number(argv[2]);
const smoke = argv[3] === "smoke";

const INPUT = new Uint8Array(1024);
const PIECE = new Uint8Array(64 * 1024);
const MIB = 1024 * 1024;
const bytes = (smoke ? 4 : 100) * MIB;
const starts = smoke ? 5 : 20;

function check(value: number, expected: number): void {
  if (value !== expected) throw new Error(`The process gave ${value} where ${expected} was expected`);
}

/** Each gives what one turn does. */
const works: Record<string, (way: Way) => Promise<void>> = {
  async talk(way) {
    check(await way.talk(INPUT, starts), INPUT.length * starts);
  },
  async wait(way) {
    check(await way.wait(starts), 0);
  },
  async read(way) {
    check(await way.read(bytes), bytes);
  },
  async write(way) {
    check(await way.write(PIECE, bytes / PIECE.length), 0);
  },
};

async function time(work: (way: Way) => Promise<void>, way: Way): Promise<number> {
  const start = performance.now();
  await work(way);
  return performance.now() - start;
}

const measured: Measured = {};
for (const [name, work] of Object.entries(works)) {
  const turns: Turns = { bare: [], module: [] };
  // The first rounds are for the compilers and do not count.
  for (let round = smoke ? -1 : -10; round < rounds; round++) {
    const pair: ["bare" | "module", Way][] = [["bare", bare], ["module", byModule]];
    // Whoever comes after whom must not always be the same.
    if (round % 2 === 0) pair.reverse();
    for (const [who, way] of pair) {
      const taken = await time(work, way);
      if (round >= 0) turns[who].push(taken);
    }
  }
  measured[name] = turns;
}
await close();
console.log(JSON.stringify({ measured, starts, mebibytes: bytes / MIB }));
