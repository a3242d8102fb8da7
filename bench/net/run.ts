/**
 * Echo servers side by side: this module's protocols and streams on Deno, Bun and Node, the bare sockets of each runtime, and uvloop.
 *
 * ```sh
 * deno run -A bench/net/run.ts                      # everything, some minutes
 * deno run -A bench/net/run.ts --only bun --rounds 3 --part rates
 * deno run -A bench/net/run.ts --smoke              # seconds, to see that it works; nothing is judged
 * ```
 *
 * `--only` chooses servers by words in their names, `--part` is `rates` or `memory`, `--rounds` how often each is measured, `--seconds` how
 * long. The server is bound to one core and the client to another one, where `taskset` is there. The exit code is 1 if a goal is missed.
 *
 * @module
 */
import { argv, exit } from "node:process";
import { parseArgs } from "node:util";
import { toNames, toNumber, toRounds } from "../options.ts";
import { compareMemory } from "./memory.ts";
import { findPeers, GOALS, GOALS_OF_LONG_MESSAGES } from "./peers.ts";
import { pinned, works } from "./processes.ts";
import { compareRates } from "./rates.ts";

const { values } = parseArgs({
  args: argv.slice(2),
  options: {
    smoke: { type: "boolean", default: false },
    only: { type: "string", multiple: true, default: [] },
    part: { type: "string", multiple: true, default: ["rates", "memory"] },
    rounds: { type: "string" },
    seconds: { type: "string" },
  },
});
if (!works("bun", ["--version"])) throw new Error("Cannot measure: the client needs bun. Put it on PATH.");

const { smoke } = values;
const rounds = toRounds(values.rounds ?? (smoke ? "1" : "7"));
const seconds = toNumber("--seconds", values.seconds ?? (smoke ? "0.05" : "1"));
const peers = findPeers(values.only.map((word) => word.toLowerCase()));
if (peers.length === 0) {
  throw new TypeError(`Cannot measure with --only "${values.only.join(" ")}": no server has that in its name.`);
}
console.log(pinned ? "Servers run on core 0, the client on core 1." : "Processes are not bound to cores.");

const parts = toNames("--part", values.part, ["rates", "memory"]);

const missed: string[] = [];
if (parts.includes("rates")) {
  const load = { connections: 50, seconds, rounds };
  missed.push(...await compareRates(peers, { ...load, bytes: 1024 }, smoke ? [] : GOALS));
  missed.push(...await compareRates(peers, { ...load, bytes: 100 * 1024 }, smoke ? [] : GOALS_OF_LONG_MESSAGES));
}
if (parts.includes("memory")) {
  for (const connections of smoke ? [100] : [1_000, 10_000]) {
    missed.push(
      ...await compareMemory(peers.filter(({ onlyRates }) => !onlyRates), connections, smoke ? 1 : Math.min(rounds, 3)),
    );
  }
}
if (smoke) {
  console.log("\nEverything ran; so short a run says nothing of how fast.");
} else if (missed.length === 0) {
  console.log("\nEvery goal was met.");
} else {
  console.log(`\nMissed:\n${missed.map((line) => `  ${line}`).join("\n")}`);
  exit(1);
}
