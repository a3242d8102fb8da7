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

/**
 * Whether a test file says nothing new on Node: what only the engine decides, which is Deno's, such as orders of events, random programs and
 * networks that are made up; and what a browser shows of a page that is the same everywhere.
 */
export function sameOnNode(path: string): boolean {
  return /^\.\/tests\/(?:(?:conformance|simulation|types|lint)\/|async_form\/random_|inspect\/live_page_|examples\/hono_page_)/
    .test(path);
}

/**
 * Whether a test file is one of those that take half of the time of all, and wait for most of it: for sockets, processes, whole programs and
 * browsers.
 */
export function waiting(path: string): boolean {
  return /^\.\/tests\/(?:adapters|conformance|contract|docs|examples|fuzz|package)\//.test(path);
}

/** Where examples are looked for. Deno reads those of the files that it is given, not of the files that they export. `tests/docs` has pages. */
export function documentation(): string[] {
  return ["./mod.ts", "./src"];
}

async function walk(folder: string, end: string, found: string[]): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) await walk(path, end, found);
    else if (name.endsWith(end)) found.push(path);
  }
}
