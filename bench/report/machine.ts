/**
 * What was measured on.
 *
 * @module
 */
import { cpus, loadavg, release, totalmem, type as system } from "node:os";
import { firstLine, type Host } from "../harness/hosts.ts";

/** A machine and what runs on it. */
export interface Machine {
  readonly date: string;
  readonly processor: string;
  readonly cores: number;
  /** Bytes. */
  readonly memory: number;
  readonly system: string;
  /** How many processes wanted to run in the minute before. */
  readonly load: number;
  readonly runtimes: readonly { readonly name: string; readonly version: string }[];
  /** The commit that was measured, with a mark if the checkout had changes. */
  readonly commit: string;
}

/** Describes this machine, now. */
export function describeMachine(runtimes: readonly Host[]): Machine {
  const changed = firstLine("git", "status", "--porcelain", "--untracked-files=no", "--", "src", "mod.ts");
  return {
    date: new Date().toISOString().slice(0, 16).replace("T", " "),
    processor: (cpus()[0]?.model ?? "unknown").trim(),
    cores: cpus().length,
    memory: totalmem(),
    system: `${system()} ${release()}`,
    load: loadavg()[0] ?? 0,
    runtimes: runtimes.map(({ name, version }) => ({ name, version })),
    commit: `${firstLine("git", "rev-parse", "--short", "HEAD") ?? "unknown"}${changed ? " with changes" : ""}`,
  };
}
