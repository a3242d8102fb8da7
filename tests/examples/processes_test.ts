import process from "node:process";
import { fileURLToPath } from "node:url";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  type Coroutine,
  createSubprocessExec,
  type LazyAwaitable,
  PIPE,
  run,
  type StreamReader,
  timeout,
  TimeoutError,
  use,
} from "../../mod.ts";
import { PATIENCE } from "../within.ts";
import { onTerminal } from "./terminal.ts";

/** An example as a command of the runtime that runs the tests, as its first lines say. */
function exampleCommand(file: string, permissions: string[], ...args: string[]): string[] {
  const path = fileURLToPath(new URL(`../../examples/${file}`, import.meta.url));
  const flags = "Deno" in globalThis ? ["run", "--no-prompt", "--quiet", ...permissions] : [];
  return [process.execPath, ...flags, path, ...args];
}

function start(file: string, permissions: string[], ...args: string[]) {
  const [program, ...rest] = exampleCommand(file, permissions, ...args);
  return createSubprocessExec(program as string, rest, { stdout: PIPE, stderr: PIPE });
}

const decoder = new TextDecoder();

/** Its output, its errors and its exit code. */
async function ended(file: string, permissions: string[], ...args: string[]): Promise<[string, string, number]> {
  return await run(function* () {
    const example = yield* start(file, permissions, ...args);
    const [output, errors] = yield* limited("the end of the example", () => example.communicate());
    return [decoder.decode(output), decoder.decode(errors), yield* example.wait()];
  });
}

/** Waits for what an example does, but not for ever. */
function* limited<T>(what: string, wait: () => LazyAwaitable<T> | Coroutine<T>): Coroutine<T> {
  try {
    return yield* timeout(PATIENCE, wait);
  } catch (error) {
    throw error instanceof TimeoutError ? new Error(`Waited in vain for ${what}.`) : error;
  }
}

describe("The pipeline", () => {
  it("passes what one program writes to the next", async () => {
    const [output, errors, code] = await ended("pipeline.ts", ["--allow-run=ls,sort,head"], "/", "3");
    assertEquals([errors, code], ["", 0]);
    const lines = output.trim().split("\n");
    assertEquals([lines.length, lines], [3, [...lines].sort().reverse()]);
  });

  it("ends an endless source when the last program has seen enough", async () => {
    const words = "yes : head -n 3 : tr y n".split(" ");
    assertEquals(await ended("pipeline.ts", ["--allow-run"], ...words), ["n\nn\nn\n", "", 0]);
  });

  it("gives the exit code of the last program, and says which one there is not", async () => {
    const permissions = ["--allow-run"];
    assertEquals((await ended("pipeline.ts", permissions, "false", ":", "grep", "x"))[2], 1);
    const [output, errors, code] = await ended("pipeline.ts", permissions, "yes", ":", "no-such-program-here");
    assertEquals([output, code], ["", 1]);
    assertStringIncludes(errors, 'Cannot start "no-such-program-here"');
    assertEquals((await ended("pipeline.ts", permissions, "true", ":", "sh", "-c", "kill -9 $$"))[2], 137);
  });

  it("runs a single command that has a : before it", async () => {
    assertEquals(await ended("pipeline.ts", ["--allow-run"], ":", "sh", "-c", "echo x; exit 3"), ["x\n", "", 3]);
  });

  it("says how it is used, and runs nothing, when a : is missing or has no command", async () => {
    for (
      const words of [["sh", "-c", "exit 3"], ["ls", "-l"], ["-l"], ["/", "-1"], ["yes", ":"], ["yes", ":", ":"], [":"]]
    ) {
      const [output, errors, code] = await ended("pipeline.ts", ["--allow-run"], ...words);
      assertEquals([output, code], ["", 2]);
      assertStringIncludes(errors, "Usage: ");
    }
  });

  it("ends all programs by Ctrl-C, without a word", async () => {
    await run(function* () {
      const words = ["yes", ":", "sh", "-c", "echo ready; exec cat > /dev/null"];
      yield* use(start("pipeline.ts", ["--allow-run"], ...words), function* (pipeline) {
        yield* linesUntil(pipeline.stdout, ["ready"]);
        pipeline.sendSignal("SIGINT");
        const [output, errors] = yield* limited("the end of the pipeline", () => pipeline.communicate());
        assertEquals([decoder.decode(output), decoder.decode(errors), pipeline.returncode], ["", "", 130]);
      });
    });
  });
});

