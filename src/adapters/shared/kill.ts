/**
 * Signals to processes by the global `process`, which all hosts have.
 *
 * @module
 */
import { codeOf } from "./errors.ts";
import { killError, unknownSignal } from "./spawn_errors.ts";

interface HostProcess {
  kill(pid: number, signal: string | number): unknown;
}

/** Sends a signal to a process, or to a group by its negative number; false if there is none. Signal 0 only asks. */
export function sendSignal(pid: number, signal: string | number): boolean {
  try {
    (globalThis as unknown as { readonly process: HostProcess }).process.kill(pid, signal);
    return true;
  } catch (error) {
    const code = codeOf(error);
    if (code === "ESRCH") return false;
    if (code === "EINVAL" || error instanceof TypeError || error instanceof RangeError) {
      throw unknownSignal(signal, error);
    }
    throw killError(signal, pid, (error as Error).name === "NotCapable" ? "EACCES" : code, error);
  }
}
