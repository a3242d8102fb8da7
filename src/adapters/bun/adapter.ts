/**
 * The adapter for Bun.
 *
 * @module
 */

import type { Adapter, HostTimer, HttpListener, HttpListenOptions } from "../adapter.ts";
import {
  addSignalListener,
  atExit,
  exit,
  exitWhenWritten,
  readVariable,
  removeSignalListener,
  serveHttpOn,
  setExitCode,
  SnapshotMarks,
  takeUpRejections,
} from "../shared/process.ts";
import { clearTimeout, keepAlive, now, plainHop, setTimeout, turnsInside, wholeDelay } from "../shared/timers.ts";

const setTimer = (delay: number, callback: () => void): HostTimer => setTimeout(callback, wholeDelay(delay));

let hasWarned = false;

/** Under the test runner, whose fake timers have a mark. */
function setTimerInTest(delay: number, callback: () => void): HostTimer {
  const { clock } = globalThis.setTimeout as { readonly clock?: unknown };
  if (clock === true && !hasWarned) {
    hasWarned = true;
    void import("./fake_timers.ts").then(({ warnOfFakeTimers }) => warnOfFakeTimers());
  }
  return setTimer(delay, callback);
}

/** Bun: `Bun.serve`, signals and exit code of its global `process`. */
export const bunAdapter: Adapter = {
  name: "bun",
  now,
  hop: plainHop,
  // Bun turns its loop inside of callbacks in its test runner only.
  setTimer: turnsInside ? setTimerInTest : setTimer,
  clearTimer: (timer: HostTimer) => clearTimeout(timer),
  keepAlive,
  turnsInside,
  takeUpRejections,
  marks: <M extends object>() => new SnapshotMarks<M>(),
  addSignalListener,
  removeSignalListener,
  setExitCode,
  exit,
  exitWhenWritten,
  atExit,
  readVariable,
  serveHttp: (options: HttpListenOptions): Promise<HttpListener> => serveHttpOn("bun", options),
  idle: async () => (await import("./idle.ts")).bunIdle,
  net: async () => (await import("./net.ts")).bunNet,
  processes: async () => (await import("./process.ts")).bunProcesses,
  workers: async () => (await import("./workers.ts")).bunWorkers,
};
