/**
 * Echo servers side by side: this module's protocols and streams on Deno, Bun and Node, the bare sockets of each runtime, and uvloop.
 *
 * @module
 */
import { spread } from "../harness/alternate.ts";
import { FORMATS, range } from "../harness/format.ts";
import {
  type Against,
  ceiling,
  clientBusy,
  compared,
  loadByClient,
  loadInTurn,
  rate,
  type Sample,
  serverBusy,
  worth,
} from "../harness/load.ts";
import { pinned } from "../harness/processes.ts";
import type { Bench, Effort, Reached, Section, Table } from "../harness/section.ts";
import { measureIdle } from "./idle.ts";
import { type EchoServer, findServers, LONG, SHORT } from "./servers.ts";

async function measureRates(
  servers: readonly EchoServer[],
  bytes: number,
  goals: readonly Against[],
  { smoke, rounds, seconds }: Effort,
): Promise<{ table: Table; reached: Reached[] }> {
  const load = { connections: smoke ? 5 : 50, bytes, seconds: smoke ? 0.05 : seconds ?? 1 };
  const wanted = smoke ? 1 : rounds ?? 7;
  const measured = await loadInTurn(servers, wanted, (...server) => loadByClient("echo", server, load));
  const middle = (samples: readonly Sample[], figure: (one: Sample) => number) => spread(samples.map(figure)).median;
  const rows = [...measured].map(([name, samples]) => [
    name,
    range(spread(samples.map(worth)), "count"),
    FORMATS.count(middle(samples, rate)),
    FORMATS.percent(middle(samples, serverBusy)),
    FORMATS.percent(middle(samples, clientBusy)),
  ]);
  const reached = goals.flatMap((goal): Reached[] => {
    const held = compared(measured, goal);
    const on = servers.find(({ name }) => name === goal.peer)?.on;
    if (held === null || on === undefined || on === "uvloop") return [];
    const what = `echo of ${bytes / 1024} KiB, ${goal.peer}`;
    return [{ id: goal.id, on, what, value: held.median, unit: "ratio", of: goal.against, held }];
  });
  const title =
    `${load.connections} connections, messages of ${bytes / 1024} KiB, ${wanted} rounds of ${load.seconds} s; ` +
    `the client can take ${FORMATS.count(ceiling(measured))} by second of its processor time`;
  return { table: { title, head: ["", "By CPU second", "By second", "Server busy", "Client busy"], rows }, reached };
}

/** How many messages the servers echo, and what an idle connection costs in memory. */
export const net: Bench = {
  title: "Echo servers",
  hosts: ["Deno", "Bun", "Node"],
  async measure(effort): Promise<Section> {
    const { hosts, smoke, wants, rounds } = effort;
    const all = findServers(hosts);
    const named = all.filter(({ name }) => wants(name));
    // The words may name parts as well: then all servers have that part.
    const parts = ["rates", "memory"].filter(wants);
    const servers = named.length > 0 ? named : all;
    const tables: Table[] = [];
    const reached: Reached[] = [];
    if (parts.length !== 1 || parts[0] === "rates") {
      for (const [bytes, goals] of [[1024, SHORT], [100 * 1024, LONG]] as const) {
        const rates = await measureRates(servers, bytes, goals, effort);
        tables.push(rates.table);
        reached.push(...rates.reached);
      }
    }
    if (parts.length !== 1 || parts[0] === "memory") {
      for (const connections of smoke ? [100] : [1_000, 10_000]) {
        const idle = await measureIdle(servers, connections, smoke ? 1 : Math.min(rounds ?? 3, 3));
        tables.push(idle.table);
        reached.push(...idle.reached);
      }
    }
    return {
      title: this.title,
      how:
        "`bench/net`: this module's protocols and streams, the bare sockets of each runtime, and uvloop. What is compared is messages by " +
        "second of the server's processor time. `copying` is the bare server with a copy of each message, as a protocol gets it that may keep " +
        "what it gets; `buffered` a protocol with one buffer, as the bare server on Deno has. " +
        (pinned ? "Servers run on core 0, the client on core 1." : "Processes are not bound to cores."),
      tables,
      reached,
    };
  },
};
