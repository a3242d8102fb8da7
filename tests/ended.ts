/**
 * Commands that run to their end.
 *
 * @module
 */

import { spawn } from "node:child_process";
import { PATIENCE, tail, within } from "./within.ts";

/** How a command ended, and what it wrote. */
export interface Ended {
  /** Null if a signal has ended it. */
  readonly code: number | null;
  /** The signal that has ended it. */
  readonly signal: string | null;
  readonly output: string;
  readonly errors: string;
}

/** How a command is run. */
export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Record<string, string | undefined>;
  /** Milliseconds after which it is killed, and the test fails. */
  readonly patience?: number;
}

/** Runs a command to its end. One that does not end is killed, and what it has written is told. */
export async function ended(program: string, args: readonly string[], options: CommandOptions = {}): Promise<Ended> {
  const { patience = 2 * PATIENCE, ...rest } = options;
  const child = spawn(program, args, { ...rest, stdio: ["ignore", "pipe", "pipe"] });
  const [output, errors] = [new TextDecoder(), new TextDecoder()];
  let [written, complained] = ["", ""];
  child.stdout.on("data", (chunk: Uint8Array) => written += output.decode(chunk, { stream: true }));
  child.stderr.on("data", (chunk: Uint8Array) => complained += errors.decode(chunk, { stream: true }));
  const end = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on(
      "close",
      (code: number | null, signal: string | null) => resolve({ code, signal, output: written, errors: complained }),
    );
  });
  try {
    const command = [program, ...args].join(" ");
    return await within(end, `the end of ${command}`, () => `It has written: ${tail(written + complained)}`, patience);
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
}
