/**
 * What a connection that is open and silent costs in memory, on top of what it costs the bare runtime, and what all of them cost in processor time.
 */
import { spread } from "../harness/alternate.ts";
import { FORMATS, range } from "../harness/format.ts";
import { startClient } from "../harness/load.ts";
import { Running } from "../harness/processes.ts";
import type { Bench, Reached, Table } from "../harness/section.ts";
import { cpuSeconds, residentBytes } from "../harness/usage.ts";
import { type EchoServer, findServers } from "./servers.ts";

/** Milliseconds after which a collection is over, and the memory was given back. */
const SETTLED = 400;

/** So many milliseconds the processor is watched. */
const SILENCE = 3_000;

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
      const busy = new Map<string, number[]>(servers.map(({ name }) => [name, []]));
      for (let round = 0; round < wanted; round++) {
        for (const server of servers) {
          const { memory, processor } = await measure(server, connections);
          costs.get(server.name)!.push(memory);
          busy.get(server.name)!.push(processor);
        }
      }
      const rows: string[][] = [];
      for (const { name, on } of servers) {
        const cost = spread(costs.get(name)!);
        const bare = costs.get(`${on} bare`);
        const judged = bare !== undefined && !name.endsWith("bare") && on !== "uvloop";
        const value = judged ? cost.median - spread(bare).median : NaN;
        const processor = `${(spread(busy.get(name)!).median * 100).toFixed(1)} %`;
        rows.push([name, range(cost, "B"), judged ? FORMATS.B(value) : "", processor]);
        if (!judged) continue;
        const what = `memory of one of ${FORMATS.count(connections)} idle connections, ${name}, on top of bare`;
        const held = { median: value, low: value - (cost.median - cost.low), high: value + (cost.high - cost.median) };
        reached.push({ id: `idle/${connections}/${name}`, on, what, value, unit: "B", held });
      }
      const title = `${FORMATS.count(connections)} connections, each, ${wanted} rounds`;
      tables.push({ title, head: ["", "Memory", "On top of bare", "Processor"], rows });
    }
    const how =
      "What a connection that is open and silent costs the server in resident memory, and what part of a processor all of them take, by the servers of `bench/net`.";
    return { title: this.title, how, tables, reached };
  },
};

/** Bytes of each connection, and the part of a processor that all of them take. */
interface Cost {
  readonly memory: number;
  readonly processor: number;
}

async function measure({ command, on, name }: EchoServer, connections: number): Promise<Cost> {
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
    const silence = connections < 1_000 ? 100 : SILENCE;
    const began = cpuSeconds(server.pid) ?? NaN;
    await new Promise((resolve) => setTimeout(resolve, silence));
    const processor = ((cpuSeconds(server.pid) ?? NaN) - began) * 1_000 / silence;
    await client.finish();
    return { memory: (after - before) / connections, processor };
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
