/**
 * Descriptors that a program was started with, by the runtime's own sockets.
 */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawn } from "node:child_process";
import { platform } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { text } from "../text.ts";
import { within } from "../within.ts";

// Bun's own sockets take none.
const ignore = platform() !== "linux" || "Bun" in globalThis;

/** What the fixture says, started by a shell with this for descriptor 3. */
async function said(redirection: string): Promise<string> {
  const fixture = fileURLToPath(new URL("./fixtures/inherited_pipe.ts", import.meta.url));
  const options = "Deno" in globalThis ? ["run", "--quiet", "--no-check", "--allow-all"] : [];
  const args = ["-c", `exec "$0" "$@" ${redirection}`, process.execPath, ...options, fixture];
  const child = spawn("sh", args, { stdio: ["pipe", "pipe", "inherit"] });
  let out = "";
  child.stdout!.on("data", (data: Uint8Array) => out += text(data));
  try {
    await within(new Promise((resolve) => child.once("close", resolve)), "the end of the program", () => out);
  } finally {
    child.kill("SIGKILL");
  }
  return out.trim();
}

describe("A descriptor that the program was started with", { ignore }, () => {
  it("is a pipe", async () => assertEquals(await said("3<&0"), "a pipe"));

  it("is refused as what it is: a file, or a terminal", async () => {
    assertEquals(await said("3</etc/passwd"), "RangeError");
    assertEquals(await said("3<>/dev/ptmx"), "NotSupportedError");
  });
});
