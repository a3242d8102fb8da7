/**
 * What a connection that is open and silent costs in memory, on top of what it costs the bare runtime.
 *
 * @module
 */
import { quantile } from "../harness.ts";
import type { Peer } from "./peers.ts";
import { residentBytes, Running } from "./processes.ts";
import { CLIENT } from "./rates.ts";

/** The most bytes that a connection may cost on top of the bare runtime's. */
const MOST = 8 * 1024;
/** Milliseconds after which a collection is over, and the memory was given back. */
const SETTLED = 400;

/** Measures and prints; gives the goals that were missed. */
export async function compareMemory(peers: readonly Peer[], connections: number, rounds: number): Promise<string[]> {
  console.log(`\nMemory of ${connections.toLocaleString("en")} idle connections, bytes each, ${rounds} rounds\n`);
  const costs = new Map<string, number[]>(peers.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const peer of peers) costs.get(peer.name)!.push(await measure(peer, connections));
  }
  const missed: string[] = [];
  for (const { name, runtime } of peers) {
    const values = costs.get(name)!;
    const median = quantile(values, 0.5);
    const bare = costs.get(`${runtime} bare`);
    const shown = `${bytes(median)} (${bytes(Math.min(...values))} to ${bytes(Math.max(...values))})`;
    if (bare === undefined || name.endsWith("bare")) {
      console.log(`        ${name.padEnd(17)} ${shown}`);
      continue;
    }
    const above = median - quantile(bare, 0.5);
    const line = `${bytes(above)} on top of bare, below ${bytes(MOST)} wanted`;
    console.log(`${above < MOST ? "met   " : "MISSED"}  ${name.padEnd(17)} ${shown}, ${line}`);
    if (above >= MOST) missed.push(`${name}, an idle connection of ${connections}: ${line}`);
  }
  return missed;
}

async function measure({ command: [file, ...args], runtime, name }: Peer, connections: number): Promise<number> {
  // The bare server's own buffers are left out, as far as it can do without: they are none of the runtime.
  const buffer = runtime === "Deno" && name.endsWith("bare") ? ["64"] : [];
  const server = new Running(file, [...args, ...buffer], 0);
  // So few connections are only there to see that it works.
  const settleTime = connections < 1_000 ? 20 : SETTLED;
  try {
    const port = await server.line();
    await hold(port, 10);
    const before = await settled(server, settleTime);
    const client = new Running("bun", [CLIENT, "hold", port, String(connections)], 1);
    await client.line();
    const after = await settled(server, settleTime);
    await client.finish();
    return (after - before) / connections;
  } finally {
    await server.kill();
  }
}

/** A few connections before, so that what the first one loads is not counted. */
async function hold(port: string, connections: number): Promise<void> {
  const client = new Running("bun", [CLIENT, "hold", port, String(connections)], 1);
  await client.line();
  await client.finish();
}

async function settled(server: Running, settleTime: number): Promise<number> {
  for (let i = 0; i < 2; i++) {
    server.signal("SIGUSR2");
    await new Promise((resolve) => setTimeout(resolve, settleTime));
  }
  return residentBytes(server.pid) ?? NaN;
}

function bytes(count: number): string {
  return Number.isNaN(count) ? "?" : Math.round(count).toLocaleString("en");
}
