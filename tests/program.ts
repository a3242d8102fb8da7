/**
 * A program of its own, in a process of the runtime that the tests run on.
 *
 * @module
 */

import { spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { Changing, tail, within } from "./within.ts";

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

/** The line in which a program says where it listens. */
const LISTENS = /^(?:Listening on )?(?:https?:\/\/)?(?:127\.0\.0\.1|localhost|\[::1\]):(\d+)\b.*\n/m;

/** A running program and what it has printed. */
export class Program extends Changing {
  /** Everything printed so far, errors included. */
  output = "";
  /** What of it was printed as errors. */
  errors = "";
  /** What of it was not. */
  #spoken = "";
  readonly #end: Promise<number | null>;
  readonly #kill: (signal: "SIGINT" | "SIGTERM" | "SIGKILL") => void;
  readonly #decoders = [new TextDecoder(), new TextDecoder()] as const;
  /** Its number among the processes. */
  readonly pid: number;
  #interrupted = false;
  #over = false;

  /**
   * Starts a file. The flags are those of the runtime that it starts on, `PORT` is 0 in its environment. Given a number of files, it may have
   * so many open at once.
   */
  constructor(file: URL, flags: readonly string[] = [], args: readonly string[] = [], files?: number) {
    super();
    const path = fileURLToPath(file);
    const limited = files === undefined ? [] : ["sh", "-c", 'ulimit -n "$0" && exec "$@"', String(files)];
    if (deno) {
      // node:child_process would rewrite these arguments.
      const run = [Deno.execPath(), "run", "--no-prompt", "--quiet", ...flags, path, ...args];
      const [command, ...rest] = [...limited, ...run] as [string, ...string[]];
      const child = new Deno.Command(command, {
        args: rest,
        env: { PORT: "0" },
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      this.pid = child.pid;
      this.#kill = (signal) => child.kill(signal);
      const read = [
        child.stdout.pipeTo(new WritableStream({ write: this.#printed })),
        child.stderr.pipeTo(new WritableStream({ write: this.#complained })),
      ];
      this.#end = Promise.all([child.status, ...read]).then(([status]) => this.#ends(status.code));
    } else {
      const env = { ...process.env, PORT: "0" };
      const [command, ...rest] = [...limited, process.execPath, ...flags, path, ...args] as [string, ...string[]];
      const child = spawn(command, rest, { env, stdio: ["ignore", "pipe", "pipe"] });
      this.pid = child.pid ?? 0;
      this.#kill = (signal) => child.kill(signal);
      child.stdout.on("data", this.#printed);
      child.stderr.on("data", this.#complained);
      this.#end = new Promise((resolve) => child.on("close", (code: number | null) => resolve(this.#ends(code))));
    }
  }

  /** The exit code, once it has ended. A program that does not end is killed, and what it has printed is told. */
  get ended(): Promise<number | null> {
    return within(this.#end, "the end of the program", () => this.said()).catch((error) => {
      try {
        this.#kill("SIGKILL");
      } catch {
        // It has just ended.
      }
      throw error;
    });
  }

  /** Resolves when the text was printed, or rejects when no more can come. */
  async until(text: string): Promise<void> {
    await this.untilSo(() => this.output.includes(text), `${JSON.stringify(text)} in what the program prints`);
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

  /** The port that the program says it listens on. */
  async port(): Promise<number> {
    await this.untilSo(() => LISTENS.test(this.#spoken), "a line with the port of the program");
    return Number(LISTENS.exec(this.#spoken)![1]);
  }

  protected override isOver(): boolean {
    return this.#over;
  }

  protected override said(): string {
    return `The program has printed: ${tail(this.output)}`;
  }

  readonly #printed = (chunk: Uint8Array): void => {
    const text = this.#decoders[0].decode(chunk, { stream: true });
    this.#spoken += text;
    this.output += text;
    this.changed();
  };

  readonly #complained = (chunk: Uint8Array): void => {
    const text = this.#decoders[1].decode(chunk, { stream: true });
    this.errors += text;
    this.output += text;
    this.changed();
  };

  #ends(code: number | null): number | null {
    this.#over = true;
    this.changed();
    return code;
  }
}
