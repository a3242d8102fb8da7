/**
 * Processes that go on while others are measured, each on a core of its own where the system lets one choose.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { kill } from "node:process";
import { createInterface } from "node:readline";
import { works } from "./hosts.ts";

/** Whether processes are bound to cores. */
export const pinned: boolean = availableParallelism() > 1 && works("taskset", "-c", "1", "true");

/** A process whose output is read line by line. */
export class Running {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #exited: Promise<void>;
  #ended = false;

  /** Starts it. Core 0 is that of the server that is measured, core 1 that of the client. */
  constructor(command: readonly string[], core: 0 | 1) {
    const [file, ...args] = pinned ? ["taskset", "-c", `${core}`, ...command] : command;
    this.#process = spawn(file as string, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.#lines = createInterface({ input: this.#process.stdout! })[Symbol.asyncIterator]();
    this.#exited = new Promise((resolve, reject) => {
      this.#process.once("exit", () => resolve(void (this.#ended = true))).once("error", reject);
    });
  }

  /** The process's id. */
  get pid(): number {
    return this.#process.pid as number;
  }

  /** The next line that it prints. Rejects if it ends before. */
  async line(): Promise<string> {
    const { done, value } = await this.#lines.next();
    if (done) throw new Error(`${this.#process.spawnargs.join(" ")} ended without an answer.`);
    return value;
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
