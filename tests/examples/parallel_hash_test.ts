import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";

const root = fileURLToPath(new URL("../../", import.meta.url));
const command = [process.execPath];
if ("Deno" in globalThis) command.push("run", "--no-prompt", "--quiet", "--allow-read");
command.push("examples/parallel_hash.ts");

/** Runs a command in the checkout. */
async function ended(program: string, args: string[]): Promise<{ code: unknown; output: string; errors: string }> {
  const child = spawn(program, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let errors = "";
  child.stdout.on("data", (chunk: Uint8Array) => output += new TextDecoder().decode(chunk));
  child.stderr.on("data", (chunk: Uint8Array) => errors += new TextDecoder().decode(chunk));
  const code = await new Promise((resolve) => child.on("close", resolve));
  return { code, output, errors };
}

/** The line that sha256sum writes. */
async function line(path: string): Promise<string> {
  return `${createHash("sha256").update(await readFile(root + path)).digest("hex")}  ${path}\n`;
}

describe("The parallel hash", () => {
  it("prints what sha256sum does, in order, and names what it cannot read", async () => {
    const files = ["examples/parallel_hash/hash.ts", "LICENSE"];
    const args = ["nowhere", "examples/parallel_hash", "LICENSE"];
    const { code, output, errors } = await ended(command[0] as string, [...command.slice(1), ...args]);
    assertEquals(output, (await Promise.all(files.map(line))).join(""));
    assertEquals([errors, code], ["nowhere: ENOENT\n", 1]);
  });

  it("shows a bar on a terminal", { ignore: !existsSync("/usr/bin/script") }, async () => {
    const { code, output } = await ended("/usr/bin/script", ["-qec", [...command, "LICENSE"].join(" "), "/dev/null"]);
    assertMatch(output, /\r\[#{30}\] 100 %, 0\.0 of 0\.0 MiB/);
    assertMatch(output, /[0-9a-f]{64} {2}LICENSE/);
    assertEquals(code, 0);
  });
});
