/**
 * Processes on Deno, by `Deno.Command`.
 *
 * @module
 */
import "../../loop/one_part.ts";
import type { HostProcess, HostStdio, ProcessAdapter, SpawnOptions } from "../process.ts";
import { noteLook } from "../shared/timers.ts";
import { sendGroupSignal } from "../shared/kill.ts";
import { OutputPipe } from "../shared/output_pipe.ts";
import { killError, spawnError, unknownSignal } from "../shared/spawn_errors.ts";
import { codeOf } from "./errors.ts";
import { InputPipe } from "./input_pipe.ts";

/** What is exited with if nobody can tell, as in CPython. */
const UNKNOWN_EXIT_CODE = 255;

class DenoProcess implements HostProcess {
  readonly pid: number;
  readonly stdin: InputPipe | null;
  readonly stdout: OutputPipe | null;
  readonly stderr: OutputPipe | null;
  readonly exited: Promise<number>;
  readonly #child: Deno.ChildProcess;

  constructor(child: Deno.ChildProcess, options: SpawnOptions) {
    this.#child = child;
    this.pid = child.pid;
    this.stdin = options.stdin === "pipe" ? new InputPipe(child.stdin) : null;
    this.stdout = options.stdout === "pipe" ? new OutputPipe(child.stdout) : null;
    this.stderr = options.stderr === "pipe" ? new OutputPipe(child.stderr) : null;
    this.exited = child.status.then(toReturncode, fromUnknownSignal);
  }

  kill(signal: string | number): boolean {
    try {
      this.#child.kill(signal as Deno.Signal);
      return true;
    } catch (error) {
      // Quirk `kill-after-end`.
      if (error instanceof TypeError) {
        if (error.message.includes("terminated")) return false;
        throw unknownSignal(signal, error);
      }
      if (error instanceof Deno.errors.NotFound) return false;
      const denied = error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable;
      throw killError(signal, this.pid, denied ? "EPERM" : codeOf(error), error);
    }
  }

  killGroup(signal: string | number): boolean {
    return sendGroupSignal(this.pid, signal);
  }
}

/** Deno adds 128 to the number of a signal. */
function toReturncode({ code, signal }: Deno.CommandStatus): number {
  noteLook();
  return signal === null ? code : 128 - code;
}

/** Quirk `unknown-signal-number`. */
function fromUnknownSignal(error: unknown): number {
  const number = /Invalid signal: (\d+)/.exec(String(error))?.[1];
  return number === undefined ? UNKNOWN_EXIT_CODE : -Number(number);
}

function spawn(options: SpawnOptions): HostProcess | Promise<HostProcess> {
  const { program, args, cwd, env, stdin, stdout, stderr, processGroup } = options;
  // A Deno.Command takes no open files.
  if (isFile(stdin) || isFile(stdout) || isFile(stderr)) return spawnWithFiles(options);
  if (processGroup) requireAllRun(options);
  const command = new Deno.Command(program, {
    args: args as string[],
    stdin: toDeno(stdin),
    stdout: toDeno(stdout),
    stderr: toDeno(stderr),
    detached: processGroup,
    windowsRawArguments: options.verbatim,
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env, clearEnv: true }),
  });
  let child: Deno.ChildProcess;
  try {
    child = command.spawn();
  } catch (error) {
    throw toSpawnError(options, error);
  }
  return new DenoProcess(child, options);
}

async function spawnWithFiles(options: SpawnOptions): Promise<HostProcess> {
  const { nodeProcesses } = await import("../node/process.ts");
  return await nodeProcesses.spawn(options);
}

/** Whoever may not signal other processes would learn it only when the group has to end. */
function requireAllRun(options: SpawnOptions): void {
  const { state } = Deno.permissions.querySync({ name: "run" });
  if (state === "granted") return;
  const cause = new Deno.errors.NotCapable("Requires run access to signal the processes of a group");
  throw spawnError(options, "EACCES", cause, "group");
}

function toSpawnError(options: SpawnOptions, error: unknown): Error {
  if (error instanceof Deno.errors.NotCapable) return spawnError(options, "EACCES", error, "permission");
  const text = String(error);
  // Quirk `cwd-code`.
  const code = text.includes("cwd is not a directory") ? "ENOTDIR" : codeOf(error);
  return spawnError(options, code, error, / cwd /.test(text) ? "cwd" : null);
}

function isFile(stdio: HostStdio): boolean {
  return typeof stdio === "number";
}

function toDeno(stdio: HostStdio): "piped" | "null" | "inherit" {
  return stdio === "pipe" ? "piped" : stdio as "null" | "inherit";
}

/** Processes by `Deno.Command`; those with open files by `node:child_process`. */
export const denoProcesses: ProcessAdapter = { windows: Deno.build.os === "windows", spawn };
