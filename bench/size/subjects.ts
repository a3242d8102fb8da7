/**
 * What is imported and bundled: this module, and each peer beside it.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { output } from "../harness/hosts.ts";
import { FOLDER, installPackages, VERSIONS } from "../peers/packages.ts";

/** The root of the checkout. */
export const ROOT: string = fileURLToPath(new URL("../../", import.meta.url));

/** The peers whose import and bundle are measured. */
export const PEERS = ["p-queue", "effection", "rxjs", "effect"] as const;

/** The files of the entry points, by their names in deno.json. */
const entries: Readonly<Record<string, string>> = JSON.parse(readFileSync(`${ROOT}deno.json`, "utf8")).exports;

/** The file of an entry point of this checkout; the main one's if there is no such entry point. */
export function entryFile(name: string): string {
  return `${ROOT}${entries[name] ?? entries["."]}`.replace("/./", "/");
}

/** The specifier of an entry point of the installed package. */
export function entrySpecifier(name: string): string {
  return name in entries ? `@loop/asyncio${name.slice(1)}` : "@loop/asyncio";
}

/** What a runtime's program names to import a peer. */
export function peerSpecifier(peer: typeof PEERS[number], runtime: string): string {
  return runtime === "Deno" ? `npm:${peer}@${VERSIONS[peer]}` : peer;
}

/** Works in a folder in which the peers are installed and that is removed at the end. Rejects if npm cannot install them. */
export async function inProject<T>(work: (folder: string) => Promise<T>): Promise<T> {
  if (!installPackages()) throw new Error("Cannot measure sizes: npm did not install the peers and esbuild.");
  const folder = mkdtempSync(`${FOLDER}/project-`);
  try {
    writeFileSync(`${folder}/package.json`, '{ "type": "module" }\n');
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Installs this module in such a folder in the form in which npm gets it, as `deno pack` makes it. */
export async function installOwnPackage(folder: string): Promise<void> {
  const target = `${folder}/node_modules/@loop/asyncio`;
  mkdirSync(target, { recursive: true });
  const tarball = `${folder}/package.tgz`;
  const flags = ["--allow-dirty", "--no-source-maps", "--quiet", "--config", `${ROOT}deno.offline.json`];
  await output(["deno", "pack", ...flags, "--output", tarball]);
  await output(["tar", "xzf", tarball, "-C", target, "--strip-components=1"]);
}
