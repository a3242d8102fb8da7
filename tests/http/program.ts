/** A program of its own, in a process of the runtime that the tests run on. */

import { spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

const deno = "Deno" in globalThis;

/** A running program and what it has printed. */
export class Program {
  /** Everything printed so far, errors included. */
  output = "";
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>;
  readonly #kill: (signal: "SIGINT" | "SIGTERM") => void;
  readonly #waiting = new Set<() => void>();
  #over = false;

  /** Starts a file of the fixtures. On Deno it may use the network of this machine, or what else the permissions say. */
  constructor(file: string, permissions: readonly string[] = ["--allow-net=127.0.0.1"]) {
    const path = fileURLToPath(new URL(file, import.meta.url));
    if (deno) {
      // node:child_process would rewrite these arguments.
      const args = ["run", "--no-config", "--no-prompt", "--quiet", "--unstable-no-legacy-abort", ...permissions, path];
      const child = new Deno.Command(Deno.execPath(), { args, stdin: "null", stdout: "piped", stderr: "piped" })
        .spawn();
      this.#kill = (signal) => child.kill(signal);
      const read = [child.stdout, child.stderr].map((stream) =>
        stream.pipeTo(new WritableStream({ write: this.#heard }))
      );
      this.ended = Promise.all([child.status, ...read]).then(([status]) => this.#end(status.code));
    } else {
      const child = spawn(process.execPath, [path], { stdio: ["ignore", "pipe", "pipe"] });
      this.#kill = (signal) => child.kill(signal);
      child.stdout.on("data", this.#heard);
      child.stderr.on("data", this.#heard);
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

  /** The port that the program says it listens on. */
  async port(): Promise<number> {
    await this.until("\n");
    return Number(/:(\d+)$/m.exec(this.output)?.[1]);
  }

  readonly #heard = (chunk: Uint8Array): void => {
    this.output += new TextDecoder().decode(chunk);
    this.#wake();
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
