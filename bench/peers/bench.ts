/**
 * Peers and this module side by side, on Deno, on Bun and on Python: Effection, Effect, p-queue, @std/async, promises, asyncio and uvloop.
 */
import { alternate, contender, exactly, type Spread, spread } from "../harness/alternate.ts";
import { FORMATS, known } from "../harness/format.ts";
import { type Host, output } from "../harness/hosts.ts";
import type { Bench, Reached, Section, Table } from "../harness/section.ts";
import { type SharedId, sharedRows } from "../programs/rows.ts";
import { goalsOf } from "../report/goals.ts";
import type { Asleep } from "./asleep.ts";
import { findContenders, type PeerOn } from "./contenders.ts";

/** What a peer did with a row: nanoseconds an operation. */
export interface PeerFigure extends Spread {
  readonly name: string;
  readonly on: PeerOn["on"];
}

/** A row, and what everybody did with it. */
export interface PeerRow {
  readonly id: SharedId;
  readonly title: string;
  readonly figures: readonly PeerFigure[];
}

/** The section, with the figures for the chart. */
export interface PeerSection extends Section {
  readonly rows: readonly PeerRow[];
}

/** What a peer did on a runtime; Python's peers are the same on all. */
const figureOf = (figures: readonly PeerFigure[] = [], name: string, on: PeerOn["on"]) =>
  figures.find((figure) => figure.name === name && [on, "Python"].includes(figure.on));

/** The same programs in everybody's words. */
export const peers: Bench<PeerSection> = {
  title: "Peers",
  hosts: ["Deno", "Bun"],
  async measure({ hosts, smoke, duration, rounds, wants }) {
    const everybody = await findContenders(hosts);
    for (const peer of smoke ? everybody : []) await output(peer.smoke);
    const wanted = sharedRows.filter(({ id }) => wants(id));
    const rows: PeerRow[] = [];
    for (const row of smoke ? wanted.slice(0, 1) : wanted) {
      const able = everybody.filter(({ can }) => can.includes(row.id));
      const contenders = able.map(({ name, on, command }) => contender(`${name} on ${on}`, command(row, duration)));
      const measured = await alternate(contenders, rounds(3));
      const figures = able.map(({ name, on }) => ({
        name,
        on,
        ...spread(measured.get(`${name} on ${on}`)!.map(({ median }) => median)),
      }));
      rows.push({ id: row.id, title: row.title, figures });
    }
    return {
      title: this.title,
      how:
        "The same programs in everybody's words (`bench/programs`, `bench/peers`), nanoseconds an operation, and how many times this " +
        "module's time that is. An empty cell: it has no words for that. asyncio and uvloop run on Python in all tables.",
      tables: hosts.map(({ name }) => tableOn(name, everybody, rows)),
      reached: hosts.flatMap(({ name }) => [...judged(name, rows)]),
      rows,
    };
  },
};

function tableOn(on: PeerOn["on"], everybody: readonly PeerOn[], rows: readonly PeerRow[]): Table {
  const here = everybody.filter((peer) => peer.on === on || peer.on === "Python");
  const cell = (figures: readonly PeerFigure[], name: string) => {
    const figure = figureOf(figures, name, on);
    if (!figure) return "";
    const own = figureOf(figures, "this module", on);
    const times = own && figure !== own ? `, ${FORMATS.times(figure.median / own.median)}` : "";
    return FORMATS.ns(figure.median) + times;
  };
  return {
    title: `On ${on}`,
    head: ["", ...here.map(({ name, version }) => version ? `${name} ${version}` : name)],
    rows: rows.map(({ title, figures }) => [title, ...here.map(({ name }) => cell(figures, name))]),
  };
}

function* judged(on: Host["name"], rows: readonly PeerRow[]): Generator<Reached> {
  for (const goal of goalsOf("peers/")) {
    const [id, name] = goal.split("/") as [SharedId, string];
    const row = rows.find((row) => row.id === id);
    const own = figureOf(row?.figures, "this module", on);
    const other = figureOf(row?.figures, name, on);
    if (!row || !own || !other) continue;
    const held = { median: other.median / own.median, low: other.low / own.high, high: other.high / own.low };
    yield { id: `peers/${goal}`, on, what: row.title, value: held.median, unit: "times", of: name, held };
  }
}

/** Sleeping tasks of each peer; rows and what is judged are told of what the peers' processes print. */
function asleepBench(
  title: string,
  count: { readonly full: number; readonly smoke: number },
  names: readonly string[] | null,
  tell: {
    readonly how: string;
    readonly head: readonly string[];
    readonly cells: (cost: Asleep, count: number) => string[];
    readonly reached: (cost: Asleep, count: string) => Omit<Reached, "on">[];
  },
): Bench {
  return {
    title,
    hosts: ["Deno", "Bun"],
    async measure({ hosts, smoke }) {
      const wanted = smoke ? count.smoke : count.full;
      const rows: string[][] = [];
      const reached: Reached[] = [];
      for (const { name, on, asleep } of await findContenders(hosts)) {
        if (asleep === undefined || names?.includes(name) === false) continue;
        const cost: Asleep = JSON.parse(await output(asleep(wanted)));
        rows.push([name, on, ...tell.cells(cost, wanted)]);
        if (name !== "this module" || on === "Python") continue;
        for (const one of tell.reached(cost, FORMATS.count(wanted))) reached.push({ ...one, on });
      }
      const how = `${FORMATS.count(wanted)} tasks that sleep for an hour, by each of them. ${tell.how}`;
      return { title, how, tables: [{ head: ["", "On", ...tell.head], rows, text: ["On"] }], reached };
    },
  };
}

/** What a sleeping task costs in memory, of each. */
export const memory: Bench = asleepBench("Sleeping tasks", { full: 50_000, smoke: 100 }, null, {
  how:
    "What is left of the heap after a collection, what the process's resident memory grew by before one, and the time to make one.",
  head: ["Heap", "Resident", "Made in"],
  cells: ({ heap, bytes, made }, count) => [known(heap, "B"), FORMATS.B(bytes), FORMATS.ns((made * 1e6) / count)],
  reached: ({ heap }) => [
    { id: "memory/heap", what: "memory of a sleeping task", value: heap!, unit: "B", held: exactly(heap!) },
  ],
});

/** A million of them. The other peers need gigabytes. */
export const million: Bench = asleepBench(
  "A million sleeping tasks",
  { full: 1_000_000, smoke: 1_000 },
  ["this module", "promises", "asyncio"],
  {
    how:
      "Resident is the whole process. Left over is what remains when all were cancelled: tasks, and bytes of the heap by task.",
    head: ["Made in", "Resident", "after a collection", "Tasks left", "Heap left"],
    cells: ({ made, rss, collected, left, heapLeft }) => [
      FORMATS.s(made),
      FORMATS.MB(rss),
      known(collected, "MB"),
      FORMATS.count(left),
      known(heapLeft, "B"),
    ],
    reached: ({ made, rss, left }, count) => [
      { id: "million/made", what: `${count} tasks asleep, made in`, value: made, unit: "s" },
      { id: "million/rss", what: `${count} tasks asleep, resident`, value: rss, unit: "MB", held: exactly(rss) },
      { id: "million/left", what: `${count} tasks asleep, left when cancelled`, value: left, unit: "count" },
    ],
  },
);
