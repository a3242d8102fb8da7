/**
 * How each figure is judged: by its goal, and by the best so far, which `best.json` keeps for each runtime.
 *
 * The best so far is a ratio or a size, never a time: a time says nothing of another machine. A figure is worse than it if all of its middle half
 * is beyond the best one's, which is taken to be no narrower than what two runs of the same code differ by.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import type { Spread } from "../harness/alternate.ts";
import { FORMATS, range, type Unit } from "../harness/format.ts";
import type { Reached, Table } from "../harness/section.ts";
import { type Goal, GOALS } from "./goals.ts";

const FILE = fileURLToPath(new URL("best.json", import.meta.url));
/** The part of the best figure that two runs may differ by in any case. */
const NOISE = 0.05;
/** The same of what each run finds again. */
const NOISE_OF_SIZES = 0.01;

/** The best so far: by runtime, then by the figure's name. Each is a median and its middle half, such as `[1.13, 1.07, 1.19]`. */
export type Best = Partial<Record<Reached["on"], Record<string, [median: number, low: number, high: number]>>>;

/** A figure and how it is judged. */
export interface Verdict extends Reached {
  readonly goal: { readonly kind: Goal["kind"]; readonly wanted: number } | null;
  /** Null where there is no goal. */
  readonly met: boolean | null;
  /** Null where there is none yet, or nothing that can be held. */
  readonly best: Spread | null;
  readonly isWorse: boolean;
  /** Whether it is the best one now. */
  readonly isBest: boolean;
}

/** Reads the best so far. */
export function readBest(): Best {
  return JSON.parse(readFileSync(FILE, "utf8"));
}

/** Judges figures. */
export function judge(reached: readonly Reached[], all: Best = readBest()): Verdict[] {
  return reached.map((one): Verdict => {
    const { id, on, value, held, exact = false } = one;
    const kind = GOALS[id]?.kind ?? "at most";
    const wanted = GOALS[id]?.on(on);
    const goal = wanted === undefined ? null : { kind, wanted };
    const met = wanted === undefined ? null : kind === "at most" ? value <= wanted : value >= wanted;
    const kept = held === undefined ? undefined : all[on]?.[id];
    const best = kept === undefined ? null : { median: kept[0], low: kept[1], high: kept[2] };
    if (held === undefined || best === null) {
      return { ...one, goal, met, best, isWorse: false, isBest: held !== undefined };
    }
    const noise = exact ? NOISE_OF_SIZES : NOISE;
    const isWorse = kind === "at most"
      ? held.low > Math.max(best.high, best.median * (1 + noise))
      : held.high < Math.min(best.low, best.median * (1 - noise));
    const isBest = kind === "at most" ? held.high < best.median : held.low > best.median;
    return { ...one, goal, met, best, isWorse, isBest };
  });
}

// On a machine that does other things a figure is the best by chance as soon as not.
const busy = loadavg()[0]! > 1;

/** Keeps what is best now: all of its middle half is better than the best so far. On a busy machine only what is exact can be. */
export function keepBest(verdicts: readonly Verdict[]): void {
  if (busy) console.log("The machine was busy before, so that no ratio is kept as the best so far.");
  const all = readBest();
  const short = (value: number) => Number(value.toPrecision(4));
  for (const { on, id, held, isBest, exact = false } of verdicts) {
    if (isBest && (exact || !busy)) (all[on] ??= {})[id] = [short(held!.median), short(held!.low), short(held!.high)];
  }
  // A line for each figure, so that a change of one is a change of a line.
  const parts = Object.entries(all).map(([on, figures]) => {
    const lines = Object.entries(figures).sort(([a], [b]) => a < b ? -1 : 1).map(([id, figure]) =>
      `    ${JSON.stringify(id)}: [${figure.join(", ")}]`
    );
    return `  ${JSON.stringify(on)}: {\n${lines.join(",\n")}\n  }`;
  });
  writeFileSync(FILE, `{\n${parts.join(",\n")}\n}\n`);
}

/** Ratios are held as ratios, whatever the unit of the figure; sizes as sizes. */
const heldAs = (unit: Unit): Unit => ["B", "KB", "MB", "count", "times"].includes(unit) ? unit : "ratio";

/** What is read of a verdict. */
export function toWord({ met, isWorse }: Verdict): string {
  if (isWorse) return "**worse than the best**";
  return met === null ? "" : met ? "met" : "missed";
}

/** A table of verdicts: the best so far, this run, and the goal. */
export function toTable(verdicts: readonly Verdict[]): Table {
  const rows = verdicts.map((verdict) => {
    const { what, on, value, unit, of, held, best, goal } = verdict;
    const figure = FORMATS[unit];
    const ratio = held === undefined || heldAs(unit) === unit ? "" : `, ${FORMATS.ratio(held.median)}`;
    const against = of === undefined ? "" : unit === "times" ? ` ${of}` : ` of \`${of}\``;
    return [
      what,
      on,
      best === null ? "" : range(best, heldAs(unit)),
      figure(value) + ratio,
      goal === null ? "" : `${goal.kind} ${figure(goal.wanted)}${against}`,
      toWord(verdict),
    ];
  });
  return { head: ["What", "On", "Best so far", "This run", "Goal", ""], rows, text: ["On", "Goal", ""] };
}
