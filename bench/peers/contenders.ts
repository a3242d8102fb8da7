/**
 * Who is compared, and how each is measured in a process of its own.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import type { Contender } from "../alternate.ts";
import type { Duration, Figures } from "../harness.ts";
import { findRuntimes, firstLine, output, type Runtime } from "../runtimes.ts";
import { installPackages, type PackageName, VERSIONS } from "./packages.ts";
import type { Shape, ShapeId } from "./shapes.ts";

/** Debian's, which knows Debian's packages. */
const PYTHON = "/usr/bin/python3";
const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));

/** A peer on a runtime. */
export interface PeerOn {
  /** The peer's name. */
  readonly name: string;
  /** What it runs on. */
  readonly on: "Deno" | "Bun" | "Python";
  readonly version: string;
  /** What it can do; all shapes if it does not say. */
  readonly can?: readonly ShapeId[];
  /** The command that measures a shape. */
  readonly command: (shape: Shape, duration: Duration) => string[];
  /** The command that runs each program once, to see that it works. */
  readonly smoke: string[];
  /** The command that makes so many sleeping tasks, if it has any. */
  readonly asleep?: (count: number) => string[];
}

interface Description {
  readonly name: string;
  readonly file: string;
  readonly package?: PackageName;
  readonly can?: readonly ShapeId[];
  readonly sleeps: boolean;
}

const descriptions: readonly Description[] = [
  { name: "this module", file: "module", sleeps: true },
  { name: "promises", file: "native", sleeps: true },
  {
    name: "Effection",
    file: "effection",
    package: "effection",
    can: ["hand-off", "create", "queue", "cancel"],
    sleeps: true,
  },
  { name: "Effect", file: "effect", package: "effect", sleeps: true },
  { name: "p-queue", file: "p_queue", package: "p-queue", can: ["create", "jobs"], sleeps: false },
  { name: "@std/async", file: "std_async", can: ["jobs"], sleeps: false },
];

/** Runs sleepers with the collector at hand. */
function asleepCommand({ name, command }: Runtime, file: string, count: number): string[] {
  const [program, ...args] = command;
  const flags = name === "Deno" ? ["--v8-flags=--expose-gc"] : [];
  return [program, ...args, ...flags, here("asleep.ts"), file, `${count}`];
}

/** Everybody who is here; says who is not. */
export async function findContenders(runtimes: readonly Runtime[] = findRuntimes()): Promise<PeerOn[]> {
  const found: PeerOn[] = [];
  const packages = installPackages();
  if (!packages) console.log("The packages of npm cannot be installed, so Effection, Effect and p-queue are left out.");
  for (const runtime of runtimes) {
    for (const { name, file, package: needs, can, sleeps } of descriptions) {
      if (needs !== undefined && !packages) continue;
      const measure = [...runtime.command, here("measure.ts"), file];
      if (name === "@std/async" && !await works([...measure, "every", "0", "0"])) {
        const why = runtime.name === "Deno" ? "JSR does not answer" : "it comes from JSR, which Bun does not know";
        console.log(`@std/async is left out on ${runtime.name}: ${why}.`);
        continue;
      }
      found.push({
        name,
        on: runtime.name,
        version: needs === undefined ? "" : VERSIONS[needs],
        ...(can && { can }),
        command: (shape, { warmUp, enough }) => [...measure, shape.id, `${warmUp}`, `${enough}`],
        smoke: [...measure, "every", "0", "0"],
        ...(sleeps && { asleep: (count: number) => asleepCommand(runtime, file, count) }),
      });
    }
  }
  return [...found, ...findPython()];
}

async function works(command: string[]): Promise<boolean> {
  return await output(command).then(() => true, () => false);
}

function findPython(): PeerOn[] {
  const found: PeerOn[] = [];
  const python = firstLine(PYTHON, "--version")?.replace("Python ", "");
  if (python === undefined) console.log(`asyncio and uvloop are left out: there is no ${PYTHON}.`);
  else {
    const uvloop = firstLine(PYTHON, "-c", "import uvloop; print(uvloop.__version__)");
    if (uvloop === null) console.log("uvloop is left out: apt-get install python3-uvloop.");
    for (const [name, version] of [["asyncio", python], ["uvloop", uvloop]] as const) {
      if (version === null) continue;
      const measure = [PYTHON, here("asyncio_peer.py"), name];
      found.push({
        name,
        on: "Python",
        version,
        command: (shape, { warmUp, enough }) => [...measure, shape.id, `${warmUp}`, `${enough}`],
        smoke: [...measure, "every"],
        asleep: (count) => [...measure, "asleep", `${count}`],
      });
    }
  }
  return found;
}

/** The contenders of a shape. */
export function contendersOf(peers: readonly PeerOn[], shape: Shape, duration: Duration): Contender<Figures>[] {
  return peers.filter(({ can }) => can === undefined || can.includes(shape.id)).map(({ name, on, command }) => ({
    name: `${name} on ${on}`,
    measure: async () => JSON.parse(await output(command(shape, duration))),
  }));
}
