/**
 * What a bench is and what it tells: tables, and the figures that are judged. Every bench tells it in this form, so that one command line
 * prints it and one report writes it.
 */
import type { Spread } from "./alternate.ts";
import type { Unit } from "./format.ts";
import type { Host, HostName } from "./hosts.ts";
import type { Duration } from "./samples.ts";

/** A bench. */
export interface Bench<S extends Section = Section> {
  readonly title: string;
  /** What it runs on. */
  readonly hosts: readonly HostName[];
  /** Measures what the effort asks for. */
  measure(effort: Effort): Promise<S>;
}

/** How much a bench measures. */
export interface Effort {
  readonly hosts: readonly Host[];
  /** Only as much as shows that everything works. */
  readonly smoke: boolean;
  /** How long a program is measured. */
  readonly duration: Duration;
  /** How often each thing is measured, which is usually so often. */
  rounds(usual: number): number;
  /** How long a server is measured in each round, which is usually so long. */
  seconds(usual: number): number;
  /** Whether a row was asked for, by its name. */
  wants(row: string): boolean;
}

/** A table. */
export interface Table {
  readonly title?: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** The columns that are text, next to the first one; the others are figures. */
  readonly text?: readonly string[];
}

/** A figure that is judged: by its goal, and by the best so far. */
export interface Reached {
  /** The name of its goal, such as `hot/create`. */
  readonly id: string;
  /** `"all"` if it is the same everywhere. */
  readonly on: HostName | "all";
  readonly what: string;
  readonly value: number;
  readonly unit: Unit;
  /** What it is compared with, if it is a ratio. */
  readonly of?: string;
  /** What is held against the best so far: a ratio or a size, since a time says nothing of another machine. */
  readonly held?: Spread;
  /** Whether it is the same in each run, so that a short one tells it as well. */
  readonly exact?: boolean;
}

/** What a bench has measured. */
export interface Section {
  readonly title: string;
  /** How it was measured, and how the tables are read. */
  readonly how: string;
  readonly tables: readonly Table[];
  readonly reached: readonly Reached[];
}

/** The section as plain text. */
export function toText({ title, how, tables }: Section): string {
  const parts = [title, ...(how === "" ? [] : [how])];
  for (const { title, head, rows, text = [] } of tables) {
    const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => row[i]!.length)));
    const isText = head.map((name, i) => i === 0 || text.includes(name));
    const line = (cells: readonly string[]) =>
      cells.map((cell, i) => isText[i] ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)).join("  ").trimEnd();
    parts.push([...(title ? [`${title}\n`] : []), ...[head, ...rows].map(line)].join("\n"));
  }
  return parts.join("\n\n");
}

/** The section in Markdown. */
export function toMarkdown({ title, how, tables }: Section): string {
  const parts = [`## ${title}`, how];
  for (const { title, head, rows, text = [] } of tables) {
    if (title) parts.push(`### ${title}`);
    const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
    const rule = head.map((name, i) => i === 0 || text.includes(name) ? "---" : "---:");
    parts.push([line(head), line(rule), ...rows.map(line)].join("\n"));
  }
  return parts.join("\n\n");
}
