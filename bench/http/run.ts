/**
 * A Hono app through `serve` and `handler`, beside the same app on the runtime's own server and beside aiohttp on uvloop.
 *
 * ```sh
 * deno task bench:http                         # a minute or two
 * deno task bench:http --rounds 3 --seconds 1 --runtime bun
 * deno task bench:http --smoke                 # seconds, to see that it works; nothing is judged
 * ```
 *
 * The load comes from wrk, or from a client of the benches' own where there is none. Servers run on core 0 and the client on core 1, where
 * `taskset` is there. The exit code is 1 if a goal is missed.
 *
 * @module
 */
import { argv, exit } from "node:process";
import { parseArgs } from "node:util";
import type { Spread } from "../alternate.ts";
import { toNumber, toRounds, toRuntimes } from "../options.ts";
import { findRuntimes } from "../runtimes.ts";
import { compareHttp } from "./compare.ts";
import { clientName, hasWrk } from "./load.ts";
import { findServers } from "./servers.ts";

const { values } = parseArgs({
  args: argv.slice(2),
  options: {
    smoke: { type: "boolean", default: false },
    runtime: { type: "string", default: "" },
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "2" },
    "own-client": { type: "boolean", default: !hasWrk },
  },
});
const own = values.smoke || values["own-client"];
const effort = values.smoke ? { connections: 5, seconds: 0.05, rounds: 1, warmUp: false, own } : {
  connections: 50,
  seconds: toNumber("--seconds", values.seconds),
  rounds: toRounds(values.rounds),
  warmUp: true,
  own,
};
const servers = findServers(findRuntimes(toRuntimes(values.runtime)));
console.log(
  `${effort.connections} connections, ${effort.rounds} rounds of ${effort.seconds} s, by ${clientName(own)}\n`,
);

if (values.smoke) {
  await compareHttp(servers, effort);
  console.log("Every server has answered; so short a run says nothing of how fast.");
  exit(0);
}

const { ceiling, figures, ratios } = await compareHttp(servers, effort);
const range = ({ median, low, high }: Spread, digits: number) =>
  `${median.toFixed(digits)} (${low.toFixed(digits)}-${high.toFixed(digits)})`;
const row = (...cells: string[]) =>
  console.log(cells.map((cell, i) => cell.padEnd([14, 9, 20, 25, 22, 22, 0][i]!)).join(""));
row("", "handler", "", "requests by second", "CPU by request, µs", "p99, ms", "client busy");
for (const { name, on, kind, rate, cpu, p99, client } of figures) {
  row(on, kind, name, range(rate, 0), range(cpu, 1), range(p99, 1), `${Math.round(client.median * 100)} %`);
}

console.log(`\nThe client's own ceiling: ${Math.round(ceiling).toLocaleString("en")} requests by second of its time.`);
console.log("\nRequests by the server's processor time, serve and handler over the other:\n");
const missed: string[] = [];
for (const goal of ratios) {
  const { on, kind, against, least, median } = goal;
  const line = `${on}, ${kind}, over ${against === on ? "bare" : against}: ${range(goal, 2)}`;
  const word = least === undefined ? "" : median >= least ? "met" : "MISSED";
  console.log(`${word.padEnd(7)} ${line}${least === undefined ? "" : `, at least ${least} wanted`}`);
  if (word === "MISSED") missed.push(line);
}
if (missed.length > 0) exit(1);
