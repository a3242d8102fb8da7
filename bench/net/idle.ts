/**
 * What a connection that is open and silent costs in memory, on top of what it costs the bare runtime.
 */
import { spread } from "../harness/alternate.ts";
import { FORMATS, range } from "../harness/format.ts";
import { startClient } from "../harness/load.ts";
import { Running } from "../harness/processes.ts";
import type { Bench, Reached, Table } from "../harness/section.ts";
import { residentBytes } from "../harness/usage.ts";
import { type EchoServer, findServers } from "./servers.ts";

/** Milliseconds after which a collection is over, and the memory was given back. */
const SETTLED = 400;

/** What idle connections cost. */
export const idle: Bench = {
  title: "Idle connections",
  hosts: ["Deno", "Bun", "Node"],
  async measure({ hosts, smoke, rounds, wants }) {
    const servers = findServers(hosts).filter(({ name, onlyRates }) => !onlyRates && wants(name));
    const wanted = rounds(3);
    const tables: Table[] = [];
    const reached: Reached[] = [];
    for (const connections of smoke ? [100] : [1_000, 10_000]) {
      const costs = new Map<string, number[]>(servers.map(({ name }) => [name, []]));
      for (let round = 0; round < wanted; round++) {
        for (const server of servers) costs.get(server.name)!.push(await measure(server, connections));
      }
      const rows: string[][] = [];
      for (const { name, on } of servers) {
        const cost = spread(costs.get(name)!);
        const bare = costs.get(`${on} bare`);
        const judged = bare !== undefined && !name.endsWith("bare") && on !== "uvloop";
        const value = judged ? cost.median - spread(bare).median : NaN;
        rows.push([name, range(cost, "B"), judged ? FORMATS.B(value) : ""]);
        if (!judged) continue;
        const what = `memory of one of ${FORMATS.count(connections)} idle connections, ${name}, on top of bare`;
        const held = { median: value, low: value - (cost.median - cost.low), high: value + (cost.high - cost.median) };
        reached.push({ id: `idle/${connections}/${name}`, on, what, value, unit: "B", held });
      }
      const title = `${FORMATS.count(connections)} connections, each, ${wanted} rounds`;
      tables.push({ title, head: ["", "Memory", "On top of bare"], rows });
    }
    const how =
      "What a connection that is open and silent costs the server in resident memory, by the servers of `bench/net`.";
    return { title: this.title, how, tables, reached };
  },
};

async function measure({ command, on, name }: EchoServer, connections: number): Promise<number> {
  // The bare server's own buffers are left out, as far as it can do without: they are none of the runtime.
  const buffer = on === "Deno" && name.endsWith("bare") ? ["64"] : [];
  const server = new Running([...command, ...buffer], 0);
  // So few connections are only there to see that it works.
  const settleTime = connections < 1_000 ? 20 : SETTLED;
  try {
    const port = await server.line();
    await (await hold(port, 10)).finish();
    const before = await settled(server, settleTime);
    const client = await hold(port, connections);
    const after = await settled(server, settleTime);
    await client.finish();
    return (after - before) / connections;
  } finally {
    await server.kill();
  }
}

async function hold(port: string, connections: number): Promise<Running> {
  const client = startClient("hold", port, connections);
  await client.line();
  return client;
}

async function settled(server: Running, settleTime: number): Promise<number> {
  for (let i = 0; i < 2; i++) {
    server.signal("SIGUSR2");
    await new Promise((resolve) => setTimeout(resolve, settleTime));
  }
  return residentBytes(server.pid) ?? NaN;
}
