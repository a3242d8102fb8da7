import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawn, spawnSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { platform, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { openConnection, run } from "../../mod.ts";
import { freePort } from "../free_port.ts";
import { exampleFlags, Program } from "../program.ts";
import { bytes, text } from "../text.ts";
import { eventually, within } from "../within.ts";

const example = (file: string) => new URL(`../../examples/${file}`, import.meta.url);
const hasSelector = platform() === "linux" && ("Deno" in globalThis || "Bun" in globalThis);
const activate = "systemd-socket-activate";

describe("The reader of a FIFO", { ignore: !hasSelector }, () => {
  it("prints the lines of whoever writes, until one of them is quit", async () => {
    const folder = mkdtempSync(join(tmpdir(), "la-"));
    try {
      const path = join(folder, "lines");
      spawnSync("mkfifo", [path]);
      const flags = exampleFlags("--allow-ffi", "--allow-read", "--allow-write");
      const reader = new Program(example("fifo_reader.ts"), flags, [path]);
      // Open for both directions, so that nothing waits for the reader.
      const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
      writeSync(fd, bytes("hello\nworld\nquit\n"));
      try {
        assertEquals(await within(reader.ended, "the end of the reader"), 0);
      } finally {
        closeSync(fd);
      }
      assertEquals([reader.output, reader.errors], ["hello\nworld\nquit\n", ""]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("A server that systemd starts", { ignore: spawnSync(activate, ["--version"]).status !== 0 }, () => {
  it("serves a real client by the socket that it is passed, and ends when none comes", async () => {
    const port = await freePort();
    const flags = exampleFlags("--allow-net", "--allow-env=LISTEN_FDS,LISTEN_PID,LISTEN_FDNAMES");
    const file = fileURLToPath(example("socket_activation/server.ts"));
    const child = spawn(
      activate,
      ["-l", `127.0.0.1:${port}`, "--fdname=echo", "--", process.execPath, ...flags, file, "--idle", "0.3"],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data: Uint8Array) => said += text(data));
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    try {
      await eventually(() => said.includes("Listening on"), "systemd-socket-activate to listen", () => said);
      await run(function* () {
        const [reader, writer] = yield* openConnection("127.0.0.1", port);
        writer.write(bytes("hello\n"));
        assertEquals(text(yield* reader.readline()), "hello\n");
        writer.close();
      });
      assertEquals(await within(ended, "the end of the server", () => said), 0, said);
      assert(said.includes(`Listening on port ${port}, which is "echo" of systemd.`), said);
      assert(said.endsWith("Nobody has come for a while.\n"), said);
    } finally {
      child.kill("SIGKILL");
      await within(ended, "the end of systemd-socket-activate");
    }
  });
});
