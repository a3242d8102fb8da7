/**
 * The one place that says what a failure to start or to signal a process means and what to do about it.
 *
 * Each adapter finds the code in its host's error; the words are the same everywhere.
 *
 * @module
 */
import { OSError } from "../../core/errors.ts";
import type { SpawnOptions } from "../process.ts";
import { loadBuiltin } from "./lazy_process.ts";
import { mayLook } from "./process.ts";
import { errorText } from "./host_error.ts";

const REASONS: Readonly<Record<string, string>> = {
  E2BIG: "its arguments and environment variables are too long. Pass what is long by stdin or by a file",
  EACCES:
    "the file is not executable, or a directory on the way is closed. Make it executable (chmod +x), and check its path",
  EAGAIN: "the system has no room for another process. Wait for some that run, or raise the limit (ulimit -u)",
  EBADF:
    "stdin, stdout or stderr is not the number of an open file. Open it first, and close it after the process was started",
  EMFILE: "too many files are open. Close some, or raise the limit (ulimit -n)",
  ENOENT: "there is no such program. Check its name and PATH, or give its path",
  ENOEXEC: "the system cannot execute that file. Name the program that runs it in its first line (#!)",
  ENOTDIR: "a part of its path, or cwd, is not a directory. Check both",
};

/** What a failure to start a process is about; null for the program itself. */
export type SpawnFault = "cwd" | "permission" | "group" | null;

/** Makes the error for a process that could not be started. */
export function spawnError(options: SpawnOptions, code: string, cause: unknown, fault: SpawnFault = null): OSError {
  const { program, cwd } = options;
  const what = `Cannot start ${JSON.stringify(program)}`;
  if (fault === "permission") {
    // Deno has a list of variables by which one program changes another.
    const variables = /subprocess with (.+?) environment variables?/.exec(errorText(cause))?.[1];
    if (variables !== undefined) {
      return new OSError(
        `${what} with ${variables} in its environment: Deno's permissions allow that only where all programs may run. Leave it out of env, or run the program with --allow-run without a list.`,
        { code: "EACCES", cause },
      );
    }
    // What takes open files reads the environment as well.
    const access = /Requires (\w+) access/.exec(errorText(cause))?.[1] ?? "run";
    const flag = access === "run" ? `--allow-run=${program}` : `--allow-${access}`;
    return new OSError(`${what}: Deno's permissions do not allow it. Run the program with ${flag}.`, {
      code: "EACCES",
      cause,
    });
  }
  if (fault === "group") {
    return new OSError(
      `${what} with processGroup: Deno's permissions do not allow to signal a group. Run the program with --allow-run without a list.`,
      { code, cause },
    );
  }
  if (fault === "cwd") {
    const reason = code === "ENOTDIR" ? "is not a directory" : code === "EACCES" ? "is closed to it" : "does not exist";
    return new OSError(`${what} in ${JSON.stringify(cwd)}: cwd ${reason}. Give a directory that it may use.`, {
      code,
      cause,
    });
  }
  const reason = REASONS[code] ?? errorText(cause);
  return new OSError(`${what}: ${reason}.`, { code, cause });
}

/** Makes the error for a signal that the system does not let through. */
export function killError(signal: string | number, pid: number, code: string, cause: unknown): OSError {
  const reason = code === "EPERM" || code === "EACCES"
    ? "the system or the runtime's permissions do not allow it. On Deno, signals to a group need --allow-run without a list"
    : errorText(cause);
  return new OSError(`Cannot send ${signal} to process ${pid}: ${reason}.`, { code, cause });
}

/** Makes the error for an unknown signal. */
export function unknownSignal(signal: string | number, cause: unknown): RangeError {
  return new RangeError(`Cannot send ${JSON.stringify(signal)}: this system or runtime has no such signal.`, { cause });
}

/** Makes the error for a pipe whose other end is gone. */
export function pipeError(code: string, cause: unknown): OSError {
  return code === "EPIPE"
    ? new OSError("Cannot write to the pipe: the process that reads from it has closed it or ended. Stop writing.", {
      code,
      cause,
    })
    : new OSError(`Cannot go on with the pipe: ${errorText(cause)}.`, { code, cause });
}

interface NodeFs {
  readonly constants: { readonly X_OK: number };
  accessSync(path: string, mode: number): void;
  statSync(path: string): { isDirectory(): boolean };
}

/**
 * Finds out what Node and Bun do not tell: whether the program or its directory could not be used, with the right code. Deno's
 * `node:child_process` has one code for both.
 */
export async function findFault({ cwd }: SpawnOptions, code: string): Promise<[code: string, fault: SpawnFault]> {
  if (cwd === undefined || !["ENOENT", "ENOTDIR", "EACCES"].includes(code)) return [code, null];
  if (!mayLook({ name: "read", path: cwd })) return [code, null];
  const { accessSync, constants, statSync } = await loadBuiltin<NodeFs>("node:fs");
  try {
    if (!statSync(cwd).isDirectory()) return ["ENOTDIR", "cwd"];
    if (mayLook({ name: "sys" })) accessSync(cwd, constants.X_OK);
    return [code, null];
  } catch {
    return [code, "cwd"];
  }
}
