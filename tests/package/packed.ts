/**
 * The package as a package manager unpacks it, with its declarations.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { commandOutput } from "./program_output.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Packs the checkout as `deno pack` does, which makes what JSR serves to npm, into the node_modules of a folder. */
export async function unpackInto(folder: string): Promise<void> {
  const target = `${folder}/node_modules/@loop/asyncio`;
  await Deno.mkdir(target, { recursive: true });
  const tarball = `${folder}/package.tgz`;
  const flags = ["--allow-dirty", "--no-source-maps", "--quiet", "--config", "deno.offline.json"];
  const packed = await commandOutput(root, Deno.execPath(), ["pack", ...flags, "--output", tarball]);
  if (!packed.endsWith("code 0")) throw new Error(`Cannot pack: ${packed}`);
  const unpacked = await commandOutput(folder, "tar", ["xzf", tarball, "-C", target, "--strip-components=1"]);
  if (!unpacked.endsWith("code 0")) throw new Error(`Cannot unpack: ${unpacked}`);
}
