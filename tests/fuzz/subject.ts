/**
 * The target as a process, and what is known of it from outside.
 *
 * @module
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { Changing, tail, within } from "../within.ts";
import type { Door } from "./input.ts";

/** A runtime that targets run on. */
export type RuntimeName = "deno" | "bun" | "node";

/** Where each server listens. */
export type Ports = Readonly<Record<Door, number>>;

/** What is left of the clients. */
export interface Stats {
  readonly pending: number;
  readonly tasks: readonly string[];
  /** Bytes. */
  readonly rss: number;
  readonly heap: number;
  /** What the exception handler was told, and how often. */
  readonly reports: readonly (readonly [string, number])[];
  readonly descriptors: number;
}

/** The runtime that this is. */
export const HERE: RuntimeName = "Deno" in globalThis ? "deno" : "Bun" in globalThis ? "bun" : "node";

const target = fileURLToPath(new URL("target.ts", import.meta.url));
const config = fileURLToPath(new URL("../../deno.offline.json", import.meta.url));

/** The command of each runtime, without the file. */
export const COMMANDS: Record<RuntimeName, readonly string[]> = {
  deno: ["deno", "run", "--quiet", "--no-check", "--allow-all", "--v8-flags=--expose-gc", "--config", config],
  bun: ["bun", "run"],
  node: ["node", "--expose-gc"],
};

/** A target that runs. */
export class Subject extends Changing {
  readonly runtime: RuntimeName;
  /** What it has written to stderr. */
  errors = "";
  readonly #child: ChildProcess;
  readonly #answers: unknown[] = [];
  readonly #end: Promise<string>;
  #rest = "";
  #over: string | null = null;
  #ports: Ports | null = null;

  private constructor(runtime: RuntimeName) {
    super();
    this.runtime = runtime;
    const [program, ...args] = COMMANDS[runtime];
    const command = runtime === HERE ? process.execPath : program as string;
    const child = spawn(command, [...args, target], { stdio: ["pipe", "pipe", "pipe"] });
    this.#child = child;
    const decoder = new TextDecoder();
    child.stdin!.on("error", () => {});
    child.stderr!.on("data", (chunk: Uint8Array) => this.errors += decoder.decode(chunk));
    child.stdout!.on("data", (chunk: Uint8Array) => this.#heard(decoder.decode(chunk)));
    this.#end = new Promise((resolve) => {
      child.on("error", (error) => resolve(this.#ends(`could not be started: ${error.message}`)));
      child.on("close", (code, signal) => resolve(this.#ends(`code ${code}, signal ${signal}`)));
    });
  }

  /** Starts one, and waits until it listens. */
  static async start(runtime: RuntimeName): Promise<Subject> {
    const subject = new Subject(runtime);
    subject.#ports = await subject.#answer("the ports of the target") as Ports;
    return subject;
  }

  /** Where it listens. */
  get ports(): Ports {
    return this.#ports as Ports;
  }

  /** Its process. */
  get pid(): number {
    return this.#child.pid as number;
  }

  /** How it has ended; null while it lives. */
  get over(): string | null {
    return this.#over;
  }

  /** Asks what is left. */
  async stats(): Promise<Stats> {
    this.#child.stdin!.write("stats\n");
    const stats = await this.#answer("an answer of the target") as Omit<Stats, "descriptors">;
    return { ...stats, descriptors: ask("ls", `/proc/${this.#child.pid}/fd`).trim().split("\n").length };
  }

  /** The most memory that it ever had, in bytes. */
  peak(): number {
    const status = ask("cat", `/proc/${this.#child.pid}/status`);
    return Number(/VmHWM:\s*(\d+)/.exec(status)?.[1]) * 1_024;
  }

  /** Closes its servers and waits until it has ended; gives how. A process that may be kept is not waited for. */
  async close(mayBeKept: boolean): Promise<string> {
    this.#child.stdin!.write("close\n");
    this.#child.stdin!.end();
    await this.#answer("the end of the servers");
    if (mayBeKept) return "code 0, signal null";
    return await within(this.#end, "the end of the target", () => this.said());
  }

  /** Ends it in any case. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await within(this.#end, "the end of the target");
  }

  protected override isOver(): boolean {
    return this.#over !== null;
  }

  protected override said(): string {
    return `The target (${this.runtime}) has ended by ${this.#over ?? "nothing"} and has complained: ${
      tail(this.errors)
    }`;
  }

  async #answer(what: string): Promise<unknown> {
    await this.untilSo(() => this.#answers.length > 0, what);
    return this.#answers.shift();
  }

  #heard(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() as string;
    for (const line of lines) this.#answers.push(JSON.parse(line));
    this.changed();
  }

  #ends(how: string): string {
    this.#over = how;
    this.changed();
    return how;
  }
}

/** What a program prints of a file: Deno lets nobody without all permissions read there, and its tests have not all. */
function ask(program: string, file: string): string {
  return execFileSync(program, [file], { encoding: "utf8" });
}
