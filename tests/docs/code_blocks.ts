/**
 * The programs in Markdown pages, and a run of them on the runtime of the tests.
 *
 * A block that begins with ```` ```ts ```` is a program. Its first line may say what it may do, as in `// deno run --allow-net main.ts`; without that it
 * may do nothing. A block with ```` ```text ```` behind it is what it prints. Words behind `ts` say more: `ignore` is not run, `alone` ends its process
 * and has one for itself, `server` serves until Ctrl-C; its port 8000 is any free one here.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Program } from "../program.ts";
import { tail, within } from "../within.ts";

const root = new URL("../../", import.meta.url);

/** One program of a page. */
export interface CodeBlock {
  /** The page and the line, as in `docs/tutorial.md:12`. */
  readonly place: string;
  readonly code: string;
  readonly flags: readonly string[];
  /** What it prints, if the page says that. */
  readonly prints: string | null;
  readonly ignored: boolean;
  readonly alone: boolean;
  readonly server: boolean;
}

/** The pages with programs, by their paths below the checkout. */
export async function pages(): Promise<string[]> {
  const docs = (await readdir(new URL("docs", root))).filter((name) => name.endsWith(".md")).sort();
  return ["README.md", ...docs.map((name) => `docs/${name}`)];
}

/** The programs of a page. */
export async function codeBlocks(page: string): Promise<CodeBlock[]> {
  const text = await readFile(new URL(page, root), "utf8");
  return [...text.matchAll(/^```ts *([^\n]*)\n([\s\S]*?)^```\n(?:\n```text\n([\s\S]*?)^```\n)?/gm)].map((found) => {
    const [, words = "", code = "", prints = null] = found;
    const flags = /^\/\/ deno run (.*?)\s*\S+\.ts\n/.exec(code)?.[1]?.split(" ") ?? [];
    return {
      place: `${page}:${text.slice(0, found.index).split("\n").length + 1}`,
      code,
      flags: flags.filter((flag) => flag !== ""),
      prints,
      ignored: words.includes("ignore"),
      alone: words.includes("alone"),
      server: words.includes("server"),
    };
  });
}

const config: { exports: Record<string, string> } = JSON.parse(await readFile(new URL("deno.json", root), "utf8"));

