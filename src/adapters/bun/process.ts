/**
 * Processes on Bun, by `Bun.spawn`.
 *
 * @module
 */
import "../../loop/one_part.ts";
import type { HostProcess, HostStdio, ProcessAdapter, SpawnOptions } from "../process.ts";
import { codeOf } from "../shared/host_error.ts";
import { sendGroupSignal, sendSignal } from "../shared/kill.ts";
import { OutputPipe } from "../shared/output_pipe.ts";
import { findFault, killError, spawnError, unknownSignal } from "../shared/spawn_errors.ts";
import { type BunSink, InputPipe } from "./input_pipe.ts";

/** A process of Bun. */
interface BunChild {
  readonly pid: number;
  readonly stdin: BunSink;
  readonly stdout: ReadableStream<Uint8Array>;
  readonly stderr: ReadableStream<Uint8Array>;
  readonly exited: Promise<number>;
  readonly exitCode: number | null;
  readonly signalCode: string | number | null;
  kill(signal: string | number): void;
}

interface BunGlobal {
  spawn(command: readonly string[], options: Record<string, unknown>): BunChild;
}

interface HostGlobals {
  readonly Bun: BunGlobal;
  readonly process: { readonly env: Readonly<Record<string, string>>; readonly platform: string };
}

const host = globalThis as unknown as HostGlobals;

/** Bun's own `kill` knows those below: quirk `realtime-signals`. */
const FIRST_REALTIME = 32;

class BunProcess implements HostProcess {
  readonly pid: number;
  readonly stdin: InputPipe | null;
  readonly stdout: OutputPipe | null;
  readonly stderr: OutputPipe | null;
  readonly exited: Promise<number>;
  readonly #child: BunChild;

  constructor(child: BunChild, options: SpawnOptions) {
    this.#child = child;
    this.pid = child.pid;
    this.stdin = options.stdin === "pipe" ? new InputPipe(child.stdin) : null;
    this.stdout = options.stdout === "pipe" ? new OutputPipe(child.stdout) : null;
    this.stderr = options.stderr === "pipe" ? new OutputPipe(child.stderr) : null;
    // Bun adds 128 to the number of a signal.
    this.exited = child.exited.then((code) => child.signalCode === null ? code : 128 - code);
  }

  kill(signal: string | number): boolean {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) return false;
    if (typeof signal === "number" && signal >= FIRST_REALTIME) return sendSignal(this.pid, signal);
    try {
      this.#child.kill(signal);
      return true;
    } catch (error) {
      if (error instanceof TypeError || error instanceof RangeError) throw unknownSignal(signal, error);
      throw killError(signal, this.pid, codeOf(error), error);
    }
  }

  killGroup(signal: string | number): boolean {
    return sendGroupSignal(this.pid, signal);
  }
}

function spawn(options: SpawnOptions): HostProcess | Promise<HostProcess> {
  const { program, args, cwd, env = host.process.env, stdin, stdout, stderr, processGroup } = options;
  let child: BunChild;
  try {
    child = host.Bun.spawn([program, ...args], {
      // Quirk `environment`.
      env,
      stdin: toBun(stdin),
      stdout: toBun(stdout),
      stderr: toBun(stderr),
      detached: processGroup,
      windowsVerbatimArguments: options.verbatim,
      ...(cwd === undefined ? {} : { cwd }),
    });
  } catch (error) {
    return refuse(options, error);
  }
  return new BunProcess(child, options);
}

/** Quirk `spawn-blame`. */
async function refuse(options: SpawnOptions, error: unknown): Promise<never> {
  const [code, fault] = await findFault(options, codeOf(error));
  throw spawnError(options, code, error, fault);
}

function toBun(stdio: HostStdio): string | number {
  return stdio === "null" ? "ignore" : stdio;
}

/** Processes by `Bun.spawn`. */
export const bunProcesses: ProcessAdapter = { windows: host.process.platform === "win32", spawn };
