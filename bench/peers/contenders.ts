/**
 * Who is compared, and how each is measured in a process of its own.
 */
import { fileURLToPath } from "node:url";
import { measureCommand } from "../harness/alternate.ts";
import { COLLECTING, firstLine, type Host, output, PYTHON } from "../harness/hosts.ts";
import { type Duration, SMOKE } from "../harness/samples.ts";
import type { Row } from "../programs/row.ts";
import { SHARED, type SharedId } from "../programs/rows.ts";
import { installPackages, type PackageName, VERSIONS } from "./packages.ts";

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));

/** A peer on a runtime. */
export interface PeerOn {
  /** The peer's name. */
  readonly name: string;
  /** What it runs on. */
  readonly on: Host["name"] | "Python";
  readonly version: string;
  /** The rows that it has words for. */
  readonly can: readonly SharedId[];
  /** The command that measures a row. */
  readonly command: (row: Row, duration: Duration) => string[];
  /** The command that runs each program once, to see that it works. */
  readonly smoke: string[];
  /** The command that makes so many sleeping tasks, if it has any. */
  readonly asleep?: (count: number) => string[];
}

interface Description {
  readonly name: string;
  readonly file: string;
  readonly package?: PackageName;
  readonly can?: readonly SharedId[];
  readonly sleeps: boolean;
}

const descriptions: readonly Description[] = [
  { name: "this module", file: "own", sleeps: true },
  { name: "promises", file: "promises", sleeps: true },
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

/** Everybody who is here; prints who is not. */
export async function findContenders(hosts: readonly Host[]): Promise<PeerOn[]> {
  const found: PeerOn[] = [];
  const packages = installPackages();
  if (!packages) console.log("npm did not install the packages, so Effection, Effect and p-queue are left out.");
  for (const host of hosts) {
    for (const { name, file, package: needs, can = SHARED, sleeps } of descriptions) {
      if (needs !== undefined && !packages) continue;
      const smoke = measureCommand(host, file, "every", SMOKE);
      if (name === "@std/async" && !await output(smoke).then(() => true, () => false)) {
        const why = host.name === "Deno" ? "JSR does not answer" : "it comes from JSR, which Bun does not know";
        console.log(`@std/async is left out on ${host.name}: ${why}.`);
        continue;
      }
      const asleep = (
        count: number,
      ) => [...host.command, ...COLLECTING[host.name], here("asleep.ts"), file, `${count}`];
      found.push({
        name,
        on: host.name,
        version: needs === undefined ? "" : VERSIONS[needs],
        can,
        command: (row, duration) => measureCommand(host, file, row.id, duration),
        smoke,
        ...(sleeps && { asleep }),
      });
    }
  }
  return [...found, ...findPython()];
}

function findPython(): PeerOn[] {
  const python = firstLine(PYTHON, "--version")?.replace("Python ", "");
  if (python === undefined) console.log(`asyncio and uvloop are left out: there is no ${PYTHON}.`);
  const uvloop = python === undefined ? null : firstLine(PYTHON, "-c", "import uvloop; print(uvloop.__version__)");
  if (python !== undefined && uvloop === null) console.log("uvloop is left out: apt-get install python3-uvloop.");
  return ([["asyncio", python], ["uvloop", uvloop]] as const).flatMap(([name, version]): PeerOn[] => {
    if (version === undefined || version === null) return [];
    const program = [PYTHON, here("on_python.py"), name];
    return [{
      name,
      on: "Python",
      version,
      can: SHARED,
      command: ({ id, operations }, { warmUp, enough }) => [...program, id, `${operations}`, `${warmUp}`, `${enough}`],
      smoke: [...program, "every"],
      asleep: (count) => [...program, "asleep", `${count}`],
    }];
  });
}
