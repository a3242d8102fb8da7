/**
 * Examples with packages of their own, as somebody has them who has installed those and this one.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Ended, ended } from "../ended.ts";
import { cacheFolder } from "../packages.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** The packages of an example, installed outside of the checkout; throws where they are not to be had. */
async function packages(name: string): Promise<string> {
  const folder = join(cacheFolder(), name);
  const { dependencies, ...rest } = JSON.parse(await readFile(join(root, "examples", name, "package.json"), "utf8"));
  // This package is linked to; its path would be another one from there.
  delete dependencies["@loop/asyncio"];
  const wanted = `${JSON.stringify({ ...rest, dependencies }, null, 2)}\n`;
  const mark = join(folder, "installed.json");
  if (existsSync(mark) && await readFile(mark, "utf8") === wanted) return folder;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), wanted);
  const args = ["install", "--prefix", folder, "--no-audit", "--no-fund", "--loglevel=error"];
  const { code, errors } = await ended("npm", args, { patience: 120_000 });
  if (code !== 0) throw new Error(`The packages of examples/${name} could not be installed by npm. ${errors}`);
  await writeFile(mark, wanted);
  return folder;
}

/** Hands out a copy of an example with its packages, and removes it afterwards. */
export async function installedExample<T>(name: string, use: (folder: string) => Promise<T>): Promise<T> {
  const installed = await packages(name);
  const folder = await realpath(await mkdtemp(join(tmpdir(), "loop-asyncio-")));
  try {
    for (const file of await readdir(join(root, "examples", name))) {
      if (/\.(ts|json)$/.test(file)) await copyFile(join(root, "examples", name, file), join(folder, file));
    }
    await mkdir(join(folder, "node_modules/@loop"), { recursive: true });
    await symlink(root, join(folder, "node_modules/@loop/asyncio"));
    const { dependencies } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    for (const one of Object.keys(dependencies)) {
      if (one !== "@loop/asyncio") {
        await symlink(join(installed, "node_modules", one), join(folder, "node_modules", one));
      }
    }
    const imports = { "@loop/asyncio": pathToFileURL(join(root, "mod.ts")).href };
    await writeFile(join(folder, "deno.json"), JSON.stringify({ nodeModulesDir: "manual", imports }));
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Runs a program of such a copy on the runtime of the tests. */
export function runIn(folder: string, file: string, env: Record<string, string>): Promise<Ended> {
  const flags = "Deno" in globalThis ? ["run", "--allow-all", "--no-prompt", "--quiet"] : [];
  return ended(process.execPath, [...flags, file], { cwd: folder, env: { ...process.env, ...env, NO_COLOR: "1" } });
}
