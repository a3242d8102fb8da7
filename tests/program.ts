/**
 * A program of its own, in a process of the runtime that the tests run on.
 *
 * @module
 */

import { spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

const deno = "Deno" in globalThis;

/** The flags for a fixture, which may use the network of this machine, or what else the permissions say. */
export function fixtureFlags(...permissions: string[]): string[] {
  if (!deno) return [];
  if (permissions.length === 0) permissions.push("--allow-net=127.0.0.1");
  return ["--no-config", "--unstable-no-legacy-abort", ...permissions];
}

/** The flags for a program that imports packages, as one that a user has written does. */
export function exampleFlags(...permissions: string[]): string[] {
  if (deno) return permissions;
  const register = fileURLToPath(new URL("./std/register.mjs", import.meta.url));
  return "Bun" in globalThis ? ["--preload", register] : ["--import", register];
}

/** A running program and what it has printed. */
export class Program {
  /** Everything printed so far, errors included. */
  output = "";
  /** What of it was printed as errors. */
  errors = "";
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>;
  readonly #kill: (signal: "SIGINT" | "SIGTERM") => void;
  readonly #waiting = new Set<() => void>();
  #interrupted = false;
  #over = false;

  /** Starts a file. The flags are those of the runtime that it starts on, `PORT` is 0 in its environment. */
  constructor(file: URL, flags: readonly string[] = [], args: readonly string[] = []) {
    const path = fileURLToPath(file);
    if (deno) {
      // node:child_process would rewrite these arguments.
      const child = new Deno.Command(Deno.execPath(), {
        args: ["run", "--no-prompt", "--quiet", ...flags, path, ...args],
        env: { PORT: "0" },
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      this.#kill = (signal) => child.kill(signal);
      const read = [
        child.stdout.pipeTo(new WritableStream({ write: this.#printed })),
        child.stderr.pipeTo(new WritableStream({ write: this.#complained })),
      ];
      this.ended = Promise.all([child.status, ...read]).then(([status]) => this.#end(status.code));
    } else {
      const env = { ...process.env, PORT: "0" };
      const child = spawn(process.execPath, [...flags, path, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
      this.#kill = (signal) => child.kill(signal);
      child.stdout.on("data", this.#printed);
      child.stderr.on("data", this.#complained);
      this.ended = new Promise((resolve) => child.on("close", (code: number | null) => resolve(this.#end(code))));
    }
  }

  /** Resolves when the text was printed, or rejects when no more can come. */
  async until(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      if (this.#over) throw new Error(`The program ended before it printed ${JSON.stringify(text)}: ${this.output}`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** Sends a signal. */
  kill(signal: "SIGINT" | "SIGTERM"): void {
    this.#kill(signal);
  }

  /** What one Ctrl-C does; further calls do nothing. */
  interrupt(): void {
    if (!this.#over && !this.#interrupted) this.#kill("SIGINT");
    this.#interrupted = true;
  }

  /** The port that the program says it listens on, in its first line. */
  async port(): Promise<number> {
    await this.until("\n");
    return Number(/:(\d+)\b/.exec(this.output)?.[1]);
  }

  readonly #printed = (chunk: Uint8Array): void => {
    this.output += new TextDecoder().decode(chunk);
    this.#wake();
  };

  readonly #complained = (chunk: Uint8Array): void => {
    this.errors += new TextDecoder().decode(chunk);
    this.#printed(chunk);
  };

  #end(code: number | null): number | null {
    this.#over = true;
    this.#wake();
    return code;
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
