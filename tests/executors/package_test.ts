import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ended } from "../ended.ts";
import { writePackage } from "./package.ts";

const MAIN = `
import { run, threadModule, WorkerPool } from "@loop/asyncio";

const url = new URL("./sums.js", import.meta.url);
await run(function* () {
  const { add, later } = threadModule(url);
  console.log(yield* add(1, 2));
  console.log(yield* later(3));
});
const pool = new WorkerPool({ maxWorkers: 1 });
console.log(await pool.submit(pool.module(url).add, 4, 5));
`;

const SUMS = `
import { sleep } from "@loop/asyncio";

export const add = (a, b) => a + b;

export function* later(value) {
  yield* sleep(1);
  return 2 * value;
}
`;

/** Runs a program of a folder and gives what it wrote. */
async function output(folder: string): Promise<string> {
  const onDeno = [
    "run",
    "--no-config",
    "--no-prompt",
    "--quiet",
    "--node-modules-dir=manual",
    `--allow-read=${folder}`,
  ];
  const args = ["Deno" in globalThis ? onDeno : [], join(folder, "main.js")].flat();
  const { code, output, errors } = await ended(process.execPath, args, { cwd: folder });
  return `${output}${errors}code ${code}`;
}

describe("The package in its npm form", () => {
  it("finds its worker's module by itself, from node_modules, and needs no more than to read", async () => {
    const folder = await realpath(await mkdtemp(join(tmpdir(), "loop-asyncio-")));
    try {
      await writePackage(folder);
      await writeFile(join(folder, "main.js"), MAIN);
      await writeFile(join(folder, "sums.js"), SUMS);
      assertEquals(await output(folder), "3\n6\n9\ncode 0");
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
