import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawn } from "node:child_process";
import { connect, type Socket } from "node:net";
import { platform } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { text } from "../../text.ts";
import { eventually, within } from "../../within.ts";

const ignore = platform() !== "linux" || !("Deno" in globalThis || "Bun" in globalThis);
const fixture = fileURLToPath(new URL("../fixtures/selector_few_files.ts", import.meta.url));
const flags = "Deno" in globalThis ? ["run", "--quiet", "--no-check", "--allow-all"] : [];

describe("The selector with no file left", { ignore }, () => {
  it("turns clients away, says so once, and serves again when files are free", async () => {
    const command = 'ulimit -n 64; exec "$@"';
    const child = spawn("sh", ["-c", command, "sh", process.execPath, ...flags, fixture], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    child.stdout.on("data", (data: Uint8Array) => said += text(data));
    const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
    const clients: { socket: Socket; heard: string; isOver: boolean }[] = [];
    const come = (port: number) => {
      const client = { socket: connect(port, "127.0.0.1"), heard: "", isOver: false };
      client.socket.on("data", (data: Uint8Array) => client.heard += text(data));
      client.socket.on("error", () => {});
      client.socket.on("close", () => client.isOver = true);
      clients.push(client);
      return client;
    };
    try {
      await eventually(() => said.includes("\n"), "the port", () => said);
      const port = parseInt(said);
      for (let i = 0; i < 80; i++) come(port);
      await eventually(() => clients.every(({ heard, isOver }) => heard !== "" || isOver), "an answer for each client");
      const served = clients.filter(({ heard }) => heard === "hello").length;
      assert(served > 10 && served < 64, `${served} were served`);
      for (const { socket } of clients) socket.destroy();
      await eventually(() => clients.every(({ isOver }) => isOver), "the clients to leave");
      const late = () => come(port);
      let last = late();
      await eventually(() => {
        if (last.isOver) last = late();
        return last.heard === "hello";
      }, "a greeting when files are free");
      last.socket.destroy();
      // A module that could not be loaded meanwhile is told of as well.
      const told = said.trim().split("\n").filter((line) => line.startsWith("Cannot accept"));
      assertEquals(told, ["Cannot accept connections for want of system resources EMFILE"]);
    } finally {
      for (const { socket } of clients) socket.destroy();
      child.kill("SIGKILL");
      await within(ended, "the end of the server");
    }
  });
});
