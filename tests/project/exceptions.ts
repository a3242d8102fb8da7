/**
 * What is not yet as it should be: a list for each folder, which only becomes shorter.
 *
 * `deno run -A tests/project/exceptions.ts` takes off what is mended.
 *
 * @module
 */
import { circles, edgesOf, forbiddenImports, knowARuntime } from "./layout.ts";
import { readSources, type Source } from "./sources.ts";
import { reaches } from "./underscores.ts";

/** The rules that have exceptions, and what breaks each: how the lists have it, and what a reader needs to know. */
export const rules: Record<string, (sources: ReadonlyMap<string, Source>) => Map<string, string>> = {
  imports: (sources) => new Map(forbiddenImports(edgesOf(sources)).map(({ name, why }) => [name, why])),
  circles: (sources) => circles(edgesOf(sources)),
  runtimes: (sources) => new Map(knowARuntime(sources).map(({ name, why }) => [name, why])),
  underscores: (sources) =>
    new Map(
      reaches(sources).map(({ name, uses }) => [
        name,
        `${name}, in ${[...uses].map(([file, times]) => `${file} ${times} times`).join(", ")}`,
      ]),
    ),
};

/** The exceptions to the rules, by the rule's name. */
type Lists = Record<string, string[]>;

const folder = new URL("./exceptions/", import.meta.url);

/** The exceptions to one rule, in all folders. */
export async function exceptionsTo(rule: string): Promise<string[]> {
  const all: string[] = [];
  for (const lists of (await readLists()).values()) all.push(...lists[rule] ?? []);
  return all;
}

async function readLists(): Promise<Map<string, Lists>> {
  const found = new Map<string, Lists>();
  for await (const { name } of Deno.readDir(folder)) {
    found.set(name, JSON.parse(await Deno.readTextFile(new URL(name, folder))));
  }
  return found;
}

/** Takes off the lists what breaks no rule any longer. */
async function shorten(): Promise<void> {
  const sources = await readSources();
  const broken = new Map(Object.entries(rules).map(([rule, find]) => [rule, find(sources)]));
  for (const [name, lists] of await readLists()) {
    const left = Object.entries(lists)
      .map(([rule, list]): [string, string[]] => [rule, list.filter((one) => broken.get(rule)?.has(one))])
      .filter(([, list]) => list.length > 0);
    const file = new URL(name, folder);
    if (left.length === 0) await Deno.remove(file);
    else await Deno.writeTextFile(file, `${JSON.stringify(Object.fromEntries(left), null, 2)}\n`);
  }
}

if (import.meta.main) await shorten();
