import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ended } from "../ended.ts";
import { within } from "../within.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const example = join(root, "examples/distributed");

/** The packages of the example, installed outside of the checkout; null where they are not to be had. */
async function packages(): Promise<string | null> {
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "loop-asyncio/distributed");
  const { dependencies, ...rest } = JSON.parse(await readFile(join(example, "package.json"), "utf8"));
  // This package is linked to; its path would be another one from there.
  delete dependencies["@loop/asyncio"];
  const wanted = `${JSON.stringify({ ...rest, dependencies }, null, 2)}\n`;
  const mark = join(folder, "installed.json");
  if (existsSync(mark) && await readFile(mark, "utf8") === wanted) return folder;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), wanted);
  const args = ["install", "--prefix", folder, "--no-audit", "--no-fund", "--loglevel=error"];
  const { code, errors } = await ended("npm", args, { patience: 120_000 });
  if (code !== 0) {
    console.error(errors);
    return null;
  }
  await writeFile(mark, wanted);
  return folder;
}

/** The example as somebody has it who has installed its packages and this one. */
async function copyExample(installed: string): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "loop-asyncio-")));
  for (const file of await readdir(example)) {
    if (/\.(ts|json)$/.test(file)) await copyFile(join(example, file), join(folder, file));
  }
  await mkdir(join(folder, "node_modules/@loop"), { recursive: true });
  await symlink(root, join(folder, "node_modules/@loop/asyncio"));
  for (const name of ["bullmq", "ioredis"]) {
    await symlink(join(installed, "node_modules", name), join(folder, "node_modules", name));
  }
  const imports = { "@loop/asyncio": pathToFileURL(join(root, "mod.ts")).href };
  await writeFile(join(folder, "deno.json"), JSON.stringify({ nodeModulesDir: "manual", imports }));
  return folder;
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

/** Runs the demo with a Redis of its own. */
async function demo(folder: string): Promise<{ code: unknown; lines: string[] }> {
  const port = await freePort();
  const redis = spawn("redis-server", ["--port", `${port}`, "--save", "", "--bind", "127.0.0.1"], { stdio: "pipe" });
  const redisEnded = once(redis, "close");
  try {
    let said = "";
    const failed = redisEnded.then(() => {
      throw new Error(`redis-server has ended: ${said}`);
    });
    // Its end is no failure later on.
    failed.catch(() => {});
    const ready = async () => {
      while (!said.includes("Ready to accept")) said += String((await once(redis.stdout, "data"))[0]);
    };
    await within(Promise.race([ready(), failed]), "redis-server", () => said);
    redis.stdout.resume();
    const flags = "Deno" in globalThis ? ["run", "--allow-all", "--no-prompt", "--quiet"] : [];
    const env = { ...process.env, REDIS_URL: `redis://127.0.0.1:${port}`, NO_COLOR: "1" };
    const { code, output, errors } = await ended(process.execPath, [...flags, "demo.ts"], { cwd: folder, env });
    // Whether texts stand in single or double quotes is the runtime's business.
    return { code, lines: (output + errors).trim().replaceAll("'", '"').split("\n") };
  } finally {
    redis.kill();
    await within(redisEnded, "the end of redis-server");
  }
}

const hasRedis = spawnSync("redis-server", ["--version"]).status === 0;
if (!hasRedis) console.log("There is no redis-server here: the example of calls on other machines is not tried.");

describe("The executor over BullMQ", { ignore: !hasRedis }, () => {
  it("gives results, errors and progress, cancels, retries, and has the call of a killed worker made by another", async () => {
    const installed = await packages();
    if (installed === null) throw new Error("The packages of examples/distributed could not be installed by npm.");
    const folder = await copyExample(installed);
    try {
      assertEquals(await demo(folder), {
        code: 0,
        lines: [
          "results: [ 4, 25, 168 ]",
          "map: [ 8, 10, 12 ]",
          "toThread: 15",
          'progress: [ "1 of 3", "2 of 3", "3 of 3" ] counted',
          "retries: succeeded after 2 failures",
          "error: RangeError It never succeeds. (with its stack)",
          "refused: Cannot load worker.ts: it is not one of the modules of this worker, functions.ts.",
          'cancelled: true [ "begun", "cancelled" ]',
          "killed: it ran again, in another process",
        ],
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
