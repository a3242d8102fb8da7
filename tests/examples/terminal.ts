/**
 * Commands on a terminal of their own, which `script` makes.
 *
 * @module
 */

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { Changing, tail, within } from "../within.ts";

const SCRIPT = "/usr/bin/script";

/** What a command wrote to its terminal, and its exit code. */
export interface TerminalEnd {
  readonly code: number | null;
  readonly output: string;
}

/** Runs a command on a terminal, presses Ctrl-C once all of these texts are there, and waits for its end. Null where that cannot be done. */
export const onTerminal: ((command: readonly string[], ...signs: string[]) => Promise<TerminalEnd>) | null =
  existsSync(SCRIPT) ? interrupted : null;

async function interrupted(command: readonly string[], ...signs: string[]): Promise<TerminalEnd> {
  const terminal = new Terminal(command);
  try {
    for (const sign of signs) await terminal.until(sign);
    terminal.interrupt();
    return { code: await terminal.ended, output: terminal.output };
  } finally {
    terminal.kill();
  }
}

class Terminal extends Changing {
  output = "";
  readonly #child;
  readonly #end: Promise<number | null>;
  #over = false;

  constructor(command: readonly string[]) {
    super();
    const line = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
    this.#child = spawn(SCRIPT, ["-qec", line, "/dev/null"], { stdio: ["pipe", "pipe", "inherit"] });
    const decoder = new TextDecoder();
    this.#child.stdout.on("data", (chunk: Uint8Array) => {
      this.output += decoder.decode(chunk, { stream: true });
      this.changed();
    });
    this.#child.stdin.on("error", () => {});
    this.#end = new Promise((resolve) =>
      this.#child.on("close", (code: number | null) => {
        this.#over = true;
        this.changed();
        resolve(code);
      })
    );
  }

  get ended(): Promise<number | null> {
    return within(this.#end, "the end of a command on a terminal", () => this.said());
  }

  until(text: string): Promise<void> {
    return this.untilSo(() => this.output.includes(text), JSON.stringify(text));
  }

  interrupt(): void {
    this.#child.stdin.write("\x03");
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  protected override isOver(): boolean {
    return this.#over;
  }

  protected override said(): string {
    return `The terminal shows: ${tail(this.output)}`;
  }
}
