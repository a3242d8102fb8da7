import { mkdtemp, readdir, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { writePackage } from "./npm_form.ts";
import { programOutput } from "./program_output.ts";

const MAIN = `
import { gather, run, remoteModule, toThread, WorkerPool } from "@loop/asyncio";

const url = new URL("./sums.js", import.meta.url);
await run(function* () {
  const { add, later } = remoteModule(url);
  console.log(yield* toThread(add, 1, 2));
  console.log(...yield* gather(toThread(later, 3), later(4)));
});
const pool = new WorkerPool({ maxWorkers: 1 });
pool.expose({ double: (value) => 2 * value });
const sums = pool.remoteModule(url);
console.log(await pool.submit(sums.add, 4, 5));
await run(async () => {
  console.log(await pool.submit(sums.asked, 6));
  for await (const sum of pool.map(sums.twice, [1, 2, 3])) console.log(sum);
});
await pool.shutdown();
`;

const SUMS = `
import { exposed, sleep } from "@loop/asyncio";

export const add = (a, b) => a + b;
export const twice = (value) => 2 * value;

export function* later(value) {
  yield* sleep(1);
  return 2 * value;
}

export async function asked(value) {
  return await exposed().double(value);
}
`;

const APART = `
import * as all from "@loop/asyncio";
import * as adapter from "@loop/asyncio/adapter";
import * as http from "@loop/asyncio/http";
import * as worker from "@loop/asyncio/worker";

const { run, Queue, taskGroup, sleep } = all;
console.log(Object.keys(adapter).length, Object.keys(worker).length, Object.keys(all).length > 80, typeof http.serve);
console.log(await run(async () => {
  const queue = new Queue();
  return await taskGroup(async (group) => {
    group.createTask(() => queue.put("tasks"));
    await sleep(1);
    return await queue.get();
  });
}));
`;

async function inPackage(test: (folder: string, files: string[]) => Promise<void>): Promise<void> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "loop-asyncio-")));
  try {
    await test(folder, await writePackage(folder));
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe("The package in its npm form", () => {
  it("runs functions in threads, from node_modules, and needs no more than to read", async () => {
    await inPackage(async (folder) => {
      await writeFile(join(folder, "main.js"), MAIN);
      await writeFile(join(folder, "sums.js"), SUMS);
      assertEquals(await programOutput(folder, "main.js"), "3\n6 8\n9\n12\n2\n4\n6\ncode 0");
    });
  });

  it("has every module that it loads, and nothing that is not JavaScript", async () => {
    await inPackage(async (folder, files) => {
      const written = await readdir(join(folder, "node_modules/@loop/asyncio"), { recursive: true });
      assert(files.includes("src/executors/worker.js"));
      assert(files.includes("src/executors/worker_loop.js"));
      assertEquals(written.filter((name) => name.endsWith(".ts")), []);
    });
  });

  it("runs without Hono, and its other entry points can be imported anywhere", async () => {
    await inPackage(async (folder) => {
      await writeFile(join(folder, "apart.js"), APART);
      assertEquals(await programOutput(folder, "apart.js"), "0 0 true function\ntasks\ncode 0");
    });
  });
});
