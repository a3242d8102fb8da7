/** Every test file below tests/ whose path has one of the words, or just every one, in the order of their paths. */
export function testFiles(words: readonly string[]): Promise<string[]> {
  return filesBelow("./tests", "_test.ts", words);
}

/** Every file below a folder whose name ends so, and whose path has one of the words if there are any. */
export async function filesBelow(folder: string, end: string, words: readonly string[] = []): Promise<string[]> {
  const found: string[] = [];
  await walk(folder, end, found);
  const wanted = words.length === 0 ? found : found.filter((path) => words.some((word) => path.includes(word)));
  return wanted.sort();
}

/** Whether a test file is for every runtime. */
export function portable(path: string): boolean {
  return !path.endsWith("_deno_test.ts");
}

/** What has to run on Node though the time of everything is limited: what differs there, for the engine is Deno's. */
const ON_NODE = /^\.\/tests\/(?:adapters|contract|loop|net|process)\//;

/** What is left out on Bun then: what a browser or a terminal shows is the same, and what chance makes up runs on Deno. */
const NOT_ON_BUN =
  /^\.\/tests\/(?:(?:docs|lint|simulation|types)\/|async_form\/random_|examples\/hono_page_|inspect\/(?:cli|live_page|process_target|unreachable)_)/;

/** Whether a test file runs on a runtime beside Deno when the time of everything is limited. */
export function hasTimeOn(runtime: "Bun" | "Node", path: string): boolean {
  return runtime === "Node" ? ON_NODE.test(path) : !NOT_ON_BUN.test(path);
}

/**
 * Whether a test file is one of those that take half of the time of all, and wait for most of it: for sockets, processes, whole programs and
 * browsers.
 */
export function waiting(path: string): boolean {
  return /^\.\/tests\/(?:adapters|conformance|contract|docs|examples|fuzz|package)\//.test(path);
}

/** Where examples are looked for. Deno reads those of the files that it is given, not of the files that they export. `tests/docs` has pages. */
export async function documentation(): Promise<string[]> {
  const folders: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir("./src")) if (isDirectory) folders.push(`./src/${name}`);
  return ["./mod.ts", ...folders.sort()];
}

async function walk(folder: string, end: string, found: string[]): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) await walk(path, end, found);
    else if (name.endsWith(end)) found.push(path);
  }
}
