/**
 * A snapshot by the inspector of V8, of a program that has prepared nothing.
 *
 * @module
 */
import { builtin } from "../../adapters/shared/process.ts";
import { GeneratorPlaces, type RemoteObject, type RemoteProperties } from "../generator_places.ts";
import type { FrameSnapshot, Snapshot, TaskSnapshot } from "../snapshot.ts";
import { CommandError } from "./command_error.ts";
import type { DebuggerSession } from "./debugger.ts";

/** Of so many coroutines the place is looked up: each is a question of its own. */
const MOST_PLACES = 2_000;

/** The loops of a program are found under a symbol of its global scope, and with them what tells of them. */
const EXPRESSION = `(async () => {
  const registrations = globalThis[Symbol.for("@loop/asyncio")];
  if (registrations === undefined) return { json: "null", generators: [] };
  const snapshots = [];
  const generators = [];
  for (const { loops, load } of registrations) {
    const methods = await load();
    const snapshot = methods.takeSnapshot(loops());
    snapshots.push(snapshot);
    generators.push(...methods.generatorsIn(snapshot));
  }
  return { json: JSON.stringify(snapshots), generators: generators.slice(0, ${MOST_PLACES}) };
})()`;

/** What the debugger is to forget of a look. */
const GROUP = "@loop/asyncio";

/** Takes snapshots of a program by its debugger. */
export class DebuggerSnapshots {
  readonly #session: DebuggerSession;
  readonly #places: GeneratorPlaces;

  constructor(session: DebuggerSession) {
    this.#session = session;
    this.#places = new GeneratorPlaces(session);
  }

  /** Asks the program for one. */
  async take(): Promise<Snapshot> {
    await this.#places.enable();
    const looked = await this.#session.evaluate(EXPRESSION, GROUP);
    const { json, generators } = await this.#properties(looked);
    const snapshots = JSON.parse(String(json?.value)) as Snapshot[] | null;
    if (snapshots === null) throw new CommandError("That program has not made a loop of @loop/asyncio.");
    const [first, ...others] = snapshots;
    // A program may have loaded the module twice.
    const loops = [...first?.loops ?? [], ...others.flatMap((snapshot) => snapshot.loops)];
    const snapshot: Snapshot = { ...first as Snapshot, loops };
    const placed = await this.#withPlaces(snapshot, generators);
    await this.#session.call("Runtime.releaseObjectGroup", { objectGroup: GROUP });
    return placed;
  }

  async #properties({ objectId }: RemoteObject): Promise<Record<string, RemoteObject | undefined>> {
    const { result } = await this.#session.call<RemoteProperties>("Runtime.getProperties", {
      objectId,
      ownProperties: true,
    });
    return Object.fromEntries(result.map(({ name, value }) => [name, value]));
  }

  /** The snapshot, with the names and places of its generators. They come in the order in which the frames stand in it. */
  async #withPlaces(snapshot: Snapshot, generators: RemoteObject | undefined): Promise<Snapshot> {
    const found = generators === undefined ? {} : await this.#properties(generators);
    let index = 0;
    const withPlace = async (frame: FrameSnapshot): Promise<FrameSnapshot> => {
      const id = frame.kind === "generator" ? found[index++]?.objectId : undefined;
      const inner = await inTurn(frame.inner, withPlace);
      if (id === undefined) return { ...frame, inner };
      const { name, file, line } = await this.#places.look(id);
      const known = frame.name === "coroutine" ? name ?? frame.name : frame.name;
      return { ...frame, inner, name: known, place: file === null ? frame.place : `${shortened(file)}:${line}` };
    };
    const taskWithPlaces = async (task: TaskSnapshot): Promise<TaskSnapshot> => {
      const frames = await inTurn(task.frames, withPlace);
      return { ...task, frames, coroutine: frames[0]?.name ?? task.coroutine };
    };
    const loops = await inTurn(snapshot.loops, async (loop) => ({
      ...loop,
      tasks: await inTurn(loop.tasks, taskWithPlaces),
    }));
    return { ...snapshot, loops };
  }
}

async function inTurn<T>(items: readonly T[], make: (item: T) => Promise<T>): Promise<T[]> {
  const made: T[] = [];
  for (const item of items) made.push(await make(item));
  return made;
}

/** A file as people call it: from here, if it is below. */
function shortened(file: string): string {
  const path = file.startsWith("file://") ? decodeURIComponent(new URL(file).pathname) : file;
  let here: string;
  try {
    here = `${builtin<{ cwd(): string }>("node:process").cwd()}/`;
  } catch {
    return path;
  }
  return path.startsWith(here) ? path.slice(here.length) : path;
}