describe("The process pool", () => {
  const permissions = ["--allow-run", "--allow-env"];

  it("keeps so many processes running, starts those again that end, and ends them all by SIGTERM", async () => {
    await run(function* () {
      const script = 'echo "worker $WORKER"; [ $WORKER = 1 ] && exit 3; exec sleep 60';
      yield* use(start("process_pool.ts", permissions, "2", "sh", "-c", script), function* (pool) {
        const seen = yield* linesUntil(pool.stdout, ["[1] ended with code 3, starts again in 200 ms", "[2] worker 2"]);
        assert(seen.includes("[1] ended with code 3, starts again in 100 ms"), seen.join("\n"));
        // The other process may be so late that this one has begun for the third time.
        const twice = seen.slice(0, seen.indexOf("[1] ended with code 3, starts again in 200 ms"));
        assertEquals(twice.filter((line) => line === "[1] worker 1").length, 2);
        const [, pid] = /started as (\d+)/.exec(seen.find((line) => line.startsWith("[2] started")) as string) ?? [];
        pool.terminate();
        const read = yield* limited("the end of the pool", () => pool.stdout.read());
        assertEquals(decoder.decode(read).includes("[2] was ended"), false);
        assertEquals(yield* pool.wait(), 143);
        assertEquals(isThere(Number(pid)), false);
      });
    });
  });

  it("gives up a process that will not stay up", async () => {
    const [output, errors, code] = await ended("process_pool.ts", permissions, "1", "sh", "-c", "exit 3");
    assertEquals([output.match(/started as/g)?.length, output.match(/starts again/g)?.length, code], [5, 4, 1]);
    assertMatch(errors, /^\[1\] ended with code 3, for the 5th time in a row/);
  });

  it("does not try a program again that is not there, is none, or may not be run", async () => {
    for (const program of ["no-such-program-here", "/etc/passwd", "/etc/passwd/sh", "x".repeat(300)]) {
      const [output, errors, code] = await ended("process_pool.ts", permissions, "1", program);
      assertEquals([output, code], ["", 1]);
      assertMatch(errors, /^\[1\] Cannot start [^\n]*\n$/);
    }
  });

  it("starts nothing again at the Ctrl-C of a terminal", { ignore: onTerminal === null }, async () => {
    for (const script of ["echo up; exec sleep 60", "trap 'exit 130' INT; echo up; sleep 60 & wait"]) {
      const command = exampleCommand("process_pool.ts", permissions, "2", "sh", "-c", script);
      const { code, output } = await onTerminal!(command, "[1] up", "[2] up");
      assertEquals([output.includes("starts again"), code], [false, 130], output);
    }
  });

  it("says how it is used", async () => {
    for (const args of [[], ["none"], ["0", "true"], ["1"], ["1", ""]]) {
      const [output, errors, code] = await ended("process_pool.ts", permissions, ...args);
      assertStringIncludes(errors, "Usage:");
      assertEquals([output, code], ["", 2]);
    }
  });
});

/** Reads lines until all of these were seen. */
function* linesUntil(reader: StreamReader, wanted: string[]): Coroutine<string[]> {
  const seen: string[] = [];
  while (!wanted.every((line) => seen.includes(line))) {
    const line = yield* limited(`${wanted}. It has printed:\n${seen.join("\n")}`, () => reader.readline());
    if (line.length === 0) throw new Error(`The example ended after it had printed:\n${seen.join("\n")}`);
    seen.push(decoder.decode(line).trimEnd());
  }
  return seen;
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
