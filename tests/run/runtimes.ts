/** The command that starts Bun: the one of PATH, or else one that npm fetches. */
export async function findBun(): Promise<string[]> {
  return await version("bun") ? ["bun"] : ["npx", "-y", "bun@1.4.5"];
}

/** The command that starts a Node that reads TypeScript and has import hooks: 24 or newer. */
export async function findNode(): Promise<string[]> {
  const found = /^v(\d+)\./.exec(await version("node") ?? "");
  return Number(found?.[1] ?? 0) >= 24 ? ["node"] : ["npx", "-y", "node@24"];
}

async function version(program: string): Promise<string | undefined> {
  try {
    const { success, stdout } = await new Deno.Command(program, { args: ["--version"], stdin: "null" }).output();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch {
    return undefined;
  }
}
