/**
 * A snapshot by the inspector of V8, of a program that has prepared nothing.
 *
 * @module
 */
import type { LoopSnapshot, Snapshot } from "../snapshot.ts";
import { CommandError, NobodyThere } from "./command_error.ts";
import type { DebuggerSession } from "./debugger.ts";
import type { DebuggerThread } from "./debugger_thread.ts";

/** The loops of a thread are found under a symbol of its global scope, and with them what describes them. */
const REGISTRATIONS = 'globalThis[Symbol.for("@loop/asyncio")]';
const EXPRESSION = `(async () => {
  const snapshots = [];
  for (const { loops, load } of ${REGISTRATIONS}) snapshots.push((await load()).takeSnapshot(loops()));
  return JSON.stringify(snapshots);
})()`;

/** What a program tells of itself, and what it could not tell. */
export interface Told {
  readonly snapshot: Snapshot;
  /** Of the worker threads that do not answer. */
  readonly failures: readonly CommandError[];
}

/** Asks all threads of the program for one. */
export async function askDebugger(session: DebuggerSession): Promise<Told> {
  const main = await askThread(session.main);
  const found: Snapshot[] = main ?? [];
  const failures: CommandError[] = [];
  const workers = await session.workers();
  await Promise.all(workers.map(async ({ number, thread }) => {
    try {
      const snapshots = await askThread(thread) ?? [];
      const of = (loop: LoopSnapshot): LoopSnapshot => ({ ...loop, worker: number });
      for (const snapshot of snapshots) found.push({ ...snapshot, loops: snapshot.loops.map(of) });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      // It may end at any time.
      if (!(error instanceof NobodyThere)) failures.push(error);
    }
  }));
  const [first, ...others] = found;
  if (first === undefined) throw failures[0] ?? new CommandError("That program has not made a loop of @loop/asyncio.");
  // A program may have loaded the module twice.
  const loops = [...first.loops, ...others.flatMap((snapshot) => snapshot.loops)];
  return { snapshot: { ...first, loops }, failures };
}

/** One for each copy of the module that the thread has loaded; null if it has loaded none. */
async function askThread(thread: DebuggerThread): Promise<Snapshot[] | null> {
  if (await thread.evaluate(`${REGISTRATIONS} === undefined`) === true) return null;
  return JSON.parse(await thread.evaluatePromise(EXPRESSION) as string) as Snapshot[];
}
