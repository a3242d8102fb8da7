/**
 * Who touches what begins with an underscore: a name that is meant for its own file.
 *
 * @module
 */
import type { Source } from "./sources.ts";

/**
 * The hot path: steps, tasks and futures reach into one another, within their folder, for a call costs too much there. The contract has the
 * names by which they do.
 */
const HOT = ["task", "step", "future", "scheduler", "lazy", "contract"].map((name) => `src/core/${name}.ts`);

/** The uses of one name outside of the file that declares it. */
export interface Reach {
  /** How a list of exceptions has it: `http: _wake of core`. */
  readonly name: string;
  /** The files that use it, and how often. */
  readonly uses: ReadonlyMap<string, number>;
}

/** A member's declaration: in a class, an interface or an object. One that overrides is a use of another file's name. */
const DECLARED =
  /(?:^|[{;,(])\s*(?:(?:public|protected|private|static|readonly|abstract|async|get|set|accessor)\s+)*\*?\s*(_[a-z]\w*)\s*[?!]?\s*(?=[:(<=;]|,\s*$|\}\s*[;,)])/gm;
/** A member's use: with a point, in a pattern, or by declaring it once more. */
const USED = /\.\s*(_[a-z]\w*)\b|\b(?:override|declare)\s+(?:\w+\s+)*\*?\s*(_[a-z]\w*)\b/g;
/** A name that a module gives to others and takes from others. */
const EXPORTED = /\bexport\s+(?:const|let|function\*?|class|type|interface)\s+(_[a-z]\w*)/g;
const NAMED = /\b(?:import|export)\s*(?:type\s*)?\{([^}]*)\}\s*from\b/g;

function declared({ code }: Source): Set<string> {
  const overriding = new Set(
    [...code.matchAll(/\b(?:override|declare)\s+(?:\w+\s+)*\*?\s*(_[a-z]\w*)\b/g)].map(([, name]) => name!),
  );
  const names = [...code.matchAll(DECLARED), ...code.matchAll(EXPORTED)].map(([, name]) => name!);
  return new Set(names.filter((name) => !overriding.has(name)));
}

function used({ code }: Source): string[] {
  const members = [...code.matchAll(USED)].map(([, member, again]) => (member ?? again)!);
  const named = [...code.matchAll(NAMED)].flatMap(([, names]) =>
    [...names!.matchAll(/\b_[a-z]\w*/g)].map(([name]) => name)
  );
  return [...members, ...named];
}

/** Every name that is used outside of its own file, by the folder of the user and that of the owner. */
export function reaches(sources: ReadonlyMap<string, Source>): Reach[] {
  const owners = new Map<string, string[]>();
  const all = [...sources.values()].map((source) => ({ ...source, code: source.code.replace(/[ \n]*\n */g, "\n") }));
  for (const source of all) {
    for (const name of declared(source)) owners.set(name, [...owners.get(name) ?? [], source.file]);
  }
  const found = new Map<string, Map<string, number>>();
  for (const source of all) {
    const folder = folderOf(source.file);
    for (const member of used(source)) {
      const owned = owners.get(member) ?? [];
      if (owned.length === 0 || owned.includes(source.file)) continue;
      // Names are told apart by their text alone: of several owners it is the nearest, and hardly ever an adapter.
      const near = owned.filter((file) => folderOf(file) === folder);
      if (folder === "core" && near.some((file) => HOT.includes(file))) continue;
      // It is there to do so for the other folders.
      if (near.length > 0 && /\/(lazy_)?internal\.ts$/.test(source.file)) continue;
      const far = owned.find((file) => !file.startsWith("src/adapters/")) ?? owned[0]!;
      const name = near.length > 0 ? `${folder}: ${member}` : `${folder}: ${member} of ${folderOf(far)}`;
      const uses = found.get(name) ?? new Map<string, number>();
      found.set(name, uses.set(source.file, (uses.get(source.file) ?? 0) + 1));
    }
  }
  return [...found].sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, uses]) => ({ name, uses }));
}

/** The folder of a file below `src/`. */
function folderOf(file: string): string {
  return file.split("/").slice(1, -1).join("/");
}
