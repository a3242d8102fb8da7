/**
 * The packages that the module is compared with: by `npm:` on Deno, installed outside the checkout for Bun.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { env } from "node:process";

/** The versions that are measured. */
export const VERSIONS = {
  effection: "4.1.1",
  effect: "4.1.0",
  "p-queue": "10.0.0",
  rxjs: "7.8.2",
  hono: "4.13.19",
  // Nothing is compared with it: it makes the bundles whose sizes are compared.
  esbuild: "0.28.2",
} as const;

/** A package of npm that is measured. */
export type PackageName = keyof typeof VERSIONS;

/** Where the packages are kept for Bun. */
export const FOLDER = `${env.XDG_CACHE_HOME || `${env.HOME || homedir()}/.cache`}/loop-asyncio/peers`;

/** Installs the packages for Bun, unless they are there already; says whether they are there now. */
export function installPackages(): boolean {
  const wanted = JSON.stringify({ private: true, dependencies: VERSIONS });
  try {
    if (readFileSync(`${FOLDER}/installed.json`, "utf8") === wanted) return true;
  } catch {
    // Nothing was installed yet.
  }
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(`${FOLDER}/package.json`, wanted);
  const args = ["install", "--prefix", FOLDER, "--no-audit", "--no-fund", "--loglevel=error"];
  if (spawnSync("npm", args, { stdio: ["ignore", "ignore", "inherit"] }).status !== 0) return false;
  writeFileSync(`${FOLDER}/installed.json`, wanted);
  return true;
}

/** Imports a package. The types are the caller's: so the benches check without what they compare with. */
export function load<T>(name: PackageName): Promise<T> {
  if ("Deno" in globalThis) return import(`npm:${name}@${VERSIONS[name]}`);
  return import(import.meta.resolve(name, `${FOLDER}/package.json`));
}
