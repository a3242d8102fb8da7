/**
 * Where the program has its snapshots from.
 *
 * @module
 */
import { mayLook } from "../../adapters/shared/process.ts";
import { fromPromise } from "../../core/from_promise.ts";
import type { Coroutine } from "../../core/suspend.ts";
import { sleep } from "../../tasks/sleep.ts";
import type { Snapshot } from "../snapshot.ts";
import { CommandError } from "./command_error.ts";
import { DebuggerSession } from "./debugger.ts";
import { askDebugger, type Told } from "./debugger_snapshot.ts";
import { type Answer, describePlace, get, type Patience, type Place } from "./http_client.ts";
import { listeningPlaces } from "./listening_places.ts";
import { openInspector } from "./process_target.ts";
import { type Address, parseTarget } from "./target.ts";

/** Something that describes a program again and again. */
export interface Source {
  /** A snapshot of now. */
  take(): Coroutine<Told>;
  /** Leaves the program as it was. */
  close(): Coroutine<void>;
}

/** The variable that may have the token. */
export const TOKEN_VARIABLE = "ASYNCIO_INSPECT_TOKEN";
/** How often a process is asked for the address of its inspector, and after how many milliseconds again. */
const ATTEMPTS = 50;
const PAUSE = 100;
/** So many of those are for an address that it has not had before. */
const ATTEMPTS_FOR_NEW = 10;
/** For the first answer nothing has to be found out, and it is short. */
const FIRST_ANSWER: Patience = { pause: 10_000, whole: 10_000, length: 1_000_000 };
/** Closes the inspector of a process, once its sessions have ended. */
const CLOSE_INSPECTOR = 'setTimeout(() => process.getBuiltinModule("node:inspector").close(), 50), 0';

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
      return { snapshot: snapshotIn(yield* get(place, "/snapshot", token), place, token), failures: [] };
    },
    *close() {},
  };
}

/** Nobody is asked on a terminal whether a variable may be read that is most often not set. */
function unread(): string {
  return mayLook({ name: "env", variable: TOKEN_VARIABLE })
    ? ""
    : ` ${TOKEN_VARIABLE} is not read without --allow-env=${TOKEN_VARIABLE}.`;
}

function snapshotIn({ status, body }: Answer, place: Place, token: string | null): Snapshot {
  const where = describePlace(place);
  if (status === 401) {
    throw new CommandError(
      token === null
        ? `The inspector at ${where} wants its token: write --token TOKEN, or the whole address that the program says.${unread()}`
        : `The inspector at ${where} has another token: the program says it when it begins to listen.`,
    );
  }
  const [, refusal] = /^This is an inspector: (.*)\n?$/.exec(body) ?? [];
  if (refusal !== undefined) throw new CommandError(`The inspector at ${where} refuses: ${refusal}`);
  let snapshot: Partial<Snapshot> | null = null;
  try {
    snapshot = JSON.parse(body) as Partial<Snapshot> | null;
  } catch {
    // What does not speak JSON is something else.
  }
  if (status === 200 && (snapshot?.version ?? 1) !== 1) {
    throw new CommandError(`The inspector at ${where} is of another version of @loop/asyncio: use that one's program.`);
  }
  if (status !== 200 || !Array.isArray(snapshot?.loops) || !snapshot.loops.every(({ tasks }) => Array.isArray(tasks))) {
    throw new CommandError(
      status === 500 && body.startsWith("The inspector could not answer")
        ? `The inspector at ${where} could not answer: the exception handler of its loop knows why.`
        : `What listens at ${where} is no inspector: it answers ${status === 200 ? "something else" : status}.`,
    );
  }
  return snapshot as Snapshot;
}

/** The debugger of V8 at an address; null if something else listens there. */
function* debuggerAt(place: Address): Coroutine<string | null> {
  const { status, body } = yield* get(place, "/json/list", null, FIRST_ANSWER);
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

function debuggerSource(session: DebuggerSession, leave: () => void = () => {}): Source {
  return {
    *take() {
      return yield* fromPromise(askDebugger(session));
    },
    *close() {
      leave();
      yield* fromPromise(session.close());
    },
  };
}

/** A process of Node or Deno that is asked to open its inspector, which is closed again in the end; one that was open before stays so. */
function* processSource(pid: number): Coroutine<Source> {
  const before = yield* openInspector(pid);
  const known = new Set(before.map(describePlace));
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const places = listeningPlaces(pid);
    const opened = places.filter((place) => !known.has(describePlace(place)));
    // It may have been open before. The program has other places as well, which are asked last.
    for (const place of attempt < ATTEMPTS_FOR_NEW ? opened : [...opened, ...before]) {
      const session = yield* trySession(place, pid);
      if (session === null) continue;
      // What was open belongs to somebody who has asked for it by --inspect, and closing would end the sessions of others.
      if (known.has(describePlace(place))) return debuggerSource(session);
      // Closing waits for the sessions to end, so that it begins when this one has.
      return debuggerSource(session, () => session.main.send(CLOSE_INSPECTOR));
    }
    yield* sleep(PAUSE);
  }
  throw new CommandError(
    `Process ${pid} has not opened its inspector: it may be in a step that does not end, take SIGUSR1 for something else, or another program may have ` +
      "the port 9229.",
  );
}

/** A session at a place, if a debugger of the process listens there. */
function* trySession(place: Address, pid: number): Coroutine<DebuggerSession | null> {
  try {
    const url = yield* debuggerAt(place);
    if (url === null) return null;
    const session = yield* fromPromise(DebuggerSession.open(url));
    // Another program may have that port.
    if ((yield* fromPromise(session.main.evaluate("process.pid"))) === pid) return session;
    yield* fromPromise(session.close());
    return null;
  } catch (error) {
    if (error instanceof CommandError) return null;
    throw error;
  }
}
