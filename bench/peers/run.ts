/**
 * Peers and this module side by side, on Deno, on Bun and on Python: Effection, Effect, p-queue, @std/async, promises, asyncio and uvloop.
 *
 * ```sh
 * deno task bench:peers                        # some minutes
 * deno run -A bench/peers/run.ts --runtime bun --rounds 5
 * deno run -A bench/peers/run.ts --smoke       # seconds, to see that it works
 * ```
 *
 * Every program runs in a process of its own, `--rounds` times (3), in turn with the others. Given are the median of the
 * rounds' medians, in nanoseconds an operation, and how many times this module's time that is.
 *
 * @module
 */
import { argv } from "node:process";
import { parseArgs } from "node:util";
import { toRounds, toRuntimes } from "../options.ts";
import { findRuntimes, output } from "../runtimes.ts";
import { compareMemory, comparePeers, type PeerMemory, type PeerTable } from "./compare.ts";
import { findContenders, type PeerOn } from "./contenders.ts";

const { values } = parseArgs({
  args: argv.slice(2),
  options: {
    smoke: { type: "boolean", default: false },
    runtime: { type: "string", default: "" },
    rounds: { type: "string", default: "3" },
  },
});

const label = ({ name, version }: PeerOn) => `${name}${version && ` ${version}`}`;
const nanoseconds = (value: number) => Math.round(value).toLocaleString("en");
const peers = await findContenders(findRuntimes(toRuntimes(values.runtime)));

function print({ title, figures }: PeerTable): void {
  console.log(`\n${title}: ns\n`);
  for (const { name, on, median, low, high } of figures) {
    const own = figures.find((figure) => figure.name === "this module" && (figure.on === on || on === "Python"));
    const times = own === undefined || own.name === name ? "" : `${(median / own.median).toFixed(1)} times`;
    const peer = peers.find((peer) => peer.name === name && peer.on === on)!;
    console.log(
      `  ${on.padEnd(7)} ${label(peer).padEnd(17)} ${nanoseconds(median).padStart(9)}` +
        `  (${nanoseconds(low)} to ${nanoseconds(high)})`.padEnd(24) + times.padStart(14),
    );
  }
}

function printMemory(count: number, all: readonly PeerMemory[]): void {
  console.log(`\n${count.toLocaleString("en")} sleeping tasks: bytes each\n`);
  for (const { name, on, made, heap, bytes } of all) {
    const collected = heap === undefined ? "" : `${nanoseconds(heap).padStart(9)} of collected heap`;
    console.log(
      `  ${on.padEnd(7)} ${name.padEnd(17)} ${nanoseconds(bytes).padStart(9)} resident ${collected.padEnd(28)}` +
        `  ${nanoseconds((made * 1e6) / count)} ns to make one`,
    );
  }
}

if (values.smoke) {
  for (const peer of peers) {
    await output(peer.smoke);
    console.log(`${label(peer)} on ${peer.on}: every program ran.`);
  }
} else {
  const effort = { duration: { warmUp: 200, enough: 300 }, rounds: toRounds(values.rounds) };
  await comparePeers(peers, effort, undefined, print);
  printMemory(50_000, await compareMemory(peers, 50_000));
}
