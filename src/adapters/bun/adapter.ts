/**
 * The adapter for Bun.
 *
 * @module
 */

import type { Adapter, HostTimer, HttpListener, HttpListenOptions } from "../adapter.ts";
import { addSignalListener, exit, removeSignalListener, setExitCode, takeUpRejections } from "../shared/process.ts";
import { SnapshotMarks } from "../shared/storage_marks.ts";
import { clearTimeout, keepAlive, plainHop, setTimeout, turnsInside, wholeDelay } from "../shared/timers.ts";

/** Bun: `Bun.serve`, signals and exit code of its global `process`. */
export const bunAdapter: Adapter = {
  name: "bun",
  now: () => performance.now(),
  hop: plainHop,
  setTimer: (delay: number, callback: () => void): HostTimer => setTimeout(callback, wholeDelay(delay)),
  clearTimer: (timer: HostTimer) => clearTimeout(timer),
  keepAlive,
  turnsInside,
  takeUpRejections,
  marks: <M extends object>() => new SnapshotMarks<M>(),
  addSignalListener,
  removeSignalListener,
  setExitCode,
  exit,
  async serveHttp(options: HttpListenOptions): Promise<HttpListener> {
    const { serveHttp } = await import("./http.ts");
    return await serveHttp(options);
  },
  net: async () => (await import("./net.ts")).bunNet,
  processes: async () => (await import("./process.ts")).bunProcesses,
  workers: async () => (await import("./workers.ts")).bunWorkers,
};
