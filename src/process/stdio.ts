/**
 * From what a program asks for to the options of the runtime.
 *
 * @module
 */
import type { HostStdio } from "../adapters/process.ts";
import { loadBuiltin } from "../adapters/shared/lazy_process.ts";
import { OSError } from "../core/errors.ts";
import { fromPromise } from "../core/from_promise.ts";
import type { Coroutine } from "../core/suspend.ts";
import { DEVNULL, PIPE, type Stdio, STDOUT } from "../io/process.ts";
import { toPath } from "./check.ts";

interface NodeFs {
  openSync(path: string, flags: "r" | "w" | "a"): number;
  closeSync(fd: number): void;
}

/** stdin, stdout and stderr as they were asked for, with nothing left out. */
export interface AskedStdio {
  readonly stdin: Stdio;
  readonly stdout: Stdio;
  readonly stderr: Stdio;
}

/** The same for the runtime. */
export interface PreparedStdio {
  readonly stdin: HostStdio;
  readonly stdout: HostStdio;
  readonly stderr: HostStdio;
  /** stderr has to be made the same pipe as stdout by somebody else: no runtime does that. */
  readonly merged: boolean;
  /** Closes the files that were opened here. */
  close(): void;
}

/** Opens the files that are named by their URLs. */
export function* prepareStdio(asked: AskedStdio): Coroutine<PreparedStdio> {
  const opened: number[] = [];
  const all = [asked.stdin, asked.stdout, asked.stderr];
  const fs = all.some((stdio) => stdio instanceof URL) ? yield* fromPromise(loadBuiltin<NodeFs>("node:fs")) : null;
  const close = () => {
    for (const fd of opened.splice(0)) fs?.closeSync(fd);
  };
  const toHost = (stdio: Stdio, name: string): HostStdio => {
    if (stdio === null) return "inherit";
    if (stdio === PIPE) return "pipe";
    if (stdio === DEVNULL) return "null";
    if (!(stdio instanceof URL)) return typeof stdio === "number" ? stdio : stdio.fd;
    const fd = openFile(fs as NodeFs, stdio, name);
    opened.push(fd);
    return fd;
  };
  try {
    const stdin = toHost(asked.stdin, "stdin");
    const stdout = toHost(asked.stdout, "stdout");
    if (asked.stderr !== STDOUT) return { stdin, stdout, stderr: toHost(asked.stderr, "stderr"), merged: false, close };
    // What this program has itself as stdout has the number 1.
    const stderr = stdout === "inherit" ? 1 : stdout;
    return { stdin, stdout, stderr, merged: stdout === "pipe", close };
  } catch (error) {
    close();
    throw error;
  }
}

function openFile(fs: NodeFs, url: URL, name: string): number {
  const path = toPath(url);
  try {
    if (name === "stdin") return fs.openSync(path, "r");
    // Emptied first, then opened so that each write goes to the end: stdout and stderr may be the same file.
    fs.closeSync(fs.openSync(path, "w"));
    return fs.openSync(path, "a");
  } catch (cause) {
    const { code, message } = cause as { readonly code?: unknown; readonly message?: unknown };
    const denied = (cause as Error).name === "NotCapable";
    throw new OSError(`Cannot open ${path} as ${name} of a process: ${message}. Check its path and permissions.`, {
      code: denied ? "EACCES" : typeof code === "string" ? code : "EIO",
      cause,
    });
  }
}
