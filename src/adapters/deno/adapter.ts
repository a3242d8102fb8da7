/**
 * The adapter for Deno.
 *
 * @module
 */

import type { Adapter, HostTimer, HttpListener, HttpListenOptions } from "../adapter.ts";
import { serveHttpOn, takeUpRejections } from "../shared/process.ts";
import { clearTimeout, denoHop, keepAlive, now, setTimeout, wholeDelay } from "../shared/timers.ts";
import { denoMarks } from "./async_marks.ts";

/** Deno: `Deno.serve`, its own signals, no permission needed before something listens or connects. */
export const denoAdapter: Adapter = {
  name: "deno",
  now,
  hop: denoHop,
  setTimer(delay: number, callback: () => void): HostTimer {
    // Quirk `late-timers`.
    const whole = wholeDelay(delay);
    return setTimeout(callback, whole > 1 ? whole - 1 : whole);
  },
  clearTimer: (timer: HostTimer) => clearTimeout(timer),
  keepAlive,
  takeUpRejections,
  marks: denoMarks,
  addSignalListener(signal: string, listener: () => void): void {
    Deno.addSignalListener(signal as Deno.Signal, listener);
  },
  removeSignalListener(signal: string, listener: () => void): void {
    Deno.removeSignalListener(signal as Deno.Signal, listener);
  },
  setExitCode(code: number): void {
    Deno.exitCode = code;
  },
  exit(code: number): void {
    Deno.exit(code);
  },
  // What the console and `process.stdout` write has left the process when they return.
  exitWhenWritten(code: number | undefined): void {
    Deno.exit(code);
  },
  atExit(callback: () => void): () => void {
    addEventListener("unload", callback);
    return () => removeEventListener("unload", callback);
  },
  readVariable(name: string): string | undefined {
    // Where it is not permitted yet, reading it would stop the program and ask.
    const { state } = Deno.permissions.querySync({ name: "env", variable: name });
    return state === "granted" ? Deno.env.get(name) : undefined;
  },
  serveHttp: (options: HttpListenOptions): Promise<HttpListener> => serveHttpOn("deno", options),
  idle: async () => (await import("./idle.ts")).denoIdle,
  net: async () => (await import("./net.ts")).denoNet,
  processes: async () => (await import("./process.ts")).denoProcesses,
  workers: async () => (await import("./workers.ts")).denoWorkers,
};
