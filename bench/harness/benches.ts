/**
 * Every bench, by its name on command lines.
 */
import { debug } from "../debug/bench.ts";
import { executors } from "../executors/bench.ts";
import { http } from "../http/bench.ts";
import { watched } from "../inspect/bench.ts";
import { dump } from "../inspect/dump.ts";
import { latency } from "../latency/bench.ts";
import { net } from "../net/bench.ts";
import { beside } from "../net/beside.ts";
import { idle } from "../net/idle.ts";
import { memory, million, peers } from "../peers/bench.ts";
import { processes } from "../process/bench.ts";
import { hot } from "../programs/bench.ts";
import { growth, parked } from "../scale/bench.ts";
import { redis } from "../redis/bench.ts";
import { size } from "../size/bench.ts";
import { testing } from "../testing/bench.ts";
import { findHosts } from "./hosts.ts";
import { toNames, toNumber, toRounds, toRuntimes } from "./options.ts";
import { DURATION, SMOKE } from "./samples.ts";
import type { Bench, Section } from "./section.ts";

/** The benches, in the order in which the report tells them. */
export const benches = {
  hot,
  debug,
  peers,
  memory,
  million,
  growth,
  parked,
  latency,
  testing,
  watched,
  dump,
  size,
  http,
  process: processes,
  executors,
  net,
  beside,
  idle,
  redis,
} as const satisfies Record<string, Bench>;

/** The name of a bench. */
export type BenchName = keyof typeof benches;

/** The names of all of them. */
export const NAMES = Object.keys(benches) as BenchName[];

/** The benches that words name. Throws a `TypeError` if one names none. */
export function toBenches(option: string, words: readonly string[]): BenchName[] {
  return toNames(option, words, NAMES) as BenchName[];
}

/** The options that measure a bench, as they stand on a command line. */
export const OPTIONS = {
  smoke: { type: "boolean", default: false },
  runtime: { type: "string", default: "" },
  rows: { type: "string", default: "" },
  rounds: { type: "string" },
  seconds: { type: "string" },
} as const;

/** Measures a bench as its options say. Rejects with a `TypeError` if they are wrong. */
export async function measureBench(
  bench: Bench,
  options: { smoke: boolean; runtime: string; rows: string; rounds?: string; seconds?: string },
): Promise<Section> {
  const words = options.rows.toLowerCase().split(",").map((word) => word.trim());
  const { smoke } = options;
  const rounds = options.rounds === undefined ? null : toRounds(options.rounds);
  const seconds = options.seconds === undefined ? null : toNumber("--seconds", options.seconds);
  let found = options.rows === "";
  const section = await bench.measure({
    hosts: findHosts(toRuntimes(options.runtime), bench.hosts),
    smoke,
    duration: smoke ? SMOKE : DURATION,
    rounds: (usual) => smoke ? 1 : rounds ?? usual,
    seconds: (usual) => smoke ? 0.05 : seconds ?? usual,
    wants(row) {
      const wanted = words.some((word) => row.toLowerCase().includes(word));
      found ||= wanted;
      return wanted;
    },
  });
  if (!found) throw new TypeError(`Cannot measure rows "${options.rows}": no row has that in its name.`);
  return section;
}
