/**
 * How much longer a process takes that imports the module than one that does nothing.
 *
 * @module
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { spawnSync } from "node:child_process";
import { alternate, type Spread, spread } from "../alternate.ts";
import type { Runtime } from "../runtimes.ts";

/** Milliseconds of whole processes. */
export interface ImportTime {
  readonly on: Runtime["name"];
  readonly empty: Spread;
  readonly imports: Spread;
  /** What the import adds, round by round. */
  readonly added: Spread;
}

/** Starts a program that imports the module and one that imports nothing, in turn. */
export async function measureImport(runtime: Runtime, rounds: number): Promise<ImportTime> {
  const folder = mkdtempSync(`${tmpdir()}/loop-asyncio-import-`);
  try {
    const programs = {
      empty: "export {};\n",
      imports: `import ${JSON.stringify(new URL("../../mod.ts", import.meta.url).href)};\n`,
    };
    for (const [name, text] of Object.entries(programs)) writeFileSync(`${folder}/${name}.ts`, text);
    const [command, ...args] = runtime.command;
    const contenders = Object.keys(programs).map((name) => ({
      name,
      measure: () => {
        const start = performance.now();
        const { status } = spawnSync(command, [...args, `${folder}/${name}.ts`], { stdio: "ignore" });
        if (status !== 0) throw new Error(`${name}.ts has ended with ${status} on ${runtime.name}.`);
        return Promise.resolve(performance.now() - start);
      },
    }));
    // The first time, what was compiled is put into the runtime's cache.
    await alternate(contenders, 2);
    const measured = await alternate(contenders, rounds);
    const [empty, imports] = [measured.get("empty")!, measured.get("imports")!];
    const added = imports.map((value, round) => value - empty[round]!);
    return { on: runtime.name, empty: spread(empty), imports: spread(imports), added: spread(added) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
