/**
 * How many messages the servers echo, side by side: in every round each server has its turn.
 *
 * What is compared is messages by second of the server's processor time. On a machine with nothing else to do, and a client that is faster
 * than the server, that is the rate itself; elsewhere it is what the rate would be, whatever else the machine does.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { quantile } from "../harness.ts";
import type { Counted } from "./client.ts";
import type { Goal, Peer } from "./peers.ts";
import { Running } from "./processes.ts";

/** What is sent, and how often it is measured. */
export interface Load {
  readonly connections: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly rounds: number;
}

/** Where the client is. */
export const CLIENT: string = fileURLToPath(new URL("client.ts", import.meta.url));

/** Measures and prints; gives the goals that were missed. */
export async function compareRates(peers: readonly Peer[], load: Load, goals: readonly Goal[]): Promise<string[]> {
  const { connections, bytes, seconds, rounds } = load;
  console.log(`\nEcho, ${connections} connections, messages of ${bytes} bytes, ${rounds} rounds of ${seconds} s\n`);
  const servers = await startAll(peers);
  const counted = new Map<string, Counted[]>(peers.map(({ name }) => [name, []]));
  try {
    // The first round is for the compilers and does not count; a run of one round judges nothing and needs none.
    for (let round = rounds > 1 ? -1 : 0; round < rounds; round++) {
      // Whoever comes after whom must not always be the same.
      const order = round % 2 === 0 ? servers : [...servers].reverse();
      for (const { name, port, process } of order) {
        const args = [CLIENT, "echo", port, connections, bytes, seconds, process.pid].map(String);
        const client = new Running("bun", args, 1);
        const result: Counted = JSON.parse(await client.line());
        if (round >= 0) counted.get(name)!.push(result);
        await client.finish();
      }
    }
  } finally {
    for (const { process } of servers) await process.kill();
  }
  printRates(counted);
  return judge(counted, goals);
}

interface Started {
  readonly name: string;
  readonly port: string;
  readonly process: Running;
}

async function startAll(peers: readonly Peer[]): Promise<Started[]> {
  const started: Started[] = [];
  for (const { name, command: [file, ...args] } of peers) {
    const process = new Running(file, args, 0);
    started.push({ name, port: await process.line(), process });
  }
  return started;
}

const rate = ({ messages, seconds }: Counted) => messages / seconds;
/** Messages by second of processor time, or the plain rate where the system does not tell it. */
const worth = (one: Counted) => one.serverCpu === null ? rate(one) : one.messages / one.serverCpu;
const share = (cpu: number | null, { seconds }: Counted) => cpu === null ? NaN : cpu / seconds;

function printRates(counted: ReadonlyMap<string, readonly Counted[]>): void {
  const row = (...cells: string[]) =>
    console.log(cells.map((cell, i) => i === 0 ? cell.padEnd(17) : cell.padStart(20)).join(""));
  row("", "by CPU second", "middle half", "by second", "server busy", "client busy");
  for (const [name, samples] of counted) {
    const values = samples.map(worth);
    row(
      name,
      whole(quantile(values, 0.5)),
      `${whole(quantile(values, 0.25))}-${whole(quantile(values, 0.75))}`,
      whole(quantile(samples.map(rate), 0.5)),
      percent(quantile(samples.map((one) => share(one.serverCpu, one)), 0.5)),
      percent(quantile(samples.map((one) => share(one.clientCpu, one)), 0.5)),
    );
  }
  const bare = counted.get("Bun bare");
  if (bare) {
    const ceiling = quantile(bare.map(({ messages, clientCpu }) => messages / clientCpu), 0.5);
    console.log(
      `The client's own ceiling: ${whole(ceiling)} messages by second of its processor time, against Bun bare.`,
    );
  }
}

function judge(counted: ReadonlyMap<string, readonly Counted[]>, goals: readonly Goal[]): string[] {
  const missed: string[] = [];
  console.log("");
  for (const { peer, against, least } of goals) {
    const others = counted.get(against);
    // Each with what the other did in the same round.
    const ratios = counted.get(peer)?.map((one, round) => others ? worth(one) / worth(others[round] as Counted) : NaN);
    if (!ratios || !others) continue;
    const median = quantile(ratios, 0.5);
    const spread = `${quantile(ratios, 0.25).toFixed(2)}-${quantile(ratios, 0.75).toFixed(2)}`;
    const line = `${peer} / ${against}: ${median.toFixed(2)} (middle half ${spread}), at least ${
      least.toFixed(2)
    } wanted`;
    console.log(`${median >= least ? "met   " : "MISSED"}  ${line}`);
    if (median < least) missed.push(line);
  }
  return missed;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString("en");
}

function percent(value: number): string {
  return Number.isNaN(value) ? "?" : `${Math.round(value * 100)} %`;
}
