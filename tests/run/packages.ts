import { packagesFolder } from "../packages.ts";

/** So long, in milliseconds, npm may take. */
const PATIENCE = 5 * 60_000;

/** Installs what package.json asks for, unless it is there already, and gives the folder that holds node_modules. */
export async function installPackages(): Promise<string> {
  const folder = packagesFolder();
  if (await exists(folder)) return folder;
  const making = `${folder}-${crypto.randomUUID()}`;
  await Deno.mkdir(making, { recursive: true });
  try {
    await Deno.copyFile("package.json", `${making}/package.json`);
    const { success } = await new Deno.Command("npm", {
      args: ["install", "--prefix", making, "--no-audit", "--no-fund", "--loglevel=error"],
      stdin: "null",
      signal: AbortSignal.timeout(PATIENCE),
    }).output();
    if (!success) throw new Error("npm failed");
    await Deno.rename(making, folder);
  } catch (error) {
    await Deno.remove(making, { recursive: true });
    // Another run may have been faster.
    if (!await exists(folder)) console.error(`Cannot install the packages of package.json in ${folder}: ${error}`);
  }
  return folder;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
