/**
 * Runs every program of the hot path once, to see that it works.
 *
 * @module
 */
import { exit } from "node:process";
import * as asyncio from "../../mod.ts";
import { rows } from "./rows.ts";

const timer = { start() {}, end() {} };
for (const { baseline, module } of rows) {
  for (const { make } of [baseline, module]) await make(asyncio)(timer);
}
console.log(`${rows.length} rows ran.`);
exit(0);
