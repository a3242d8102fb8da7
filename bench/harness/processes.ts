/**
 * The processes of the benches: started on a core of their own where the system lets one choose, and asked what they use.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { kill } from "node:process";
import { works } from "./hosts.ts";

/** The cores: one for the server that is measured, another one for the client. */
export type Core = 0 | 1;

/** Whether processes are bound to cores. */
export const pinned: boolean = availableParallelism() > 1 && works("taskset", "-c", "1", "true");

/** A process whose output is read line by line. */
export class Running {
  readonly #process: ChildProcess;
  readonly #lines: string[] = [];
  #text = "";
  readonly #exited: Promise<void>;
  #ended = false;
  #wake: () => void = () => {};

  constructor(command: string, args: readonly string[], core: Core) {
    const [file, ...rest] = pinned ? ["taskset", "-c", `${core}`, command, ...args] : [command, ...args];
    this.#process = spawn(file as string, rest, { stdio: ["pipe", "pipe", "inherit"] });
    this.#process.stdout!.setEncoding("utf8").on("data", (text: string) => {
      const lines = (this.#text + text).split("\n");
      this.#text = lines.pop() as string;
      this.#lines.push(...lines);
      this.#wake();
    }).on("end", () => this.#wake());
    this.#exited = new Promise((resolve) => {
      const end = () => {
        this.#ended = true;
        this.#wake();
        resolve();
      };
      this.#process.once("exit", end).once("error", end);
    });
  }

  /** The process's id. */
  get pid(): number {
    return this.#process.pid as number;
  }

  /** The next line that it prints. */
  async line(): Promise<string> {
    while (this.#lines.length === 0) {
      // What it has printed may come after the news of its end.
      if (this.#ended && this.#process.stdout!.readableEnded) {
        throw new Error(`${this.#process.spawnargs.join(" ")} ended without an answer.`);
      }
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    return this.#lines.shift() as string;
  }

  /** Ends its input, which ends a client that holds connections, and waits for its end. */
  async finish(): Promise<void> {
    this.#process.stdin!.end();
    await this.#exited;
  }

  /** Sends a signal. */
  signal(name: "SIGUSR2"): void {
    kill(this.pid, name);
  }

  /** Ends the process, whatever it does. */
  async kill(): Promise<void> {
    // The child's own kill() does nothing on Deno once it has sent any signal.
    if (!this.#ended) kill(this.pid, "SIGKILL");
    await this.#exited;
  }
}

/** The processor time that a process has taken with all its threads, in seconds; null where the system does not tell. */
export function cpuSeconds(pid: number): number | null {
  try {
    let nanoseconds = 0;
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      nanoseconds += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]);
    }
    return nanoseconds / 1e9;
  } catch {
    return null;
  }
}

/** The resident memory of a process, in bytes; null where the system does not tell. */
export function residentBytes(pid: number | "self"): number | null {
  try {
    const found = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
    return found === null ? null : Number(found[1]) * 1024;
  } catch {
    return null;
  }
}
