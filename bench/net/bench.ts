/**
 * How many messages echo servers answer, side by side: this module's protocols and streams on Deno, Bun and Node, the bare sockets of each
 * runtime, and uvloop.
 */
import { spread } from "../harness/alternate.ts";
import { FORMATS, range } from "../harness/format.ts";
import {
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
import type { Bench, Effort, Reached, Table } from "../harness/section.ts";
import { goalsOf } from "../report/goals.ts";
import { type EchoServer, findServers } from "./servers.ts";

async function measureRates(
  servers: readonly EchoServer[],
  kibibytes: number,
  { smoke, rounds, seconds }: Effort,
): Promise<{ table: Table; reached: Reached[] }> {
  const bytes = kibibytes * 1024;
  const load = { connections: smoke ? 5 : 50, bytes, seconds: seconds(1) };
  const wanted = rounds(7);
  const measured = await loadInTurn(servers, wanted, (...server) => loadByClient("echo", server, load));
  const middle = (samples: readonly Sample[], figure: (one: Sample) => number) => spread(samples.map(figure)).median;
  const rows = [...measured].map(([name, samples]) => [
    name,
    range(spread(samples.map(worth)), "count"),
    FORMATS.count(middle(samples, rate)),
    FORMATS.percent(middle(samples, serverBusy)),
    FORMATS.percent(middle(samples, clientBusy)),
  ]);
  const prefix = `net/${kibibytes} KiB/`;
  const reached = goalsOf(prefix).flatMap((pair): Reached[] => {
    const [own, other] = pair.split(" over ") as [string, string];
    const held = compared(measured, own, other);
    const on = servers.find(({ name }) => name === own)?.on;
    if (held === null || on === undefined || on === "uvloop") return [];
    const what = `echo of ${kibibytes} KiB, ${own}`;
    return [{ id: prefix + pair, on, what, value: held.median, unit: "ratio", of: other, held }];
  });
  const title =
    `${load.connections} connections, messages of ${kibibytes} KiB, ${wanted} rounds of ${load.seconds} s; ` +
    `the client can take ${FORMATS.count(ceiling(measured))} by second of its processor time`;
  return { table: { title, head: ["", "By CPU second", "By second", "Server busy", "Client busy"], rows }, reached };
}

/** How long a message is on its way when there is no other. */
async function measurePingPong(
  servers: readonly EchoServer[],
  { rounds, seconds }: Effort,
): Promise<{ table: Table; reached: Reached[] }> {
  const load = { connections: 1, bytes: 64, seconds: seconds(0.6) };
  const wanted = rounds(7);
  const chosen = servers.filter(({ onlyRates }) => !onlyRates);
  const measured = await loadInTurn(chosen, wanted, (port, pid) => loadByClient("echo", [port, pid], load));
  const rows = [...measured].map(([name, samples]) => [
    name,
    ...[({ p50 }: Sample) => p50, ({ p99 }: Sample) => p99].map((figure) => range(spread(samples.map(figure)), "ms")),
    FORMATS.percent(spread(samples.map(serverBusy)).median),
  ]);
  const prefix = "net/ping-pong/";
  const reached = goalsOf(prefix).flatMap((pair): Reached[] => {
    const [own, other] = pair.split(" over ") as [string, string];
    const held = compared(measured, own, other, ({ p50 }) => 1 / p50);
    const on = servers.find(({ name }) => name === own)?.on;
    if (held === null || on === undefined || on === "uvloop") return [];
    const what = `one message of 64 B there and back, ${own}, by the median's speed`;
    return [{ id: prefix + pair, on, what, value: held.median, unit: "ratio", of: other, held }];
  });
  const title = `One connection, messages of 64 B one after the other, ${wanted} rounds of ${load.seconds} s`;
  return { table: { title, head: ["", "Median", "p99", "Server busy"], rows }, reached };
}

/** How many messages the servers echo. */
export const net: Bench = {
  title: "Echo servers",
  hosts: ["Deno", "Bun", "Node"],
  async measure(effort) {
    const servers = findServers(effort.hosts).filter(({ name }) => effort.wants(name));
    const rates = [
      await measureRates(servers, 1, effort),
      await measureRates(servers, 100, effort),
      await measurePingPong(servers, effort),
    ];
    return {
      title: this.title,
      how:
        "`bench/net`: this module's protocols and streams, the bare sockets of each runtime, and uvloop. What is compared is messages by " +
        "second of the server's processor time. `copying` is the bare server with a copy of each message, as a protocol gets it that may keep " +
        "what it gets; `buffered` a protocol with one buffer, as the bare server on Deno has. " +
        (pinned ? "Servers run on core 0, the client on core 1." : "Processes are not bound to cores."),
      tables: rates.map(({ table }) => table),
      reached: rates.flatMap(({ reached }) => reached),
    };
  },
};
