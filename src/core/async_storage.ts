/**
 * Finds the task of async code again after each `await`.
 *
 * What that needs of the host is fetched when the first async function is met: a program of coroutines never pays for it.
 *
 * @module
 */
import type { CoreAdapter } from "../adapters/adapter.ts";
import type { AsyncFrame as Frame, AsyncMarks, AsyncSnapshot as Snapshot } from "../adapters/async_marks.ts";
import type { AnyCode, Loop } from "./contract.ts";
import { current, runningLoops } from "./current.ts";
import { NotSupportedError } from "./errors.ts";
import { NoMarks } from "./no_marks.ts";

export type { Frame, Snapshot };

let marks: AsyncMarks<AnyCode> | null = null;

/** What finds an adapter that has marks. */
let findHost: (() => CoreAdapter) | null = null;

/**
 * Says what the marks are asked of when they are first needed, which may be before there is a loop; who says it first is heard. There is one
 * host, whatever adapters loops are given.
 */
export function askForMarks(find: () => CoreAdapter): void {
  findHost ??= find;
}

function makeMarks(): AsyncMarks<AnyCode> {
  try {
    return findHost?.().marks?.() ?? new NoMarks();
  } catch (error) {
    if (!(error instanceof NotSupportedError)) throw error;
    return new NoMarks();
  }
}

/**
 * Fetches it before it is needed, if this runtime has it. A host may run microtasks while it loads the module, once: in a callback of the
 * host that could be the loop's turn, in the middle of what a request has begun. In a turn, or before the loop runs, it cannot.
 */
export function prepareStorage(): void {
  if (marks !== null) return;
  marks = makeMarks();
  // From now on a turn may begin in a frame of somebody, and has to know one of nobody.
  for (const loop of runningLoops()) loop._frame ??= marks.capture();
}

/** Whether what follows from a function can be known for its own. */
export function canMark(): boolean {
  marks ??= makeMarks();
  return !(marks instanceof NoMarks);
}

/** The values of every AsyncLocalStorage as they are here, for a function that is called later. */
export function captureFrame(): Frame {
  if (marks === null) prepareStorage();
  return marks?.capture();
}

/** The same, if there has been an async function: what a loop that starts takes for nobody's. */
export function captureKnownFrame(): Frame | null {
  return marks === null ? null : marks.capture();
}

/** Calls a function with the values of a frame; what follows from it belongs to `code`, or to nobody. */
export function runInFrame<R>(frame: Frame, code: AnyCode | undefined, callback: () => R): R {
  marks ??= makeMarks();
  return marks.runIn(frame, code, callback);
}

/** Calls a function that belongs to nobody, with the values of a frame if there is one. */
export function runUnmarked<R>(frame: Frame | null, callback: () => R): R {
  marks ??= makeMarks();
  return frame === null ? marks.run(undefined, callback) : marks.runIn(frame, undefined, callback);
}

/** The async code that this is, if it still runs: in its first step as its caller has noted, later by its mark. */
export function currentCode(): AnyCode | null {
  if (current.loop !== null) return current.code;
  return markedCode();
}

/** The async code whose continuation this is, if it still runs. */
export function markedCode(): AnyCode | null {
  const code = marks?.get();
  return code === undefined || code.task === null ? null : code;
}

/** The loop that async code belongs to, be it ended: what that has left behind goes on. */
export function markedLoop(): Loop | null {
  const code = marks?.get();
  if (code === undefined) return null;
  if (code.task !== null) return code.task._loop;
  return code.leftLoop !== null && runningLoops().includes(code.leftLoop) ? code.leftLoop : null;
}

/** Whether this code carries somebody's mark, so that a turn begun here must shed it. */
export function hasForeignMark(): boolean {
  return marks !== null && marks.get() !== undefined;
}

/** Takes a snapshot of every AsyncLocalStorage of the program, others' included; the own mark is not for another task. */
export function takeSnapshot(): Snapshot {
  return hasForeignMark() ? runUnmarked(null, takeMarkedSnapshot) : takeMarkedSnapshot();
}

/** The same with the own mark: for what runs in the task that the mark stands for. */
export function takeMarkedSnapshot(): Snapshot {
  marks ??= makeMarks();
  return marks.snapshot();
}
