/**
 * The hot path in debug mode and without it.
 */
import { pathToFileURL } from "node:url";
import { alternate, type Contender, measureCommand, ratios, type Spread, spread } from "../harness/alternate.ts";
import { range } from "../harness/format.ts";
import { type Host, output } from "../harness/hosts.ts";
import type { Figures } from "../harness/samples.ts";
import type { Bench, Reached } from "../harness/section.ts";
import type { Row } from "../programs/row.ts";
import { rows } from "../programs/rows.ts";

const OWN = pathToFileURL(new URL("../../mod.ts", import.meta.url).pathname).href;

function contender(name: "off" | "on", command: readonly string[]): Contender<Figures> {
  const env = { ASYNCIO_DEBUG: name === "on" ? "1" : "0" };
  return { name, measure: async () => JSON.parse(await output(command, env)) };
}

/** The mean of a kind that ratios have. */
function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** Every row of the hot path, in a process that the environment asks for debug mode, and in one that it does not. */
export const debug: Bench = {
  title: "Debug mode",
  hosts: ["Deno", "Bun"],
  async measure(effort) {
    const { hosts, smoke, wants, rounds, duration } = effort;
    const wanted = rows.filter(({ id }) => wants(id));
    const chosen = smoke ? wanted.slice(0, 1) : wanted;
    const measure = async (host: Host, row: Row) => {
      const command = measureCommand(host, OWN, row.id, duration);
      const measured = await alternate([contender("off", command), contender("on", command)], rounds(3));
      const [off, on] = ["off", "on"].map((name) => measured.get(name)!.map(({ fast }) => fast));
      return { off: spread(off!), on: spread(on!), ratio: spread(ratios(on!, off!)) };
    };
    const cells: string[][] = [];
    const reached: Reached[] = [];
    for (const { name: on, ...host } of hosts) {
      const all: Spread[] = [];
      for (const row of chosen) {
        const figure = await measure({ name: on, ...host }, row);
        all.push(figure.ratio);
        cells.push([row.title, on, range(figure.off, "ns"), range(figure.on, "ns"), range(figure.ratio, "ratio")]);
      }
      if (all.length === 0) continue;
      const [low, median, high] = (["low", "median", "high"] as const).map((name) =>
        geometricMean(all.map((ratio) => ratio[name]))
      ) as [number, number, number];
      const what = "the hot path in debug mode";
      const held = { low, median, high };
      reached.push({ id: "debug/hot", on, what, value: median, unit: "ratio", of: "that without it", held });
    }
    return {
      title: this.title,
      how:
        "The hot path with `ASYNCIO_DEBUG=1` and without: nanoseconds an operation, and how many times as long it takes. " +
        "Of each process the fastest tenth counts, since a busy machine disturbs those least. The figure is the geometric mean of all rows.",
      tables: [{ head: ["", "On", "Debug off", "Debug on", "Ratio"], rows: cells, text: ["On"] }],
      reached,
    };
  },
};
