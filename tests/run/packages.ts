/** Where what the runner installs is kept: outside the checkout, where no resolution of modules comes past. */
export function cacheFolder(): string {
  const home = Deno.env.get("HOME") ?? Deno.env.get("USERPROFILE") ?? "/tmp";
  return `${Deno.env.get("XDG_CACHE_HOME") || `${home}/.cache`}/loop-asyncio`;
}

/** Installs what package.json asks for, unless it is there already, and gives the folder that holds node_modules. */
export async function installPackages(): Promise<string> {
  const folder = `${cacheFolder()}/packages`;
  const wanted = await Deno.readTextFile("package.json");
  const installed = await Deno.readTextFile(`${folder}/installed.json`).catch(() => "");
  if (installed === wanted) return folder;
  await Deno.mkdir(folder, { recursive: true });
  await Deno.copyFile("package.json", `${folder}/package.json`);
  const { success } = await new Deno.Command("npm", {
    args: ["install", "--prefix", folder, "--no-audit", "--no-fund", "--loglevel=error"],
    stdin: "null",
  }).output();
  if (!success) console.error(`Cannot install the packages of package.json in ${folder}: npm failed.`);
  else await Deno.writeTextFile(`${folder}/installed.json`, wanted);
  return folder;
}
