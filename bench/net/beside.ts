/**
 * What the rest of a program notices of sockets that are busy: timers of the runtime and requests to its own server, beside fifty connections.
 */
import { spread } from "../harness/alternate.ts";
import { FORMATS, range } from "../harness/format.ts";
import { compared, loadByClient, loadInTurn, rate, type Sample } from "../harness/load.ts";
import type { Running } from "../harness/processes.ts";
import type { Bench, Reached } from "../harness/section.ts";
import { goalsOf } from "../report/goals.ts";
import { findServers } from "./servers.ts";
import type { Beside as Told } from "./servers/beside.ts";

const WHAT = {
  interval: "from one call of setInterval(1) to the next, p99",
  fetch: "a fetch of the runtime's own server, p99",
} as const;
const KINDS = Object.keys(WHAT) as (keyof typeof WHAT)[];

/** Timers and requests beside echoes. */
export const beside: Bench = {
  title: "Timers and requests beside echoes",
  hosts: ["Deno", "Bun"],
  async measure({ hosts, smoke, rounds, seconds, wants }) {
    const servers = findServers(hosts)
      .filter(({ name, on, onlyRates }) => on !== "uvloop" && !onlyRates && wants(name))
      .map((server) => ({ ...server, command: ["env", "BESIDE=1", ...server.command] as const }));
    const load = { connections: smoke ? 5 : 50, bytes: 1024, seconds: seconds(1.5) };
    const wanted = rounds(7);
    const measured = await loadInTurn(servers, wanted, async (port, pid, server): Promise<Sample & Told> => {
      await told(server);
      const sample = await loadByClient("echo", [port, pid], load);
      return { ...sample, ...await told(server) };
    });
    const rows = [...measured].map(([name, samples]) => [
      name,
      ...KINDS.map((kind) => range(spread(samples.map((sample) => sample[kind])), "ms")),
      FORMATS.count(spread(samples.map(rate)).median),
    ]);
    const reached = KINDS.flatMap((kind) =>
      goalsOf(`beside/${kind}/`).flatMap((pair): Reached[] => {
        const [own, other] = pair.split(" over ") as [string, string];
        const held = compared(measured, own, other, (sample) => sample[kind]);
        const on = servers.find(({ name }) => name === own)?.on;
        if (held === null || on === undefined || on === "uvloop") return [];
        const what = `${WHAT[kind]}, beside ${own}`;
        return [{ id: `beside/${kind}/${pair}`, on, what, value: held.median, unit: "ratio", of: other, held }];
      })
    );
    const title = `${load.connections} connections, messages of 1 KiB, ${wanted} rounds of ${load.seconds} s`;
    return {
      title: this.title,
      how:
        "What the servers of `bench/net` do at the same time: `setInterval(1)`, from call to call, and one `fetch` after the other to an HTTP " +
        "server of the runtime in the same process. Of each, the time within which 99 of 100 came.",
      tables: [{ title, head: ["", "Interval", "Fetch", "Echoes by second"], rows }],
      reached,
    };
  },
};

/** What a server has counted since it was asked last. */
async function told(server: Running): Promise<Told> {
  server.signal("SIGUSR2");
  return JSON.parse(await server.line());
}
