/**
 * The adapter for Node, which also runs on Deno and Bun: the reference that their own adapters are tested against.
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
  StorageMarks,
  takeUpRejections,
} from "../shared/process.ts";
import {
  clearTimeout,
  denoHop,
  keepAlive,
  now,
  plainHop,
  setTimeout,
  turnsInside,
  wholeDelay,
} from "../shared/timers.ts";

/** Node, and whatever offers Node's modules: `node:http`, signals and exit code of the global `process`. */
export const nodeAdapter: Adapter = {
  name: "node",
  now,
  hop: "Deno" in globalThis ? denoHop : plainHop,
  setTimer: (delay: number, callback: () => void): HostTimer => setTimeout(callback, wholeDelay(delay)),
  clearTimer: (timer: HostTimer) => clearTimeout(timer),
  keepAlive,
  turnsInside,
  takeUpRejections,
  marks: <M extends object>() => "Bun" in globalThis ? new SnapshotMarks<M>() : new StorageMarks<M>(),
  addSignalListener,
  removeSignalListener,
  setExitCode,
  exit,
  exitWhenWritten,
  atExit,
  readVariable,
  serveHttp: (options: HttpListenOptions): Promise<HttpListener> => serveHttpOn("node", options),
  // Other hosts that have Node's modules do not tell by them what they wait for.
  ...("Bun" in globalThis || "Deno" in globalThis ? {} : { idle: async () => (await import("./idle.ts")).nodeIdle }),
  net: async () => (await import("./net.ts")).nodeNet,
  processes: async () => (await import("./process.ts")).nodeProcesses,
  workers: async () => (await import("./workers.ts")).nodeWorkers,
};
