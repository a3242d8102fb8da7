/**
 * Measures one program in a process of its own and prints its figures: `measure.ts ROW baseline|module MODULE WARM_UP ENOUGH`.
 *
 * In a shared process a program is slower after others than before them, for they have used the same functions with
 * other shapes; each figure would depend on what was measured earlier.
 *
 * @module
 */
import { argv, exit } from "node:process";
import { takeSamples } from "../harness.ts";
import type { Asyncio } from "./row.ts";
import { rows } from "./rows.ts";

const [id, variant, url, warmUp, enough] = argv.slice(2) as [string, "baseline" | "module", string, string, string];
const asyncio: Asyncio = await import(url);
const row = rows.find((row) => row.id === id);
if (row === undefined) throw new TypeError(`Cannot measure "${id}": there is no such row.`);
const duration = { warmUp: Number(warmUp), enough: Number(enough) };
console.log(JSON.stringify(await takeSamples(row[variant].make(asyncio), row.operations, duration)));
// A bench of a loop that is being changed may leave something behind that keeps the process alive.
exit(0);
