import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { exampleFlags, Program } from "../program.ts";
import { onTerminal } from "./terminal.ts";
import process from "node:process";
import { fileURLToPath } from "node:url";

function start(file: string, flags: string[], ...args: string[]): Program {
  return new Program(new URL(`../../examples/${file}`, import.meta.url), exampleFlags(...flags), args);
}

describe("The crawler", () => {
  it("loads every page once, but what robots.txt forbids, and says what is missing", async () => {
    const program = start("crawler.ts", ["--allow-net=127.0.0.1"], "--pause", "1", "--at-once", "3");
    assertEquals([await program.ended, program.errors], [0, ""]);
    const pages = [...program.output.matchAll(/\/(\w+): (.*)$/gm)].map(([, path, what]) => [path, what]);
    assertEquals(new Set(pages.map(([path]) => path)).size, 13);
    assertEquals(pages.length, 13);
    assert(!program.output.includes("private"), program.output);
    assertEquals(pages.filter(([, what]) => what === "status 404").length, 7);
  });

  it("loads no more pages than it may", async () => {
    const program = start("crawler.ts", ["--allow-net=127.0.0.1"], "--pause", "1", "--pages", "4");
    assertEquals(await program.ended, 0);
    assert(program.output.endsWith("4 pages\n"), program.output);
  });

  it("ends at Ctrl-C with what it has found", async () => {
    const program = start("crawler.ts", ["--allow-net=127.0.0.1"], "--pause", "300");
    await program.until("1 of 1");
    program.interrupt();
    assertEquals(await program.ended, 130);
    assert(/^\d+ pages\n$/m.test(program.output), program.output);
  });

  it("refuses what is no number", async () => {
    const program = start("crawler.ts", ["--allow-net=127.0.0.1"], "--pause", "soon");
    assertEquals(await program.ended, 2);
  });
});

describe("The timers", () => {
  it("refuse what is no time", async () => {
    const program = start("cli_timer.ts", [], "tea=soon");
    assertEquals([await program.ended, program.errors.startsWith("Usage:")], [2, true]);
  });

  it("are a table on a terminal, which Ctrl-C ends with its cursor back", { ignore: onTerminal === null }, async () => {
    const path = fileURLToPath(new URL("../../examples/cli_timer.ts", import.meta.url));
    const deno = "Deno" in globalThis;
    const command = [process.execPath, ...deno ? ["run", "--no-prompt", "--quiet"] : [], ...exampleFlags(), path];
    const { code, output } = (await onTerminal!([...command, "tea=0", "eggs=600"], "tea ", "done", "eggs "))!;
    assertEquals(code, 130);
    assert(output.includes("\x1b[?25l") && output.trimEnd().endsWith("\x1b[?25h"), JSON.stringify(output));
  });
});
