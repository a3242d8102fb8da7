/**
 * Peers and this module side by side, on Deno, on Bun and on Python: Effection, Effect, p-queue, @std/async, promises, asyncio and uvloop.
 *
 * @module
 */
import { alternate, type Spread, spread } from "../harness/alternate.ts";
import { contender } from "../harness/child.ts";
import { FORMATS } from "../harness/format.ts";
import { output } from "../harness/hosts.ts";
import { DURATION, SMOKE } from "../harness/samples.ts";
import type { Bench, Reached, Section, Table } from "../harness/section.ts";
import { type SharedId, sharedRows } from "../programs/rows.ts";
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

/** Goals are for how many times this module's time these peers take. */
const AHEAD = [["create", "Effect"], ["create", "Effection"], ["create", "uvloop"], ["queue", "Effection"]] as const;

const ownOn = (figures: readonly PeerFigure[], on: PeerOn["on"]) =>
  figures.find((figure) => figure.name === "this module" && figure.on === on);

/** The same programs in everybody's words. */
export const peers: Bench & { measure(...args: Parameters<Bench["measure"]>): Promise<PeerSection> } = {
  title: "Peers",
  hosts: ["Deno", "Bun"],
  async measure({ hosts, smoke, rounds, wants }) {
    const everybody = await findContenders(hosts);
    if (smoke) { for (const { smoke } of everybody) await output(smoke); }
    const wanted = sharedRows.filter(({ id }) => wants(id));
    const rows: PeerRow[] = [];
    for (const row of smoke ? wanted.slice(0, 1) : wanted) {
      const able = everybody.filter(({ can }) => can.includes(row.id));
      const contenders = able.map(({ name, on, command }) =>
        contender(`${name} on ${on}`, command(row, smoke ? SMOKE : DURATION))
      );
      const measured = await alternate(contenders, smoke ? 1 : rounds ?? 3);
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
    const figure = figures.find((one) => one.name === name && (one.on === on || one.on === "Python"));
    if (!figure) return "";
    const own = ownOn(figures, on);
    const times = own && figure !== own ? `, ${FORMATS.times(figure.median / own.median)}` : "";
    return FORMATS.ns(figure.median) + times;
  };
  return {
    title: `On ${on}`,
    head: ["", ...here.map(({ name, version }) => version ? `${name} ${version}` : name)],
    rows: rows.map(({ title, figures }) => [title, ...here.map(({ name }) => cell(figures, name))]),
  };
}

function* judged(on: Reached["on"], rows: readonly PeerRow[]): Generator<Reached> {
  for (const [id, name] of AHEAD) {
    const row = rows.find((row) => row.id === id);
    const own = row?.figures.find((figure) => figure.name === "this module" && figure.on === on);
    const other = row?.figures.find((figure) => figure.name === name && (figure.on === on || figure.on === "Python"));
    if (!row || !own || !other) continue;
    const held = { median: other.median / own.median, low: other.low / own.high, high: other.high / own.low };
    yield { id: `peers/${id}/${name}`, on, what: row.title, value: held.median, unit: "times", of: name, held };
  }
}

/** What sleeping tasks cost a peer. */
interface PeerMemory extends Asleep {
  readonly name: string;
  readonly on: PeerOn["on"];
}

async function measureAsleep(everybody: readonly PeerOn[], count: number): Promise<PeerMemory[]> {
  const all: PeerMemory[] = [];
  for (const { name, on, asleep } of everybody) {
    if (asleep !== undefined) all.push({ name, on, ...JSON.parse(await output(asleep(count))) as Asleep });
  }
  return all;
}

const figureOf = (all: readonly PeerMemory[], on: Reached["on"]) =>
  all.find((peer) => peer.name === "this module" && peer.on === on)!;
const exactly = (value: number): Spread => ({ median: value, low: value, high: value });

/** What a sleeping task costs in memory, of each. */
export const memory: Bench = {
  title: "Sleeping tasks",
  hosts: ["Deno", "Bun"],
  async measure({ hosts, smoke }) {
    const count = smoke ? 100 : 50_000;
    const all = await measureAsleep(await findContenders(hosts), count);
    const rows = all.map(({ name, on, heap, bytes, made }) => [
      ...[name, on, heap === undefined ? "" : FORMATS.B(heap), FORMATS.B(bytes), FORMATS.ns((made * 1e6) / count)],
    ]);
    const reached = hosts.map(({ name: on }): Reached => {
      const heap = figureOf(all, on).heap!;
      return { id: "memory/heap", on, what: "memory of a sleeping task", value: heap, unit: "B", held: exactly(heap) };
    });
    return {
      title: this.title,
      how:
        `${
          FORMATS.count(count)
        } tasks that sleep for an hour, by each of them: what is left of the heap after a collection, what ` +
        "the process's resident memory grew by before one, and the time to make it.",
      tables: [{ head: ["", "On", "Heap", "Resident", "Made in"], rows, text: ["On"] }],
      reached,
    };
  },
};

/** A million of them. */
export const million: Bench = {
  title: "A million sleeping tasks",
  hosts: ["Deno", "Bun"],
  async measure({ hosts, smoke }) {
    const count = smoke ? 1_000 : 1_000_000;
    // The others need gigabytes.
    const able = (await findContenders(hosts)).filter(({ name }) =>
      ["this module", "promises", "asyncio"].includes(name)
    );
    const all = await measureAsleep(able, count);
    const rows = all.map(({ name, on, made, rss, collected, left, heapLeft }) => [
      ...[name, on, FORMATS.s(made), FORMATS.MB(rss), collected === undefined ? "" : FORMATS.MB(collected)],
      ...[FORMATS.count(left), heapLeft === undefined ? "" : `${heapLeft.toFixed(1)} B`],
    ]);
    const reached = hosts.flatMap(({ name: on }): Reached[] => {
      const { made, rss, left } = figureOf(all, on);
      const what = `${FORMATS.count(count)} tasks asleep`;
      return [
        { id: "million/made", on, what: `${what}, made in`, value: made, unit: "s" },
        { id: "million/rss", on, what: `${what}, resident`, value: rss, unit: "MB", held: exactly(rss) },
        { id: "million/left", on, what: `${what}, left when cancelled`, value: left, unit: "count" },
      ];
    });
    return {
      title: this.title,
      how:
        "Resident is the whole process. Left over is what remains when all were cancelled: tasks, and bytes of the heap by task.",
      tables: [{
        head: ["", "On", "Made in", "Resident", "after a collection", "Tasks left", "Heap left"],
        rows,
        text: ["On"],
      }],
      reached,
    };
  },
};
