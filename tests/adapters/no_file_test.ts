/**
 * Programs that have as many files open as they may.
 */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawn } from "node:child_process";
import { platform } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { text } from "../text.ts";
import { within } from "../within.ts";

const fixture = fileURLToPath(new URL("./fixtures/no_file.ts", import.meta.url));
const options = "Deno" in globalThis ? ["run", "--quiet", "--no-check", "--allow-all"] : [];
// Bun's own sockets say that nobody listens there.
const adapters = "Bun" in globalThis ? ["selector"] : "Deno" in globalThis ? ["host", "selector"] : ["host"];

for (const adapter of adapters) {
  describe(`A program with no file left, by "${adapter}"`, { ignore: platform() !== "linux" }, () => {
    it("is told so when it connects or listens, and goes on", async () => {
      const command = ["-c", 'ulimit -n 100; exec "$0" "$@"', process.execPath, ...options, fixture, adapter];
      const child = spawn("sh", command, { stdio: ["ignore", "pipe", "pipe"] });
      let said = "";
      for (const stream of [child.stdout, child.stderr]) stream.on("data", (data: Uint8Array) => said += text(data));
      try {
        await within(new Promise((resolve) => child.once("close", resolve)), "the end of the program", () => said);
      } finally {
        child.kill("SIGKILL");
      }
      assertEquals(said.trim(), "EMFILE EMFILE none");
    });
  });
}
