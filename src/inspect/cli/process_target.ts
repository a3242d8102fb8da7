/**
 * Finding the inspector of a process of Node or Deno.
 *
 * @module
 */
import { builtin } from "../../adapters/shared/process.ts";
import { CommandError } from "./command_error.ts";
import type { Address } from "./target.ts";

interface Files {
  readFileSync(path: string, encoding: "utf8"): string;
  readlinkSync(path: string): string;
  readdirSync(path: string): string[];
}

interface Host {
  readonly platform: string;
  kill(pid: number, signal: string | number): void;
}

/** The bit of SIGUSR1, which is 10 on Linux, in the mask of the signals that a process handles. */
const SIGUSR1 = 1n << 9n;
const LISTENING = "0A";
/** Where both open their inspector if they were not told otherwise. */
const USUAL: Address = { host: "127.0.0.1", port: 9229 };

/**
 * Asks a process of Node or Deno to open its inspector. Any other process would be ended by the signal, so it is sent only to one that is known
 * to handle it.
 */
export function openInspector(pid: number): void {
  const host = builtin<Host>("node:process");
  try {
    host.kill(pid, 0);
  } catch (cause) {
    const { code, name } = cause as { readonly code?: string; readonly name: string };
    if (code === "ESRCH") {
      throw new CommandError(`There is no process ${pid}. A port is written as :${pid}.`, 1, { cause });
    }
    if (code === "EPERM") throw new CommandError(`Process ${pid} belongs to somebody else.`, 1, { cause });
    throw new CommandError(
      `Cannot look at process ${pid}: ${name === "NotCapable" ? "Deno wants --allow-run" : code}.`,
      1,
      {
        cause,
      },
    );
  }
  const program = programOf(pid, host);
  if (program === null) {
    throw new CommandError(
      `Cannot tell on ${host.platform} whether process ${pid} is Node or Deno: another would be ended by the signal. ` +
        "Send it SIGUSR1 yourself, and give the address that it writes.",
    );
  }
  if (program !== "") {
    throw new CommandError(
      `Process ${pid} is ${program}: it would be ended by SIGUSR1, which opens the inspector of Node and Deno. Call inspect() in it, and give the ` +
        `address that it says. A port is written as :${pid}.`,
    );
  }
  host.kill(pid, "SIGUSR1");
}

/** The program of a process that would not open its inspector at the signal; empty if it would, null if it cannot be told. */
function programOf(pid: number, { platform }: Host): string | null {
  if (platform !== "linux") return null;
  const files = builtin<Files>("node:fs");
  try {
    const program = files.readlinkSync(`/proc/${pid}/exe`).replace(/^.*\//, "").replace(/ \(deleted\)$/, "");
    const [, mask = "0"] = /^SigCgt:\s*([\da-f]+)$/m.exec(files.readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    if (!/^(node(js)?|deno)([\d.-].*)?$/.test(program)) return program;
    return (BigInt(`0x${mask}`) & SIGUSR1) === 0n ? `a version of ${program} that does not handle it` : "";
  } catch {
    return null;
  }
}

/** Where a process listens on this machine, the usual address first. */
export function listeningPlaces(pid: number): Address[] {
  const files = builtin<Files>("node:fs");
  try {
    const inodes = new Set(
      files.readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
        try {
          return /^socket:\[(\d+)\]$/.exec(files.readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
        } catch {
          return [];
        }
      }),
    );
    const ports = files.readFileSync(`/proc/${pid}/net/tcp`, "utf8").split("\n").flatMap((line) => {
      const [, local = "", , state, , , , , , inode = ""] = line.trim().split(/\s+/);
      return state === LISTENING && inodes.has(inode) ? [parseInt(local.split(":")[1] ?? "", 16)] : [];
    });
    return ports.sort((one, other) => Number(other === USUAL.port) - Number(one === USUAL.port))
      .map((port) => ({ host: USUAL.host, port }));
  } catch {
    return [USUAL];
  }
}
