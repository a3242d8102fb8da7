/**
 * Who may know whom: the direction of the imports of `src/`, as CONTRIBUTING states it.
 *
 * @module
 */
import { resolve, type Source } from "./sources.ts";

/** What connects a module with another one. */
export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly kind: "type" | "value" | "lazy";
}

/** The contract with a runtime: what the core knows of adapters, and what every adapter knows. */
const CONTRACT = "contract";
/** What adapters have in common. No runtime, so that others may use it as well. */
const SHARED = "adapters/shared";
const DEFAULT = "default adapter";

/** A layer may know itself and all that stands before it in its line. */
const below = ["core", "sync", "queues", "tasks", "io"];
const known: Record<string, readonly string[]> = {
  [CONTRACT]: [],
  core: [CONTRACT],
  sync: [CONTRACT, "core"],
  queues: [CONTRACT, "core", "sync"],
  tasks: [CONTRACT, "core", "sync", "queues"],
  io: [CONTRACT, SHARED, "core", "sync", "queues", "tasks"],
  loop: [CONTRACT, SHARED, DEFAULT, ...below],
  net: [CONTRACT, SHARED, DEFAULT, ...below, "loop"],
  // The pipes of a process are streams.
  process: [CONTRACT, SHARED, DEFAULT, ...below, "loop", "net"],
  executors: [CONTRACT, SHARED, DEFAULT, ...below, "loop"],
  debug: [CONTRACT, SHARED, ...below, "loop"],
  deadlock: [CONTRACT, SHARED, ...below, "loop"],
  http: [CONTRACT, SHARED, DEFAULT, ...below, "loop", "net", "process", "executors"],
  [SHARED]: [CONTRACT],
  // It runs on all three runtimes, and has what the sockets of the others lack.
  "adapters/node": [CONTRACT, SHARED],
  "adapters/deno": [CONTRACT, SHARED, "adapters/node"],
  "adapters/bun": [CONTRACT, SHARED, "adapters/node"],
  // The runtime's own adapter with other sockets.
  "adapters/selector": [CONTRACT, SHARED, DEFAULT, "adapters/node"],
};

/** What stands on top of everything else, and is known to nobody. */
const TOP = ["hono", "testing", "inspect", "otel", "lint"];

/** The areas that the loop loads when they are first used, by one file each. */
const LAZY = ["net", "process", "executors", "debug", "deadlock", "inspect"];

/** It loads those areas, and they depend on what it is made of. */
const EVENT_LOOP = "src/loop/event_loop.ts";

/** What lazy files import for bundlers, which make one part of all that they have in common by it. It has nothing to take. */
const ONE_PART = "src/loop/one_part.ts";

/** What adapters know of the core: the classes of errors, and the one linked list. */
const FOR_ADAPTERS = ["src/core/errors.ts", "src/core/lists.ts"];

/** The layer of a file: its folder, but the contract and the choice of an adapter, which are files of one folder. */
export function layerOf(file: string): string {
  const [, area = "", inner] = file.split("/");
  if (area !== "adapters") return area || "the public surface";
  if (inner === "default_adapter.ts" || inner === "default_http.ts") return DEFAULT;
  return inner?.endsWith(".ts") ? CONTRACT : `adapters/${inner}`;
}

/** Why one file may not know another, or null if it may. */
function objection({ from, to, kind }: Edge): string | null {
  const [one, other] = [layerOf(from), layerOf(to)];
  if (one === other || from === "mod.ts" || from === ONE_PART || to === ONE_PART) return null;
  if (kind === "lazy" && one === "loop" && LAZY.includes(other)) return null;
  if (to === EVENT_LOOP && LAZY.includes(one)) return `${one} knows of the loop what HostLoop has`;
  if (one.startsWith("adapters/") || one === DEFAULT) {
    if (FOR_ADAPTERS.includes(to)) return null;
    if (one === DEFAULT) return /^contract$|^adapters\//.test(other) ? null : `the choice of an adapter knows ${other}`;
  }
  if (TOP.includes(one)) {
    if (/^adapters\/(?!shared$)/.test(other)) return `${one} knows the runtime ${other}`;
    return TOP.includes(other) && !(one === "otel" && other === "hono") ? `${one} knows ${other}` : null;
  }
  const allowed = known[one];
  if (allowed === undefined) return `tests/project/layout.ts does not know the folder of ${from}`;
  if (!allowed.includes(other)) return `${one} may know ${allowed.join(", ") || "nobody"}`;
  return kind === "lazy" && other !== "adapters/node" ? "only the loop loads another folder by import()" : null;
}

