/**
 * From an empty folder to a running program, as the README says it, on each runtime; and its two commands with everything from a registry.
 */
import { assert, assertEquals } from "@std/assert";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { type CodeBlock, codeBlocks, pages } from "../docs/code_blocks.ts";
import { cacheFolder } from "../packages.ts";
import { ended } from "../ended.ts";
import { eventually } from "../within.ts";
import { findBun, findNode } from "../run/runtimes.ts";
import { Registry } from "./registry.ts";
import { Tools } from "./tools.ts";

const readme = await Deno.readTextFile(new URL("../../README.md", import.meta.url));
const root = new URL("../../", import.meta.url).pathname;
/** The program that `npx jsr` and `bunx jsr` fetch. */
const tools = await Tools.install("jsr", { jsr: "0.14.3" });

/** The commands of the README for installing, by their first words. */
const commands = new Map(
  [...readme.matchAll(/^(deno add|bunx jsr|npx jsr|npx -y deno@[\d.]+ task \w+)(.*)$/gm)].map((
    [whole, name],
  ) => [name!, whole.replace(/ *#.*/, "")]),
);

const [first] = await codeBlocks("README.md");
const PROGRAM = first!.code;
const PRINTS = first!.prints!;

/** What the rules object to. */
const FORGOTTEN = 'import { run, sleep } from "@loop/asyncio";\nawait run(async () => void sleep(1));\nsleep(1);\n';

/** Where Deno keeps what it has fetched for these tests: the packages of npm for the next time, and for a moment those of the registry. */
const CACHE = `${cacheFolder()}/registry`;

async function forget({ url }: Registry): Promise<void> {
  const { hostname, port } = new URL(url);
  const fetched = `${CACHE}/remote/http/${hostname}_PORT${port}`;
  // A command that has asked it for nothing leaves nothing.
  await Deno.remove(fetched, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}

/** Hands out an empty folder with the first program of the README in it. */
async function inEmptyFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "empty-" }));
  try {
    await Deno.writeTextFile(`${folder}/main.ts`, PROGRAM);
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Writes the programs of all pages into a folder, as a reader copies them, and one that runs them in turn. */
async function writePages(folder: string): Promise<CodeBlock[]> {
  const all = (await Promise.all((await pages()).map(codeBlocks))).flat();
  const blocks = all.filter(({ ignored, alone, server }) => !(ignored || alone || server));
  const main: string[] = [];
  for (const [i, { code }] of blocks.entries()) {
    await Deno.writeTextFile(`${folder}/page_${i}.ts`, `${code}\nexport {};\n`);
    main.push(`console.log("${MARK}");\nawait import("./page_${i}.ts");\n`);
  }
  await Deno.writeTextFile(`${folder}/pages.ts`, main.join(""));
  return blocks;
}

/** Runs every program of the pages, and compares what they print with what the pages say. */
async function checkPages(folder: string, words: readonly string[], env: Record<string, string> = {}): Promise<void> {
  const blocks = await writePages(folder);
  const output = await run(folder, [...words, "pages.ts"], env);
  assert(output.endsWith("code 0"), output);
  const parts = output.split(`${MARK}\n`).slice(1);
  assertEquals(parts.length, blocks.length);
  for (const [i, { place, prints }] of blocks.entries()) {
    if (prints !== null) assertEquals([place, parts[i]!.replace(/code 0$/, "")], [place, prints]);
  }
}

/** Stands between what the programs print. */
const MARK = "\u0001";

/** Runs a command, and returns all that it wrote and its exit code. */
async function run(folder: string, words: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const [program, ...args] = words as [string, ...string[]];
  const options = { cwd: folder, env: { ...Deno.env.toObject(), NO_COLOR: "1", ...env }, patience: 120_000 };
  const { code, output, errors } = await ended(program, args, options);
  return `${output}${errors}code ${code}`;
}

let registry: Registry;

describe("The README", () => {
  beforeAll(async () => {
    registry = await Registry.serve();
  });
  afterAll(async () => await registry[Symbol.asyncDispose]());

  describe("from an empty folder:", () => {
    it("deno add, and the first program of the README and those of every page run", async () => {
      await inEmptyFolder(async (folder) => {
        const env = { JSR_URL: registry.url, DENO_DIR: `${folder}/cache` };
        const [, ...add] = commands.get("deno add")!.split(" ");
        const added = await run(folder, [Deno.execPath(), ...add], env);
        assert(added.endsWith("code 0"), added);
        assertEquals(await run(folder, [Deno.execPath(), "run", "--quiet", "main.ts"], env), `${PRINTS}code 0`);
        assertEquals(await run(folder, [Deno.execPath(), "check", "--quiet", "main.ts"], env), "code 0");
        await checkPages(folder, [Deno.execPath(), "run", "--quiet", "--allow-all", "--no-check"], env);
        await Deno.writeTextFile(`${folder}/bad.ts`, FORGOTTEN);
        const config = JSON.parse(await Deno.readTextFile(`${folder}/deno.json`));
        const lint = { plugins: ["jsr:@loop/asyncio/lint"] };
        await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify({ ...config, lint }));
        const found = await run(folder, [Deno.execPath(), "lint", "bad.ts"], env);
        assert(found.includes("error[asyncio/no-floating-coroutine]") && found.endsWith("code 1"), found);
      });
    });

    for (const [runtime, name, find] of [["Bun", "bunx jsr", findBun], ["Node", "npx jsr", findNode]] as const) {
      it(`${name} add, and the first program of the README and those of every page run on ${runtime}`, {
        ignore: tools === null,
      }, async () => {
        await inEmptyFolder(async (folder) => {
          // The program leaves a registry alone that is set already.
          await Deno.writeTextFile(`${folder}/.npmrc`, `@jsr:registry=${registry.url}\n`);
          await Deno.writeTextFile(`${folder}/package.json`, '{ "type": "module" }\n');
          const [, , ...add] = commands.get(name)!.split(" ");
          const manager = runtime === "Bun" ? ["--bun"] : ["--npm"];
          const added = await run(folder, [tools!.command("jsr"), ...add, ...manager]);
          assert(added.endsWith("code 0"), added);
          assertEquals(await run(folder, [...await find(), "main.ts"]), `${PRINTS}code 0`);
          await checkPages(folder, await find());
        });
      });
    }
  });

  describe("with everything from a registry:", () => {
    it("its command runs the tests, with the real names of their packages", async () => {
      try {
        const [, , , ...task] = commands.get("npx -y deno@2.9.6 task test")!.split(" ");
        const output = await run(root, [Deno.execPath(), ...task, "lifo_queue"], {
          JSR_URL: registry.url,
          DENO_DIR: CACHE,
        });
        assert(output.includes("JSR answers"), output);
        assert(/\n\d+ passed, 0 failed\n/.test(output) && output.endsWith("code 0"), output);
      } finally {
        await forget(registry);
      }
    });

    it("its command starts the example", async () => {
      try {
        const [, , , ...args] = commands.get("npx -y deno@2.9.6 task start")!.split(" ");
        const env = { JSR_URL: registry.url, DENO_DIR: CACHE, PORT: "0", NO_COLOR: "1" };
        const options = { args, cwd: root, env, stdin: "null", stdout: "piped", stderr: "null" } as const;
        const child = new Deno.Command(Deno.execPath(), options).spawn();
        let said = "";
        const reading = child.stdout.pipeThrough(new TextDecoderStream()).pipeTo(
          new WritableStream({ write: (text) => void (said += text) }),
        );
        try {
          await eventually(() => /:\d+/.test(said), "the address of the example", () => said);
          const [address] = /https?:\/\/[\w.]+:\d+/.exec(said)!;
          assertEquals(
            await (await fetch(`${address}/hello/ada`)).text(),
            'Hello ada, this is the task "GET /hello/ada".\n',
          );
        } finally {
          child.kill("SIGINT");
          await child.status;
          await reading;
        }
      } finally {
        await forget(registry);
      }
    });
  });
});
