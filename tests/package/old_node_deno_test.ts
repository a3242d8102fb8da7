/**
 * The package on a Node that is too old for it.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { unpackInto } from "./packed.ts";
import { commandOutput } from "./program_output.ts";
import { Tools } from "./tools.ts";

const { os, arch } = Deno.build;
const platform = `node-${os}-${arch === "x86_64" ? "x64" : "arm64"}`;
const tools = os === "linux" || os === "darwin"
  ? await Tools.install("old-node", { node20: `npm:${platform}@20.20.2`, node22: `npm:${platform}@22.23.3` })
  : null;

describe("The first call on", { ignore: tools === null }, () => {
  for (const version of ["20.20.2", "22.23.3"]) {
    it(`Node ${version} says that Node 24 is needed, whichever call it is`, async () => {
      await tools!.project(async (folder) => {
        await unpackInto(folder);
        await Deno.copyFile(new URL("fixtures/old_runtime.js", import.meta.url), `${folder}/main.js`);
        const node = tools!.file(`node${version.slice(0, 2)}/bin/node`);
        const lines = (await commandOutput(folder, node, ["main.js"])).split("\n");
        assertEquals(lines.map((line) => line.split(" ")[0]), ["run", "Runner", "EventLoop", "WorkerPool", "code"]);
        for (const line of lines.slice(0, -1)) {
          assertMatch(line, new RegExp(`^\\w+ NotSupportedError Cannot make .* on Node ${version}, .*on Node 24`));
        }
        assertEquals(lines.at(-1), "code 0");
      });
    });
  }
});