/** The program as one of this checkout: the packages that it imports have their paths. */
function withPaths(code: string): string {
  return code.replace(/(from |import |import\()"(@loop\/asyncio|@std)(\/[\w/]+)?"/g, (whole, how, name, entry = "") => {
    const file = name === "@std"
      ? `tests/std${entry}${entry.slice(1).includes("/") ? ".ts" : "/mod.ts"}`
      : config.exports[`.${entry}`];
    return file === undefined ? whole : `${how}${JSON.stringify(new URL(file, root).href)}`;
  });
}

/** What the runtime needs before the path of a file, with permissions on Deno. */
function runtimeFlags(flags: readonly string[]): string[] {
  const register = fileURLToPath(new URL("tests/std/register.mjs", root));
  if (!("Deno" in globalThis)) return ["Bun" in globalThis ? "--preload" : "--import", register];
  const config = fileURLToPath(new URL("deno.offline.json", root));
  return ["--no-prompt", "--no-check", "--quiet", "--config", config, ...flags];
}

/** What became of a block: the message of its failure, or null. */
export interface BlockResult {
  readonly block: CodeBlock;
  readonly failure: string | null;
}

/** Runs the programs, those with the same flags one after the other in a process. */
export async function runBlocks(blocks: readonly CodeBlock[]): Promise<BlockResult[]> {
  const folder = await mkdtemp(join(tmpdir(), "pages-"));
  try {
    const groups = new Map<string, CodeBlock[]>();
    for (const block of blocks) {
      if (block.ignored) continue;
      const key = block.alone || block.server ? block.place : block.flags.join(" ");
      groups.set(key, [...groups.get(key) ?? [], block]);
    }
    const results: BlockResult[] = [];
    for (const group of groups.values()) {
      const [first] = group as [CodeBlock];
      if (first.server) results.push(await runServer(folder, first));
      else if (first.alone) results.push(await runAlone(folder, first));
      else results.push(...await runGroup(folder, group));
    }
    return results;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Starts a server, asks it something, and ends it as Ctrl-C does. */
async function runServer(folder: string, block: CodeBlock): Promise<BlockResult> {
  const [file] = await writeBlocks(folder, [{ ...block, code: block.code.replace("port: 8000", "port: 0") }]);
  const program = new Program(pathToFileURL(file!), runtimeFlags(block.flags));
  try {
    const response = await fetch(`http://127.0.0.1:${await program.port()}/hello/you`);
    const text = await response.text();
    program.interrupt();
    const code = await program.ended;
    return { block, failure: response.ok && code === 0 ? null : `It answers "${text}" and ends with code ${code}.` };
  } catch (error) {
    program.interrupt();
    await program.ended.catch(() => {});
    return { block, failure: `${error} ${tail(program.output)}` };
  }
}

/** Runs a program by itself; it may end with any code. */
async function runAlone(folder: string, block: CodeBlock): Promise<BlockResult> {
  const [file] = await writeBlocks(folder, [block]);
  const { output, errors } = await outputOf(file!, runtimeFlags(block.flags));
  const failed = block.prints !== null && output !== block.prints;
  return { block, failure: failed ? `It prints\n${output}and the page says\n${block.prints}${tail(errors)}` : null };
}

/** Stands between what the programs print. */
const MARK = "\u0001";

async function runGroup(folder: string, blocks: readonly CodeBlock[]): Promise<BlockResult[]> {
  const files = await writeBlocks(folder, blocks);
  const main = `${files[0]}.main.ts`;
  // Named by a literal, a module needs no permission to be read.
  await writeFile(
    main,
    files.map((file) => `console.log("${MARK}");\nawait import("${pathToFileURL(file)}");\n`).join(""),
  );
  const { code, output, errors } = await outputOf(main, runtimeFlags(blocks[0]!.flags));
  const parts = output.split(`${MARK}\n`).slice(1);
  return blocks.map((block, i) => {
    const printed = parts[i];
    if (printed === undefined) return { block, failure: `It was not run, for one before it has failed.` };
    const isLast = i === parts.length - 1;
    if (isLast && (i < blocks.length - 1 || code !== 0)) {
      return { block, failure: `It ended with code ${code}. ${tail(printed + errors)}` };
    }
    if (block.prints !== null && printed !== block.prints) {
      return { block, failure: `It prints\n${printed}and the page says\n${block.prints}` };
    }
    return { block, failure: null };
  });
}

/** Writes each program into a file of its own, and returns the paths. */
export async function writeBlocks(folder: string, blocks: readonly CodeBlock[]): Promise<string[]> {
  const files: string[] = [];
  for (const { place, code } of blocks) {
    const file = join(folder, `${place.replace(/\W+/g, "_")}.ts`);
    // Without an export or an import it would be a script.
    await writeFile(file, `${withPaths(code)}\nexport {};\n`);
    files.push(file);
  }
  return files;
}

const WAITED_FOR = "the end of the programs of a page";
/** So long may they take, in milliseconds. Nothing depends on it but a failure. */
const LIMIT = 60_000;

interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

async function outputOf(file: string, flags: readonly string[]): Promise<Ended> {
  const cwd = fileURLToPath(root);
  if ("Deno" in globalThis) {
    // node:child_process would add permissions.
    const args = ["run", ...flags, file];
    const options = { args, cwd, env: { NO_COLOR: "1" }, stdin: "null", stdout: "piped", stderr: "piped" } as const;
    const child = new Deno.Command(Deno.execPath(), options).spawn();
    const { code, stdout, stderr } = await within(child.output(), WAITED_FOR, undefined, LIMIT);
    const decoder = new TextDecoder();
    return { code, output: decoder.decode(stdout), errors: decoder.decode(stderr) };
  }
  const child = spawn(process.execPath, [...flags, file], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1" },
    cwd,
  });
  let [output, errors] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => output += text);
  child.stderr.setEncoding("utf8").on("data", (text: string) => errors += text);
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  try {
    return { code: await within(ended, WAITED_FOR, () => output + errors, LIMIT), output, errors };
  } finally {
    child.kill("SIGKILL");
  }
}
