/**
 * Programs that run by themselves, and what they say.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { text } from "../../text.ts";
import { within } from "../../within.ts";

/** A fixture that runs, with all that it says. */
export class Program {
  out = "";
  errors = "";
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;

  constructor(name: string, ...args: string[]) {
    const fixture = fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
    const options = "Deno" in globalThis
      ? ["run", "--quiet", "--no-check", "--allow-all", "--v8-flags=--expose-gc"]
      : [];
    this.#child = spawn(process.execPath, [...options, fixture, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    this.#child.stdout!.on("data", (data: Uint8Array) => this.out += text(data));
    this.#child.stderr!.on("data", (data: Uint8Array) => this.errors += text(data));
    this.ended = new Promise((resolve) => this.#child.once("close", resolve));
  }

  /** Waits for its end, which is a good one. */
  async end(): Promise<string> {
    assertEquals(await within(this.ended, "the end of the program", () => this.out + this.errors), 0, this.errors);
    return this.out.trim();
  }

  [Symbol.dispose](): void {
    this.#child.kill("SIGKILL");
  }
}
