/**
 * Measures the two ways in turns, on the runtime that runs this, and prints what came out as JSON: `measure.ts ROUNDS smoke|full`.
 *
 * @module
 */
import { argv } from "node:process";
import { type Measured, takeTurns } from "../harness/turns.ts";
import { bare, type Way } from "./bare.ts";
import { byModule, close } from "./module.ts";

const rounds = Number(argv[2]);
const smoke = argv[3] === "smoke";

const INPUT = new Uint8Array(1024);
const PIECE = new Uint8Array(64 * 1024);
const mebibytes = smoke ? 4 : 100;
const bytes = mebibytes * 1024 * 1024;
const starts = smoke ? 5 : 20;

function check(value: number, expected: number): void {
  if (value !== expected) throw new Error(`The process returned ${value} where ${expected} was expected`);
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

const measured: Measured = {};
for (const [name, work] of Object.entries(works)) {
  const operations = name === "talk" || name === "wait" ? starts : mebibytes;
  measured[name] = await takeTurns(() => work(bare), () => work(byModule), {
    rounds,
    warmUp: smoke ? 1 : 10,
    operations,
  });
}
await close();
console.log(JSON.stringify(measured));
