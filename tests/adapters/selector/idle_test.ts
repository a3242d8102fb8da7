import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawn } from "node:child_process";
import { platform } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { text } from "../../text.ts";
import { within } from "../../within.ts";

const ignore = platform() !== "linux" || !("Deno" in globalThis || "Bun" in globalThis);
const fixture = fileURLToPath(new URL("../fixtures/selector_without_aio.ts", import.meta.url));

describe("The selector where the system allows no asynchronous I/O", { ignore }, () => {
  it("has a thread wait, says so once, and lets the program end", async () => {
    const args = "Deno" in globalThis ? ["run", "--quiet", "--no-check", "--allow-all", fixture] : [fixture];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    let out = "";
    let errors = "";
    child.stdout.on("data", (data: Uint8Array) => out += text(data));
    child.stderr.on("data", (data: Uint8Array) => errors += text(data));
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    try {
      assertEquals(await within(ended, "the end of a program without asynchronous I/O", () => out + errors), 0, errors);
    } finally {
      child.kill("SIGKILL");
    }
    assertEquals(out.trim().split("\n"), ["echo 0", "echo 1", "echo 2", "over"]);
    assert(/^Cannot wait for descriptors by io_setup\(\).*A thread waits in its place[^\n]*\n$/.test(errors), errors);
  });
});
