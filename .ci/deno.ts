import { type CommandResult, runCommand } from "../tests/run/command.ts";
import type { Show } from "../tests/run/show.ts";

/** Runs Deno with these arguments, and shows what it writes or only returns it. */
export async function deno(args: readonly string[], show?: Show): Promise<CommandResult> {
  const result = await runCommand([Deno.execPath(), ...args], { ...(show === undefined ? {} : { show }) });
  if (result.ended !== null) show?.line(`deno ${args.join(" ")} was ended, since ${result.ended}.`);
  return result;
}
