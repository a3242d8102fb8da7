/**
 * Processes by `node:child_process`.
 *
 * @module
 */
import "../../loop/one_part.ts";
import type { HostProcess, HostStdio, ProcessAdapter, SpawnOptions } from "../process.ts";
import { loadBuiltin } from "../shared/lazy_process.ts";
import { codeOf } from "../shared/host_error.ts";
import { sendGroupSignal, sendSignal } from "../shared/kill.ts";
import { findFault, spawnError } from "../shared/spawn_errors.ts";
import { InputPipe, type NodeReadable, type NodeWritable, OutputPipe } from "./pipes.ts";
import type { Emitter } from "./types.ts";

/** A process of `node:child_process`. */
interface NodeChild extends Emitter {
  readonly pid?: number;
  readonly stdin: NodeWritable | null;
  readonly stdout: NodeReadable | null;
  readonly stderr: NodeReadable | null;
}

interface NodeChildProcess {
  spawn(program: string, args: readonly string[], options: Record<string, unknown>): NodeChild;
}

interface NodeOs {
  readonly constants: { readonly signals: Readonly<Record<string, number>> };
}

/** The numbers of signals by their names. */
let numbers: Readonly<Record<string, number>> = {};

/** What is exited with if nobody can tell, as in CPython. */
const UNKNOWN_EXIT_CODE = 255;

class NodeProcess implements HostProcess {
  readonly pid: number;
  readonly stdin: InputPipe | null;
  readonly stdout: OutputPipe | null;
  readonly stderr: OutputPipe | null;
  readonly exited: Promise<number>;
  #ended = false;

  constructor(child: NodeChild) {
    this.pid = child.pid as number;
    this.stdin = child.stdin && new InputPipe(child.stdin);
    this.stdout = child.stdout && new OutputPipe(child.stdout);
    this.stderr = child.stderr && new OutputPipe(child.stderr);
    this.exited = new Promise((resolve) => {
      child.on("exit", (code: number | null, signal: string | null) => {
        this.#ended = true;
        resolve(signal === null ? code ?? UNKNOWN_EXIT_CODE : -(numbers[signal] ?? UNKNOWN_EXIT_CODE));
      });
    });
  }

  kill(signal: string | number): boolean {
    if (this.#ended) return false;
    // Not by the child's own kill(): quirk `nameless-signals`, and Deno's refuses any signal but the first.
    return sendSignal(this.pid, signal);
  }

  killGroup(signal: string | number): boolean {
    return sendGroupSignal(this.pid, signal);
  }
}

async function spawn(options: SpawnOptions): Promise<HostProcess> {
  const { program, args, cwd, env, stdin, stdout, stderr, processGroup, verbatim } = options;
  const childProcess = await loadBuiltin<NodeChildProcess>("node:child_process");
  numbers = (await loadBuiltin<NodeOs>("node:os")).constants.signals;
  try {
    const child = childProcess.spawn(program, args, {
      stdio: [stdin, stdout, stderr].map(toNode),
      detached: processGroup,
      windowsVerbatimArguments: verbatim,
      ...(cwd === undefined ? {} : { cwd }),
      ...(env === undefined ? {} : { env }),
    });
    const started = child.pid === undefined ? null : new NodeProcess(child);
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      // Also later, when a signal could not be sent: whoever sent it got that error.
      child.on("error", reject);
    });
    if (started !== null) return started;
    throw new Error("The process has no number");
  } catch (error) {
    if ((error as Error).name === "NotCapable") throw spawnError(options, "EACCES", error, "permission");
    // Quirk `spawn-blame`.
    const [code, fault] = await findFault(options, codeOf(error));
    throw spawnError(options, code, error, fault);
  }
}

function toNode(stdio: HostStdio): string | number {
  return stdio === "null" ? "ignore" : stdio;
}

/** Processes by `node:child_process`. */
export const nodeProcesses: ProcessAdapter = {
  get windows(): boolean {
    return (globalThis as unknown as { readonly process: { readonly platform: string } }).process.platform === "win32";
  },
  spawn,
};
