import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ended } from "../ended.ts";
import { onTerminal } from "./terminal.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const command = [process.execPath];
if ("Deno" in globalThis) command.push("run", "--no-prompt", "--quiet", "--allow-read");
command.push("examples/parallel_hash.ts");

/** The line that sha256sum writes. */
async function line(path: string): Promise<string> {
  return `${createHash("sha256").update(await readFile(root + path)).digest("hex")}  ${path}\n`;
}

describe("The parallel hash", () => {
  it("prints what sha256sum does, in order, and names what it cannot read", async () => {
    const files = ["examples/parallel_hash/hash.ts", "LICENSE"];
    const args = ["nowhere", "examples/parallel_hash", "LICENSE"];
    const { code, output, errors } = await ended(command[0] as string, [...command.slice(1), ...args], { cwd: root });
    assertEquals(output, (await Promise.all(files.map(line))).join(""));
    assertEquals([errors, code], ["nowhere: ENOENT\n", 1]);
  });

  it("shows a bar on a terminal", { ignore: !existsSync("/usr/bin/script") }, async () => {
    const { code, output } = await ended("/usr/bin/script", ["-qec", [...command, "LICENSE"].join(" "), "/dev/null"], {
      cwd: root,
    });
    assertMatch(output, /\r\[#{30}\] 100 %, 0\.0 of 0\.0 MiB/);
    assertMatch(output, /[0-9a-f]{64} {2}LICENSE/);
    assertEquals(code, 0);
  });

  it("leaves the line of the bar to the prompt at Ctrl-C", { ignore: onTerminal === null }, async () => {
    const folder = await mkdtemp(join(tmpdir(), "loop-asyncio-"));
    try {
      // Much, and none of it on the disk.
      const file = join(folder, "zeros");
      await writeFile(file, "");
      await truncate(file, 2 ** 35);
      const program = ["examples/parallel_hash.ts", file];
      const { code, output } = await onTerminal!([...command.slice(0, -1), ...program], " 0 %, ");
      // The bar may be drawn once more before the program hears of it.
      assertEquals([output.includes("MiB^C\r"), output.endsWith("\r\x1b[K"), code], [true, true, 130], output);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
