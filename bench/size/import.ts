/**
 * What an import costs: the processor time of whole processes, over that of a program which does nothing.
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { alternate, type Contender, type Spread, spread } from "../harness/alternate.ts";
import { type Host, needBun, output } from "../harness/hosts.ts";
import { entryFile, entrySpecifier, PEERS, peerSpecifier } from "./subjects.ts";

const CPU = fileURLToPath(new URL("cpu.ts", import.meta.url));

/** The processor time of an import, in milliseconds. */
export interface ImportCost {
  readonly on: Host["name"];
  /** `"this module"` or a peer. */
  readonly name: string;
  /** A whole process that does nothing. */
  readonly empty: Spread;
  /** What the import adds to that, round by round. */
  readonly added: Spread;
}

/**
 * Imports this module and the peers in a folder that has them, in turn. Deno and Bun import this module from its source, Node from the form
 * in which npm has it, which must be installed.
 */
export async function measureImports(
  folder: string,
  { name: on, command }: Host,
  rounds: number,
  peers: readonly typeof PEERS[number][] = PEERS,
): Promise<ImportCost[]> {
  needBun("of the runtimes only Bun tells the processor time of a process.");
  const own = on === "Node" ? entrySpecifier(".") : pathToFileURL(entryFile(".")).href;
  const specifiers = new Map<string, string | null>([["empty", null], ["this module", own]]);
  for (const peer of peers) specifiers.set(peer, peerSpecifier(peer, on));
  const contenders = [...specifiers].map(([name, specifier], i): Contender<number> => {
    const file = `${folder}/import_${i}.${on === "Node" ? "js" : "ts"}`;
    writeFileSync(file, specifier === null ? "export {};\n" : `import ${JSON.stringify(specifier)};\n`);
    return { name, measure: async () => Number(await output(["bun", CPU, ...command, file])) };
  });
  // The first time, a runtime fills its caches with what it has compiled and fetched.
  await alternate(contenders, rounds === 1 ? 1 : 2);
  const measured = await alternate(contenders, rounds);
  const empty = measured.get("empty")!;
  return contenders.slice(1).map(({ name }) => {
    const added = measured.get(name)!.map((value, round) => value - empty[round]!);
    return { on, name, empty: spread(empty), added: spread(added) };
  });
}
