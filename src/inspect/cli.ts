/**
 * The program that looks at another one.
 *
 * @module
 */
import { findBuiltin } from "../adapters/shared/process.ts";

/**
 * Runs the program that shows the tasks of another one. Deno has it as `deno run -A jsr:@loop/asyncio/inspect`; on Bun and Node it is called, as in
 * `node -e 'import("@loop/asyncio/inspect").then((m) => m.cli(process.argv.slice(1)))' pstree TARGET`.
 *
 * `ps TARGET` prints a table, `pstree TARGET` a tree; `--json` the snapshot, `--watch` again every second. A target is what {@linkcode inspect} says
 * of itself in the other program, a port as `:8123`, the path of a Unix socket, the address of the inspector of V8, or the number of a process of Node or Deno.
 * `--help` says more.
 *
 * @param args the arguments, without those of the runtime
 * @returns the exit code: 0, 1 if the target cannot tell, 2 for wrong arguments; one that is not 0 is also set
 *
 * @example What it takes
 * ```ts
 * import { cli } from "@loop/asyncio/inspect";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await cli(["--help"]), 0);
 * ```
 *
 * @category Inspection
 */
export async function cli(args: readonly string[]): Promise<number> {
  const { main } = await import("./cli/main.ts");
  return await main(args);
}

/** Runs it if the module is the program, and not a part of a bundle that is. */
export function runAsProgram(url: string): void {
  if (!/\/inspect\/mod\.[jt]s$/.test(url)) return;
  const { argv = [] } = findBuiltin<{ readonly argv: readonly string[] }>("node:process") ?? {};
  // An error that is no fault of the arguments or the target is the host's to report.
  void cli(argv.slice(2));
}
