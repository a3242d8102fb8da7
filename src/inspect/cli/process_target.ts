/**
 * Finding the inspector of a process of Node or Deno.
 *
 * @module
 */
import { builtin } from "../../adapters/shared/process.ts";
import type { Coroutine } from "../../core/suspend.ts";
import { sleep } from "../../tasks/sleep.ts";
import { CommandError } from "./command_error.ts";
import { listeningPlaces } from "./listening_places.ts";
import type { Address } from "./target.ts";

interface Files {
  readFileSync(path: string, encoding: "utf8"): string;
  readlinkSync(path: string): string;
}

interface Process {
  readonly platform: string;
  kill(pid: number, signal: string | number): void;
}

/** What is asked of the host. */
export interface Host {
  readonly process: Process;
  readonly files: Files;
}

/** The bit of SIGUSR1, which is 10 on Linux, in the mask of the signals that a process handles. */
const SIGUSR1 = 1n << 9n;
/** How often a process is looked at that does not handle it yet, and after how many milliseconds again: both runtimes do so when they have begun. */
const LOOKS = 50;
const PAUSE = 100;

/** What is known of a process. */
interface Known {
  /** The name of its program. */
  readonly program: string;
  /** A letter of the system's: `T` for one that is stopped, `Z` for one that has ended. */
  readonly state: string;
  readonly handlesSignal: boolean;
  readonly isInOtherNetwork: boolean;
}

/**
 * Asks a process of Node or Deno to open its inspector. The signal would end any other process, so it is sent only to one that is known to handle
 * it.
 *
 * @returns where the process has listened before
 */
export function* openInspector(pid: number, host: Host = ownHost()): Coroutine<readonly Address[]> {
  const { process: { platform } } = host;
  if (platform === "win32") {
    throw new CommandError(
      "No signal opens the inspector of a process on Windows. Start the program with --inspect, and write :9229; or call inspect() in it, and give " +
        "the address that it says.",
    );
  }
  signal(host, pid, 0);
  if (platform !== "linux") {
    throw new CommandError(
      `Cannot tell on ${
        platform === "darwin" ? "macOS" : platform
      } what process ${pid} is, and the signal SIGUSR1 would end it unless it is Node ` +
        `or Deno. If it is, write kill -USR1 ${pid} yourself, and give the address that it prints, or :9229. A port is written as :${pid}.`,
    );
  }
  for (let look = 0; look < LOOKS; look++) {
    if (requireRuntime(pid, knownOf(pid, host))) {
      const before = listeningPlaces(pid);
      signal(host, pid, "SIGUSR1");
      return before;
    }
    yield* sleep(PAUSE);
  }
  const { program } = knownOf(pid, host);
  const isNode = program.startsWith("node");
  throw new CommandError(
    `Process ${pid} is ${
      isNode ? "Node" : "Deno"
    }, and does not open its inspector at SIGUSR1: it has only just begun, has been busy ever since, or ${
      isNode ? "was started with --disable-sigusr1" : "is of a version that cannot"
    }. Try again, or start it with --inspect and write :9229.`,
  );
}

function ownHost(): Host {
  return { process: builtin("node:process"), files: builtin("node:fs") };
}

function signal({ process }: Host, pid: number, name: string | number): void {
  try {
    process.kill(pid, name);
  } catch (cause) {
    const { code } = cause as { readonly code?: string };
    if (code === "ESRCH") {
      throw new CommandError(`There is no process ${pid}. A port is written as :${pid}.`, 1, { cause });
    }
    if (code === "EPERM") throw new CommandError(`Process ${pid} belongs to somebody else.`, 1, { cause });
    throw cannotLook(pid, cause);
  }
}

function cannotLook(pid: number, cause: unknown): CommandError {
  const { code, name, message } = cause as { readonly code?: string; readonly name: string; readonly message: string };
  const why = name === "NotCapable" || name === "PermissionDenied"
    ? "Deno wants --allow-all for that"
    : code === "EACCES"
    ? "it belongs to somebody else"
    : code === "ENOENT"
    ? "it is a part of the system, or has just ended"
    : message.replace(/\.$/, "");
  return new CommandError(`Cannot look at process ${pid}: ${why}.`, 1, { cause });
}

/** Whether a process handles the signal by now. Refuses one that never will, or that could not answer. */
function requireRuntime(pid: number, { program, state, handlesSignal, isInOtherNetwork }: Known): boolean {
  if (state === "Z") throw new CommandError(`Process ${pid} has ended, and its parent has not looked at it yet.`);
  if (!/^(node(js)?|deno)([\d.-].*)?$/.test(program)) {
    throw new CommandError(
      `Process ${pid} is ${program}: ${
        handlesSignal ? "it may take SIGUSR1 for something else" : "it would be ended by SIGUSR1"
      }, which opens the inspector of Node and Deno. Call inspect() in it, and give the address that it says. A port is written as :${pid}.`,
    );
  }
  if (state === "T" || state === "t") {
    throw new CommandError(`Process ${pid} is stopped, and answers when it goes on: kill -CONT ${pid}.`);
  }
  if (isInOtherNetwork) {
    throw new CommandError(
      `Process ${pid} has a network of its own, as in a container, where its inspector cannot be reached from here. Look at it from in there.`,
    );
  }
  return handlesSignal;
}

function knownOf(pid: number, { files }: Host): Known {
  try {
    const status = files.readFileSync(`/proc/${pid}/status`, "utf8");
    const [, state = ""] = /^State:\s*(\w)/m.exec(status) ?? [];
    const [, mask = "0"] = /^SigCgt:\s*([\da-f]+)$/m.exec(status) ?? [];
    // What has ended has no program any more.
    if (state === "Z") return { program: "", state, handlesSignal: false, isInOtherNetwork: false };
    const program = files.readlinkSync(`/proc/${pid}/exe`).replace(/^.*\//, "").replace(/ \(deleted\)$/, "");
    const networks = [pid, "self"].map((process) => files.readlinkSync(`/proc/${process}/ns/net`));
    return {
      program,
      state,
      handlesSignal: (BigInt(`0x${mask}`) & SIGUSR1) !== 0n,
      isInOtherNetwork: networks[0] !== networks[1],
    };
  } catch (cause) {
    throw cannotLook(pid, cause);
  }
}
