/**
 * Where the program has its snapshots from.
 *
 * @module
 */
import { fromPromise } from "../../core/from_promise.ts";
import type { Coroutine } from "../../core/suspend.ts";
import { sleep } from "../../tasks/sleep.ts";
import type { Snapshot } from "../snapshot.ts";
import { CommandError } from "./command_error.ts";
import { DebuggerSession } from "./debugger.ts";
import { askDebugger } from "./debugger_snapshot.ts";
import { type Answer, describePlace, get, type Place } from "./http_client.ts";
import { listeningPlaces, openInspector } from "./process_target.ts";
import { type Address, parseTarget } from "./target.ts";

/** Something that describes a program again and again. */
export interface Source {
  /** A snapshot of now. */
  take(): Coroutine<Snapshot>;
  /** Leaves the program as it was. */
  close(): Coroutine<void>;
}

/** How often a process is asked for the address of its inspector, and after how many milliseconds again. */
const ATTEMPTS = 50;
const PAUSE = 100;

/** Finds out what a target is. `hasToken` says whether a token was written beside it. */
export function* openSource(word: string, token: string | null, hasToken: boolean): Coroutine<Source> {
  const target = parseTarget(word, hasToken);
  switch (target.kind) {
    case "socket":
      return inspectorSource(target, token);
    case "debugger":
      return debuggerSource(yield* fromPromise(DebuggerSession.open(target.url)));
    case "process":
      return yield* processSource(target.pid);
    case "address": {
      const known = target.token ?? token;
      const url = yield* debuggerAt(target);
      if (url === null) return inspectorSource(target, known);
      return debuggerSource(yield* fromPromise(DebuggerSession.open(url)));
    }
  }
}

/** The inspector that `inspect()` of the program has opened. */
function inspectorSource(place: Place, token: string | null): Source {
  return {
    *take() {
      return snapshotIn(yield* get(place, "/snapshot", token), place, token);
    },
    *close() {},
  };
}

function snapshotIn({ status, body }: Answer, place: Place, token: string | null): Snapshot {
  const where = describePlace(place);
  if (status === 401) {
    throw new CommandError(
      token === null
        ? `The inspector at ${where} wants its token: write --token TOKEN, or the whole address that the program says.`
        : `The inspector at ${where} has another token: the program says it when it begins to listen.`,
    );
  }
  let snapshot: Partial<Snapshot> | null = null;
  try {
    snapshot = JSON.parse(body) as Partial<Snapshot> | null;
  } catch {
    // What does not speak JSON is something else.
  }
  if (status !== 200 || !Array.isArray(snapshot?.loops)) {
    throw new CommandError(`What listens at ${where} is no inspector: it answers ${status}.`);
  }
  if (snapshot.version !== 1) {
    throw new CommandError(`The inspector at ${where} is of another version of @loop/asyncio: use that one's program.`);
  }
  return snapshot as Snapshot;
}

/** The debugger of V8 at an address; null if something else listens there. */
function* debuggerAt(place: Address): Coroutine<string | null> {
  const { status, body } = yield* get(place, "/json/list", null);
  if (status !== 200) return null;
  try {
    const [first] = JSON.parse(body) as { webSocketDebuggerUrl?: unknown }[];
    const url = first?.webSocketDebuggerUrl;
    if (typeof url !== "string") throw new CommandError(`The debugger at ${describePlace(place)} has no program.`);
    return url;
  } catch (error) {
    if (error instanceof CommandError) throw error;
    return null;
  }
}

function debuggerSource(session: DebuggerSession, leave: () => Promise<void> = () => Promise.resolve()): Source {
  return {
    *take() {
      return yield* fromPromise(askDebugger(session));
    },
    *close() {
      // A program that has ended has closed everything.
      if (!session.isOver) yield* fromPromise(leave());
      yield* fromPromise(session.close());
    },
  };
}

/** A process of Node or Deno that is asked to open its inspector, which is closed again in the end. */
function* processSource(pid: number): Coroutine<Source> {
  openInspector(pid);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    for (const place of listeningPlaces(pid)) {
      const url = yield* tryDebugger(place);
      if (url === null) continue;
      const session = yield* fromPromise(DebuggerSession.open(url));
      // Another program may have that port.
      if ((yield* fromPromise(session.evaluate("process.pid"))) === pid) {
        return debuggerSource(session, () => closeInspector(session));
      }
      yield* fromPromise(session.close());
    }
    yield* sleep(PAUSE);
  }
  throw new CommandError(
    `Process ${pid} has not opened its inspector: it may be busy, or another program may have the port 9229.`,
  );
}

function* tryDebugger(place: Address): Coroutine<string | null> {
  try {
    return yield* debuggerAt(place);
  } catch (error) {
    if (error instanceof CommandError) return null;
    throw error;
  }
}

/** Closes the inspector, once the answer has left: closing waits for the sessions to end. */
async function closeInspector(session: DebuggerSession): Promise<void> {
  await session.evaluate('setTimeout(() => process.getBuiltinModule("node:inspector").close(), 50), 0');
}
