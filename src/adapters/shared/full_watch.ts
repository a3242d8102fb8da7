/**
 * Noticing that a process has no file left for another connection, where the runtime tells nobody: Node closes what comes then, and Bun leaves
 * it waiting.
 *
 * @module
 */

import type { OSError } from "../../core/errors.ts";
import { findBuiltin } from "./process.ts";
import { socketError } from "./socket_errors.ts";
import { Outage } from "./outage.ts";
import { clearInterval, setInterval, unrefTimer } from "./timers.ts";

interface Files {
  readFileSync(path: string, encoding: "utf8"): string;
  openSync(path: string): number;
  closeSync(file: number): void;
}

/** Milliseconds between two looks, where nothing tells which file a connection is. */
const CHECK_INTERVAL = 1_000;

let limit: number | undefined;

/** How many files the process may have, if the system tells. */
function fileLimit(): number {
  if (limit !== undefined) return limit;
  try {
    const limits = findBuiltin<Files>("node:fs")?.readFileSync("/proc/self/limits", "utf8") ?? "";
    limit = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? Infinity);
  } catch {
    limit = Infinity;
  }
  return limit;
}

/** Reports once for each outage that nobody can connect. */
export class FullWatch {
  readonly #failed: (error: OSError) => void;
  readonly #outage = new Outage();

  /** @param failed called once for each outage */
  constructor(failed: (error: OSError) => void) {
    this.#failed = failed;
  }

  /** Somebody has connected, and this is the number of the file. The system gives the lowest one that is free. */
  accepted(file: unknown): void {
    if (typeof file === "number" && file >= fileLimit() - 1) this.#full();
  }

  /** Looks from time to time whether there is another file, and calls back when there may be one. Returns what ends that. */
  look(room: () => void = () => {}): () => void {
    // Deno's quirk `stack-needs-file`.
    if ("Deno" in globalThis) void fullError(new Error("")).stack;
    const timer = setInterval(() => this.#look(room), CHECK_INTERVAL);
    unrefTimer(timer);
    return () => clearInterval(timer);
  }

  #look(room: () => void): void {
    const files = findBuiltin<Files>("node:fs");
    try {
      files?.closeSync(files.openSync("/dev/null"));
    } catch (error) {
      const { code } = error as { readonly code?: unknown };
      if (code === "EMFILE" || code === "ENFILE") return this.#full(error);
    }
    room();
  }

  #full(error: unknown = Object.assign(new Error("too many open files, accept"), { code: "EMFILE" })): void {
    if (this.#outage.failed()) this.#failed(fullError(error));
  }
}

function fullError(cause: unknown): OSError {
  return socketError("Cannot accept another connection", String((cause as { code?: unknown }).code), cause);
}
