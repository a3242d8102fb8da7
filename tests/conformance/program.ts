/**
 * The recorded programs as data: what a line of a corpus holds, and how a file of them is read.
 *
 * @module
 */
import { readFile } from "node:fs/promises";

/** A name of a statement and its arguments, which the statement alone understands. */
export type Statement = readonly [operation: string, ...args: unknown[]];

/** A bound future or task, or a new coroutine. */
export type Spec = readonly [kind: "var" | "coro", name: string];

/** A program: the objects that it shares, its context variables, and its coroutines by name. */
export interface Program {
  readonly objects?: Readonly<Record<string, readonly [kind: string, ...args: number[]]>>;
  readonly contextvars?: readonly string[];
  readonly coroutines: Readonly<Record<string, readonly Statement[]>>;
}

/** What happened, and when on the virtual clock. */
export type Entry = readonly [time: number, text: string];

/** What a run of a program gave. */
export interface Outcome {
  readonly trace: readonly Entry[];
  /** What became of each bound future and task, in the order of their binding. */
  readonly states: Readonly<Record<string, string>>;
  /** `limit` is no outcome of a recorded program: it says that the implementation under test ran away. */
  readonly outcome: "finished" | "deadlock" | "limit";
}

/** A program together with what CPython did with it. */
export interface Recorded {
  readonly id: string;
  readonly program: Program;
  readonly expected: Outcome;
}

/** Reads a file with one recorded program on each line. */
export async function readCorpus(file: string | URL): Promise<Recorded[]> {
  const text = await readFile(file, "utf8");
  return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as Recorded);
}

/** The area of a program: its id without the last part. */
export function areaOf(recorded: Recorded): string {
  return recorded.id.slice(0, recorded.id.lastIndexOf("-"));
}
