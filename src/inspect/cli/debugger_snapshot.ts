/**
 * A snapshot by the inspector of V8, of a program that has prepared nothing.
 *
 * @module
 */
import type { Snapshot } from "../snapshot.ts";
import { CommandError } from "./command_error.ts";
import type { DebuggerSession } from "./debugger.ts";

/** The loops of a program are found under a symbol of its global scope, and with them what describes them. */
const EXPRESSION = `(async () => {
  const registrations = globalThis[Symbol.for("@loop/asyncio")];
  if (registrations === undefined) return null;
  const snapshots = [];
  for (const { loops, load } of registrations) snapshots.push((await load()).takeSnapshot(loops()));
  return JSON.stringify(snapshots);
})()`;

/** Asks the program for one. */
export async function askDebugger(session: DebuggerSession): Promise<Snapshot> {
  const answer = await session.evaluate(EXPRESSION) as string | null;
  if (answer === null) throw new CommandError("That program has not made a loop of @loop/asyncio.");
  const [first, ...others] = JSON.parse(answer) as Snapshot[];
  // A program may have loaded the module twice.
  const loops = [...first?.loops ?? [], ...others.flatMap((snapshot) => snapshot.loops)];
  return { ...first as Snapshot, loops };
}
