/**
 * What is really started: a program, a shell, or a shell that becomes the program.
 *
 * @module
 */
import type { SpawnOptions } from "../adapters/process.ts";
import { environment, loadBuiltin } from "../adapters/shared/lazy_process.ts";
import { mayLook } from "../adapters/shared/process.ts";
import { spawnError } from "../adapters/shared/spawn_errors.ts";
import { NotSupportedError } from "../core/errors.ts";
import { fromPromise } from "../core/from_promise.ts";
import type { Coroutine } from "../core/suspend.ts";

/** The part of the options that says what is started. */
export type Command = Pick<SpawnOptions, "program" | "args" | "verbatim">;

const SHELL = "/bin/sh";

/** Becomes the program that its arguments name, with stderr made the same as stdout. */
const MERGE = 'exec "$@" 2>&1';

interface NodeFs {
  statSync(path: string): { readonly mode: number; isFile(): boolean };
}

/** Whether anybody may execute it. Who exactly is not asked: Deno has a permission of its own for that, and the shell will say. */
const EXECUTABLE = 0o111;

/** A program with its arguments. */
export function execCommand(program: string, args: readonly string[]): Command {
  return { program, args, verbatim: false };
}

/** A command line for the system's shell. */
export function shellCommand(command: string, windows: boolean): Command {
  return windows
    ? { program: "cmd.exe", args: ["/d", "/s", "/c", `"${command}"`], verbatim: true }
    : { program: SHELL, args: ["-c", command], verbatim: false };
}

/**
 * The same command with stderr made the same as stdout. Runtimes cannot give one pipe to both, but a shell can, and leaves its place to the
 * program.
 */
export function* mergedCommand(options: SpawnOptions, windows: boolean): Coroutine<Command> {
  if (windows) {
    throw new NotSupportedError("Cannot make stderr the same as a piped stdout on Windows. Read both pipes instead.");
  }
  if (options.program !== SHELL) yield* checkProgram(options);
  return { program: SHELL, args: ["-c", MERGE, "sh", options.program, ...options.args], verbatim: false };
}

/** The shell would start, and then tell in words of its own that there is no such program. */
function* checkProgram(options: SpawnOptions): Coroutine<void> {
  const { program, cwd = ".", env } = options;
  // What Deno does not let us look at the shell will say.
  if (!mayLook({ name: "read" }) || (env === undefined && !mayLook({ name: "env", variable: "PATH" }))) return;
  const fs = yield* fromPromise(loadBuiltin<NodeFs>("node:fs"));
  let code = "ENOENT";
  let cause: unknown = new Error(`${program} is not in PATH`);
  const path = (env ?? environment())["PATH"] ?? "/usr/local/bin:/usr/bin:/bin";
  const places = program.includes("/") ? [""] : path.split(":").map((directory) => `${directory || "."}/`);
  for (const place of places) {
    const file = `${place}${program}`;
    try {
      const whole = file.startsWith("/") ? file : `${cwd}/${file}`;
      const found = fs.statSync(whole);
      if (found.isFile() && (found.mode & EXECUTABLE) !== 0) return;
      cause = new Error(`${file} is not an executable file`);
    } catch (error) {
      // By --deny-read.
      if ((error as Error).name === "NotCapable") return;
      if ((error as { readonly code?: unknown }).code !== "EACCES") continue;
      cause = error;
    }
    code = "EACCES";
  }
  throw spawnError(options, code, cause);
}
