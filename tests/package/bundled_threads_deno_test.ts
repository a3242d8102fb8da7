/**
 * Threads of programs that a bundler has made files of, by the bundlers of each runtime.
 */
import { assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { findBun, findNode } from "../run/runtimes.ts";
import { unpackInto } from "./packed.ts";
import { commandOutput } from "./program_output.ts";
import { Tools } from "./tools.ts";

const tools = await Tools.install("bundles", { esbuild: "0.28.2", workerd: "1.20260730.1" });

type Run = (command: string, ...args: string[]) => Promise<string>;

const bun = await findBun();
const node = await findNode();
const deno = [Deno.execPath(), "run", "--no-config", "--no-prompt", "--quiet", "--allow-read"];

/** Makes a project of the program, which is bundled to its folder `dist`, and moves that away: nothing of the project may be needed. */
async function project(bundle: (run: Run) => Promise<string>, ways: readonly (readonly string[])[]): Promise<void> {
  await tools!.project(async (folder) => {
    await unpackInto(folder);
    for (const file of ["main.ts", "sums.ts", "worker.ts"]) {
      await Deno.copyFile(new URL(`fixtures/threads/${file}`, import.meta.url), `${folder}/${file}`);
    }
    const said = await bundle((command, ...args) => commandOutput(folder, command, args));
    assertMatch(said, /code 0$/);
    const elsewhere = await Deno.makeTempDir();
    try {
      for await (const { name } of Deno.readDir(`${folder}/dist`)) {
        await Deno.rename(`${folder}/dist/${name}`, `${elsewhere}/${name}`);
      }
      await Deno.writeTextFile(`${elsewhere}/package.json`, '{ "type": "module" }');
      for (const [command, ...args] of ways) {
        const output = await commandOutput(elsewhere, command!.replace(/^\.\//, `${elsewhere}/`), args);
        assertMatch(
          output,
          /^3\n8 10\nNotSupportedError Cannot start a worker: this program was bundled.*import "@loop\/asyncio\/worker".*\ncode 0$/,
        );
      }
    } finally {
      await Deno.remove(elsewhere, { recursive: true });
    }
  });
}

describe("The threads of a bundled program begin with the file that it ships", { ignore: tools === null }, () => {
  const everywhere = [deno, bun, node].map((command) => [...command, "main.js"]);

  it("when it was bundled by esbuild, also into pieces that both share", async () => {
    for (const more of [[], ["--splitting", "--minify"]]) {
      const flags = ["--bundle", "--format=esm", "--platform=node", "--outdir=dist", "--log-level=warning", ...more];
      await project((run) => run(tools!.command("esbuild"), "main.ts", "worker.ts", ...flags), everywhere);
    }
  });

  it("when it was bundled by Bun", async () => {
    const [command, ...args] = bun;
    const build = [...args, "build", "main.ts", "worker.ts", "--outdir=dist"];
    await project((run) => run(command!, ...build, "--target=node"), everywhere);
    await project((run) => run(command!, ...build, "--target=bun"), [[...bun, "main.js"]]);
  });

  it("when it was compiled by Bun to one executable", async () => {
    const [command, ...args] = bun;
    const flags = ["--compile", "--outfile=dist/program"];
    await project((run) => run(command!, ...args, "build", "main.ts", "worker.ts", ...flags), [["./program"]]);
  });

  it("when it was bundled by Deno", async () => {
    const bundle = [
      "bundle",
      "--quiet",
      "--no-config",
      "--node-modules-dir=manual",
      "--outdir=dist",
      "main.ts",
      "worker.ts",
    ];
    await project((run) => run(Deno.execPath(), ...bundle), [[...deno, "main.js"]]);
  });
});
