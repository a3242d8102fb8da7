/**
 * The recipes: what each prints, on virtual time where it has no sockets, and that none leaves anything behind, wherever it is cancelled.
 */
import { readdirSync, readFileSync } from "node:fs";
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type Coroutine, getRunningLoop, run } from "../../mod.ts";
import { SAME_KEY } from "../../src/loop/signals.ts";
import { cancelEverywhere, runVirtual, testLoop } from "../../src/testing/mod.ts";
import { exampleFlags, Program } from "../program.ts";
import { Client } from "./program.ts";

const folder = new URL("../../examples/recipes/", import.meta.url);

interface Recipe {
  demo(): Coroutine<void>;
}

const load = async (name: string) => await import(`${folder}${name}.ts`) as Recipe;

/** What each prints, and when in milliseconds if that is its point. */
const PRINTED: Readonly<Record<string, readonly string[]>> = {
  cache: ["weather 1", "weather 1", "weather 1", "weather 2", "weather 3"],
  debounce: ["210: search for hel", "430: search for hello"],
  fan_out: ["1 of 5", "2 of 5", "3 of 5", "4 of 5", "5 of 5", "30 kB, 10 kB, 40 kB, 20 kB, 25 kB"],
  first_result: ["broken is done", "fast is done", "slow is done", "the answer of fast"],
  hedge: ["0: asks one", "50: asks two", "80: two is done", "80: one is done", "80: the answer of two"],
  job_queue: ["fire is done", "tea is done", "cake is done"],
  periodic: ["turn 1 after 100 ms", "turn 2 after 200 ms", "turn 5 after 500 ms", "turn 6 after 600 ms"],
  pub_sub: [
    "fast reads 1",
    "slow reads 1",
    "fast reads 2",
    "fast reads 3",
    "fast reads 4",
    "fast reads 5",
    "slow reads 4 and has missed 2",
    "fast reads 6",
    "slow reads 5",
    "slow reads 6",
  ],
  rate_limit: [0, 0, 0, 100, 200].map((ms, i) => `request ${i + 1} after ${ms} ms`),
  retry: ["an answer at attempt 3"],
  single_flight: [
    "fetching user 7",
    "fetching user 8",
    "user 7, user 7, user 8, user 7",
    "fetching user 7",
    "user 7",
  ],
};

/** These need more than time. */
const OTHERS = ["line_client", "worker"];

/** Runs a program, and returns the lines that it prints. */
async function printed(program: () => Promise<void>, time = () => 0): Promise<string[]> {
  const lines: string[] = [];
  const { log } = console;
  console.log = (line: string) => lines.push(`${time()}: ${line}`);
  try {
    await program();
  } finally {
    console.log = log;
  }
  return lines;
}

describe("The recipe", () => {
  for (const [name, lines] of Object.entries(PRINTED)) {
    it(`${name} prints what it says, on virtual time`, async () => {
      const { demo } = await load(name);
      const seen = await printed(
        () => runVirtual(demo, { fakeGlobals: true }),
        () => Math.round(getRunningLoop().time()),
      );
      const timed = lines.some((line) => /^\d+: /.test(line));
      assertEquals(seen.map((line) => timed ? line : line.replace(/^\d+: /, "")), lines);
    });

    if (name === "cache") continue; // Its refresh belongs to no caller: run() cancels it at the end.
    it(`${name} cleans up wherever it is cancelled`, async () => {
      const { demo } = await load(name);
      await printed(async () => void await cancelEverywhere(demo));
    });
  }

  it("line_client has every question answered, though its connections break", async () => {
    const { demo } = await load("line_client");
    const lines = await printed(() => testLoop(demo, { allowHost: true }));
    assertEquals(lines.map((line) => line.slice(3)), ["one", "two", "three", "four", "five"]);
  });

  it("worker does the jobs that are left after a SIGTERM", async () => {
    const program = await workerWithJobs("1");
    program.kill("SIGTERM");
    assertEquals(await program.ended, 143);
    for (const line of ["one", "two", "three"]) assert(program.output.includes(`done: ${line}\n`), program.output);
    assert(program.output.endsWith("every job is done\n"), program.output);
  });

  it("worker ends at once at a second SIGTERM", async () => {
    const program = await workerWithJobs("60000");
    program.kill("SIGTERM");
    await program.until("shutting down, 1 jobs wait");
    // What comes sooner counts as the same one.
    await new Promise((resolve) => setTimeout(resolve, SAME_KEY + 10));
    program.kill("SIGTERM");
    assertEquals(await program.ended, 143);
    assert(!program.output.includes("done"), program.output);
  });

  it("runs as a program of its own", async () => {
    const names = [...Object.keys(PRINTED), "line_client"];
    const ended = names.map(async (name) => {
      const flags = exampleFlags(...name === "line_client" ? ["--allow-net=127.0.0.1"] : []);
      const program = new Program(new URL(`${name}.ts`, folder), flags);
      return [name, await program.ended, program.errors, program.output !== ""];
    });
    assertEquals(await Promise.all(ended), names.map((name) => [name, 0, "", true]));
  });

  it("is always shorter than 60 lines, imports nothing but this module, and is tested here", () => {
    const files = readdirSync(folder);
    assertEquals(files.map((file) => file.replace(".ts", "")).sort(), [...Object.keys(PRINTED), ...OTHERS].sort());
    for (const file of files) {
      const text = readFileSync(new URL(file, folder), "utf8");
      assert(text.split("\n").length <= 60, `${file} has ${text.split("\n").length} lines`);
      for (const [, specifier] of text.matchAll(/ from "(.*)"/g)) {
        assert(["@loop/asyncio", "node:process"].includes(specifier!), `${file} imports ${specifier}`);
      }
    }
  });
});

/** Starts the worker, and gives it three jobs of so many milliseconds. */
async function workerWithJobs(time: string): Promise<Program> {
  const program = new Program(new URL("worker.ts", folder), exampleFlags("--allow-net=127.0.0.1"), ["0", time]);
  const port = await program.port();
  await run(async () => {
    const client = await Client.connect(port);
    client.send("one\ntwo\nthree\n");
    await client.hears("one\ntwo\nthree\n");
    await client.leave();
  });
  return program;
}
