/**
 * The part of the contract with a runtime that is about processes.
 *
 * Pipes are host streams that move bytes one way. What has a rule (the order of callbacks, grace times, when a pipe is given up) lives once,
 * above, in `src/process`.
 *
 * @module
 */
import type { HostStream } from "./net.ts";

/**
 * What a process has as stdin, stdout or stderr: a pipe to this program, nothing at all, what this program has itself, or an open file of
 * this program by its number.
 *
 * @category Processes
 */
export type HostStdio = "pipe" | "null" | "inherit" | number;

/**
 * What starting a process needs.
 *
 * @category Processes
 */
export interface SpawnOptions {
  /** A name that is looked for in the directories of `PATH`, or a path. */
  readonly program: string;
  /** Its arguments. */
  readonly args: readonly string[];
  /** The directory that it starts in; by default that of this program. */
  readonly cwd?: string | undefined;
  /** All its environment variables; by default those of this program. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Where it reads from. */
  readonly stdin: HostStdio;
  /** Where it writes to. */
  readonly stdout: HostStdio;
  /** Where it complains to. */
  readonly stderr: HostStdio;
  /** Makes it the first of a process group, to which everything belongs that it starts itself. */
  readonly processGroup: boolean;
  /** Hands the arguments over as they are, where a system (Windows) would quote them. */
  readonly verbatim: boolean;
}

/**
 * A process that was started.
 *
 * @category Processes
 */
export interface HostProcess {
  /** Its number. */
  readonly pid: number;
  /** The pipe that it reads from: written to here. */
  readonly stdin: HostStream | null;
  /** The pipe that it writes to: read from here. */
  readonly stdout: HostStream | null;
  /** The pipe that it complains to: read from here. */
  readonly stderr: HostStream | null;
  /**
   * Resolves with its exit code once it has ended and the system may forget it; −N if signal N ended it. Never rejects. It does not wait for
   * the pipes.
   */
  readonly exited: Promise<number>;
  /**
   * Sends a signal, by name or number; returns false if the process has ended. It never reaches another process that got the same number.
   *
   * @throws {RangeError} if the system has no such signal, or the runtime cannot send it
   * @throws {OSError} if the system refuses
   */
  kill(signal: string | number): boolean;
  /** The same for all processes of its group; false if none is left. Signal 0 only asks. */
  killGroup(signal: string | number): boolean;
}

/**
 * What a runtime does with processes.
 *
 * @category Processes
 */
export interface ProcessAdapter {
  /** Whether the system is Windows, which has no process groups, no `/bin/sh` and few signals. */
  readonly windows: boolean;
  /**
   * Starts a process. If that fails, it throws, or rejects with, an `OSError` that has the system's code.
   */
  spawn(options: SpawnOptions): HostProcess | Promise<HostProcess>;
}
