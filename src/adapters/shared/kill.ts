/**
 * Signals to processes by the global `process`, which all hosts have.
 *
 * @module
 */
import { codeOf } from "./host_error.ts";
import { mayLook } from "./process.ts";
import { killError, unknownSignal } from "./spawn_errors.ts";

interface NodeFs {
  readdirSync(path: string): string[];
  readFileSync(path: string, encoding: "latin1"): string;
}

interface HostProcess {
  readonly platform: string;
  kill(pid: number, signal: string | number): unknown;
  getBuiltinModule?(name: "node:fs"): NodeFs;
}

function hostProcess(): HostProcess {
  return (globalThis as unknown as { readonly process: HostProcess }).process;
}

/** Sends a signal to a process, or to a group by its negative number; false if there is no such process. */
export function sendSignal(pid: number, signal: string | number): boolean {
  try {
    hostProcess().kill(pid, signal);
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

/**
 * Sends a signal to the processes of a group; returns false if none is left. Signal 0 only asks, and does not count what has ended and is only
 * still listed: processes that have lost their parent stay so until the first process of the system looks after them, in a container
 * sometimes for ever.
 */
export function sendGroupSignal(group: number, signal: string | number): boolean {
  if (!sendSignal(-group, signal)) return false;
  return signal !== 0 || hostProcess().platform !== "linux" || isAnyAlive(group);
}

/** What Linux reports of each process begins with its number, its name in parentheses, its state, its parent and its group. */
function isAnyAlive(group: number): boolean {
  try {
    const fs = hostProcess().getBuiltinModule?.("node:fs");
    if (fs === undefined || !mayLook({ name: "read", path: "/proc" })) return true;
    return fs.readdirSync("/proc").some((pid) => {
      if (!/^\d+$/.test(pid)) return false;
      let stat: string;
      try {
        stat = fs.readFileSync(`/proc/${pid}/stat`, "latin1");
      } catch (error) {
        if ((error as Error).name === "NotCapable") throw error;
        // It has ended meanwhile.
        return false;
      }
      const [state, , itsGroup] = stat.slice(stat.lastIndexOf(")") + 2).split(" ", 3);
      return Number(itsGroup) === group && state !== "Z" && state !== "X";
    });
  } catch {
    // Deno's permissions, or a system without /proc.
    return true;
  }
}
