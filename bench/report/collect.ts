/**
 * Measures everything.
 *
 * @module
 */
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Beside, type BesideBench, findHosts, measureBeside } from "../beside.ts";
import { executors } from "../executors/bench.ts";
import { SMOKE } from "../hot_path/child.ts";
import { measureHotPath } from "../hot_path/compare.ts";
import { rows } from "../hot_path/rows.ts";
import { compareHttp } from "../http/compare.ts";
import { clientName, hasWrk } from "../http/load.ts";
import { findServers } from "../http/servers.ts";
import { measureLatency } from "../latency/echo.ts";
import { compareMemory, comparePeers } from "../peers/compare.ts";
import { findContenders, type PeerOn } from "../peers/contenders.ts";
import { shapes } from "../peers/shapes.ts";
import { processes } from "../process/bench.ts";
import { output, outputWhatever, type Runtime } from "../runtimes.ts";
import { measureGrowth } from "../scale/growth.ts";
import { measureSizes } from "../size/measure.ts";
import { DURATION } from "./durations.ts";
import type { Part, Results } from "./results.ts";

const HERE = fileURLToPath(new URL("../..", import.meta.url));

/** Folders whose benches are parts of their own. */
const PARTS_OF_THEIR_OWN = ["http", "peers", "process", "executors", "size"];
/** What keeps a bench short in the report. */
const SHORT: Record<string, readonly string[]> = {
  net: ["--rounds", "3", "--seconds", "0.5", "--part", "rates"],
};

/** The folders whose `run.ts` prints its figures itself and knows `--smoke`. */
function otherBenches(): string[] {
  const found = readdirSync(`${HERE}bench`).filter((folder) => existsSync(`${HERE}bench/${folder}/run.ts`));
  return found.filter((folder) => !PARTS_OF_THEIR_OWN.includes(folder)).sort();
}

/** How a part is measured; a smoke run does as little as shows that it works. */
type Measurers = { readonly [P in Part]: () => Promise<NonNullable<Results[P]>> };

/** What measures the parts. */
export function measurers(runtimes: readonly Runtime[], smoke: boolean, wanted: number = DURATION.rounds): Measurers {
  const duration = smoke ? SMOKE : DURATION;
  const rounds = smoke ? 1 : wanted;
  const each = async <T>(measure: (runtime: Runtime) => Promise<readonly T[]>) => {
    const all: T[] = [];
    for (const runtime of runtimes) all.push(...await measure(runtime));
    return all;
  };
  const beside = async (bench: BesideBench) => {
    const all: Beside[] = [];
    for (const host of findHosts(bench)) all.push(...await measureBeside(bench, host, smoke ? 2 : bench.rounds, smoke));
    return all;
  };
  const hotOnce = () => each((one) => measureHotPath(one, { duration, rounds }, smoke ? rows.slice(0, 1) : rows));
  let found: Promise<PeerOn[]> | undefined;
  const peers = () => found ??= findContenders(runtimes);
  return {
    hot: async () => [await hotOnce(), await hotOnce()],
    peers: async () => {
      const all = await peers();
      const versions = all.map(({ name, on, version }) => ({ name, on, version }));
      return { versions, tables: await comparePeers(all, { duration, rounds }, smoke ? shapes.slice(0, 1) : shapes) };
    },
    memory: async () => {
      const count = smoke ? 100 : 50_000;
      return { count, peers: await compareMemory(await peers(), count) };
    },
    million: async () => {
      const count = smoke ? 1_000 : 1_000_000;
      // The others need gigabytes.
      const able = (await peers()).filter(({ name }) => ["this module", "promises", "asyncio"].includes(name));
      return { count, peers: await compareMemory(able, count) };
    },
    growth: () =>
      each((one) =>
        measureGrowth(one, smoke ? [10, 100] : [1_000, 100_000, 1_000_000], {
          operations: smoke ? 1 : 1.5e6,
          rounds: smoke ? 1 : 2,
        })
      ),
    latency: () => each(async (one) => [await measureLatency(one, 10, smoke ? 10 : 1_000)]),
    size: () => measureSizes({ rounds: smoke ? 1 : 21, smoke }),
    http: async () => {
      const connections = smoke ? 5 : 50;
      const effort = {
        connections,
        seconds: smoke ? 0.05 : 1,
        rounds,
        warmUp: !smoke,
        own: smoke || !hasWrk,
      };
      return { ...await compareHttp(findServers(runtimes), effort), client: clientName(effort.own), connections };
    },
    process: () => beside(processes),
    executors: () => beside(executors),
    others: async () => {
      const all = [];
      const deno = runtimes.find(({ name }) => name === "Deno");
      for (const folder of deno ? otherBenches() : []) {
        const file = `bench/${folder}/run.ts`;
        const flags = smoke ? ["--smoke"] : SHORT[folder] ?? [];
        const command = [...deno!.command, HERE + file, ...flags];
        const text = await (smoke ? output(command) : outputWhatever(command));
        all.push({ title: `bench/${folder}`, command: ["deno run -A", file, ...flags].join(" "), text });
      }
      return all;
    },
  };
}
