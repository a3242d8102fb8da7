import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type ChildProcess, spawn } from "node:child_process";
import { connect } from "node:net";
import { platform } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { text } from "../../text.ts";
import { eventually, within } from "../../within.ts";

const ignore = platform() !== "linux" || !("Deno" in globalThis || "Bun" in globalThis);

/** A fixture that runs, with all that it says. */
class Program {
  out = "";
  errors = "";
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;

  constructor(name: string, ...args: string[]) {
    const fixture = fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
    const options = "Deno" in globalThis ? ["run", "--quiet", "--no-check", "--allow-all"] : [];
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

describe("The selector where the system allows no asynchronous I/O", { ignore }, () => {
  it("has a thread wait, says so once, and lets the program end", async () => {
    using program = new Program("selector_without_aio.ts");
    assertEquals((await program.end()).split("\n"), ["echo 0", "echo 1", "echo 2", "over"]);
    const { errors } = program;
    assert(/^Cannot wait for descriptors by io_setup\(\).*A thread waits in its place[^\n]*\n$/.test(errors), errors);
  });
});

for (const how of ["aio", "thread"]) {
  describe(`A socket that nobody closes, by ${how}`, { ignore }, () => {
    it("does not keep a program that does nothing with it", async () => {
      using program = new Program("selector_resting.ts", "nothing", how);
      assertEquals(await program.end(), "over");
    });

    it("does not keep one in which nobody waits for it any more", async () => {
      using program = new Program("selector_resting.ts", "removed", how);
      assertEquals(await program.end(), "over");
    });

    it("is waited for again and again by a program that ends then", async () => {
      using program = new Program("selector_resting.ts", "again", how);
      assertEquals(await program.end(), "over");
    });

    it("keeps one that waits for it", async () => {
      using program = new Program("selector_resting.ts", "accepted", how);
      const port = () => /port (\d+)/.exec(program.out)?.[1];
      await eventually(() => port() !== undefined, "a port", () => program.out + program.errors);
      // Nothing has happened for so long that nobody asks for events.
      await new Promise((resolve) => setTimeout(resolve, 50));
      const client = connect({ port: Number(port()), host: "127.0.0.1" });
      client.on("error", () => {});
      try {
        assertStringIncludes(await program.end(), "over");
      } finally {
        client.destroy();
      }
    });
  });
}
