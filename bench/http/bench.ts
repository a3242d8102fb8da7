/**
 * A Hono app through `serve` and `handler`, beside the same app on the runtime's own server and beside aiohttp on uvloop. The load comes from
 * wrk, or from a client of the benches' own where there is none.
 */
import { spread } from "../harness/alternate.ts";
import { FORMATS, range } from "../harness/format.ts";
import { ceiling, clientBusy, compared, loadByClient, loadInTurn, rate, type Sample } from "../harness/load.ts";
import type { Bench, Reached } from "../harness/section.ts";
import { findServers, type HttpServer, KINDS, nameOf } from "./servers.ts";
import { hasWrk, loadByWrk } from "./wrk.ts";

/** Microseconds of the server's processor time by request. */
const cpu = ({ serverCpu, count }: Sample) => serverCpu === null ? NaN : (serverCpu * 1e6) / count;

/** A Hono app, on servers side by side. */
export const http: Bench = {
  title: "HTTP",
  hosts: ["Deno", "Bun"],
  async measure({ hosts, smoke, rounds, seconds, wants }) {
    const servers = findServers(hosts).filter(({ name }) => wants(name));
    const load = { connections: smoke ? 5 : 50, seconds: seconds(2) };
    const byWrk = hasWrk && !smoke;
    const measured = await loadInTurn(
      servers,
      rounds(5),
      (...server) => byWrk ? loadByWrk(server, load) : loadByClient("get", server, load),
    );
    const rows = servers.map(({ name, on, kind, by }) => {
      const samples = measured.get(name)!;
      const of = (figure: (one: Sample) => number) => spread(samples.map(figure));
      return [
        on,
        kind,
        by === "module" ? "serve and handler" : by,
        range(of(rate), "count"),
        range(of(cpu), "µs"),
        FORMATS.ms(of(({ p99 }) => p99).median),
        FORMATS.percent(of(clientBusy).median),
      ];
    });
    const ratios: string[][] = [];
    const reached: Reached[] = [];
    const compare = (on: HttpServer["on"], kind: HttpServer["kind"], against: "bare" | "aiohttp") => {
      const other = against === "bare" ? nameOf(on, kind, "bare") : nameOf("aiohttp", kind, "aiohttp");
      const held = compared(measured, nameOf(on, kind, "module"), other);
      if (held === null) return;
      ratios.push([on, kind, against, range(held, "ratio")]);
      const what = `HTTP, the handler ${kind === "first" ? "ends in its first step" : "parks once"}`;
      const common = { id: `http/${kind}/${against}`, what, value: held.median, of: against, held };
      if (on === "Deno" || on === "Bun") reached.push({ ...common, on, unit: "ratio" });
    };
    for (const on of ["Deno", "Deno, legacy", "Bun"] as const) {
      for (const kind of KINDS) compare(on, kind, "bare");
      if (on !== "Deno, legacy") compare(on, "first", "aiohttp");
    }
    for (const { name: on } of hosts) {
      if (on === "Node") continue;
      const [own, bare] = (["module", "bare"] as const).map((by) => measured.get(nameOf(on, "first", by)));
      if (!own || !bare) continue;
      const value = spread(own.map(cpu)).median - spread(bare.map(cpu)).median;
      const what = "HTTP, the processor time that a request's task adds";
      reached.push({ id: "http/added", on, what, value, unit: "µs" });
    }
    return {
      title: this.title,
      how:
        "A Hono app with one route through `serve` and `handler`, beside the same app on the runtime's own server, and aiohttp on uvloop; " +
        `${load.connections} connections, by ${
          byWrk ? "wrk, one thread" : "the benches' own client, on Bun"
        }. The handler ends in its ` +
        '`first` step, or `parks` once. "Deno, legacy" is Deno without its flag `no-legacy-abort`. Server and client have a core each where ' +
        "there are two; requests by the server's processor time are what the ratios compare. The client's own ceiling is " +
        `${FORMATS.count(ceiling(measured))} requests by second of its time.`,
      tables: [
        {
          head: ["", "Handler", "Server", "Requests by second", "CPU by request", "p99", "Client busy"],
          rows,
          text: ["Handler", "Server"],
        },
        {
          title: "serve and handler over the others",
          head: ["", "Handler", "Over", "Ratio"],
          rows: ratios,
          text: ["Handler", "Over"],
        },
      ],
      reached,
    };
  },
};