/** Every import between files of the sources. */
export function edgesOf(sources: ReadonlyMap<string, Source>): Edge[] {
  return [...sources.values()].flatMap(({ file, imports }) =>
    imports.flatMap(({ specifier, kind }): Edge[] => {
      const to = resolve(file, specifier);
      return to !== null && sources.has(to) ? [{ from: file, to, kind }] : [];
    })
  );
}

/** An import that may not be, with the reason. `name` is how a list of exceptions has it. */
export interface Forbidden {
  readonly name: string;
  readonly why: string;
}

/** The imports that go against the direction. */
export function forbiddenImports(edges: readonly Edge[]): Forbidden[] {
  const found = new Map<string, Forbidden>();
  for (const edge of edges) {
    const why = objection(edge);
    const name = `${edge.from} -> ${edge.to}`;
    if (why !== null) found.set(name, { name, why: `${chainTo(edge, edges)}: ${why}` });
  }
  for (const area of LAZY) {
    const loaded = edges.filter(({ from, to, kind }) =>
      kind === "lazy" && layerOf(from) === "loop" && layerOf(to) === area
    );
    if (new Set(loaded.map(({ to }) => to)).size < 2) continue;
    for (const { from, to } of loaded) {
      const name = `${from} -> ${to}`;
      found.set(name, { name, why: `${name}: the loop loads ${area} by one file, the entry of that folder` });
    }
  }
  return [...found.values()];
}

/** How a program comes to an import: the shortest way from the public surface. */
function chainTo({ from, to }: Edge, edges: readonly Edge[]): string {
  const cameFrom = new Map<string, string | null>([["mod.ts", null]]);
  for (const file of cameFrom.keys()) {
    for (const edge of edges) if (edge.from === file && !cameFrom.has(edge.to)) cameFrom.set(edge.to, file);
  }
  return [...wayTo(from, cameFrom), to].join(" -> ");
}

/**
 * The circles of imports that exist when the program runs, a shortest one through each file that is in any, by that
 * file. Which file of a circle is run first depends on who asks, so a class may be extended before it is there.
 */
export function circles(edges: readonly Edge[]): Map<string, string> {
  const next = new Map<string, string[]>();
  for (const { from, to, kind } of edges) if (kind === "value") next.set(from, [...next.get(from) ?? [], to]);
  const found = new Map<string, string>();
  for (const start of [...next.keys()].sort()) {
    const circle = circleThrough(start, next);
    if (circle !== null) found.set(start, [...circle, start].join(" -> "));
  }
  return found;
}

function circleThrough(start: string, next: ReadonlyMap<string, readonly string[]>): string[] | null {
  const cameFrom = new Map<string, string | null>([[start, null]]);
  for (const file of cameFrom.keys()) {
    for (const to of next.get(file) ?? []) {
      if (to === start) return wayTo(file, cameFrom);
      if (!cameFrom.has(to)) cameFrom.set(to, file);
    }
  }
  return null;
}

function wayTo(file: string, cameFrom: ReadonlyMap<string, string | null>): string[] {
  const way: string[] = [];
  for (let one: string | null = file; one !== null; one = cameFrom.get(one) ?? null) way.unshift(one);
  return way;
}

/** Files outside of the adapters that reach for a runtime's own global: `Deno`, `Bun`, `process`. */
export function knowARuntime(sources: ReadonlyMap<string, Source>): Forbidden[] {
  const found: Forbidden[] = [];
  for (const { file, code } of sources.values()) {
    if (/^adapters\/|^default adapter$/.test(layerOf(file))) continue;
    const name = /(?<![.\w$])(?:Deno|Bun)\b|\bglobalThis\b[^;]*\bprocess\b|\bprocess\b[^;]*?\bglobalThis\b/.exec(code)
      ?.[0];
    if (name !== undefined) {
      found.push({ name: file, why: `${file} has ${/Deno|Bun|process/.exec(name)}: only an adapter knows a runtime` });
    }
  }
  return found;
}
