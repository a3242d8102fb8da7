/**
 * Processes in memory, for loops on a virtual clock: their pipes are streams in memory, and they do what the test says.
 *
 * @module
 */
import { type Coroutine, EventLoop, OSError, Runner } from "../../mod.ts";
import type { Adapter, HostProcess, ProcessAdapter, SpawnOptions } from "../../src/adapters/adapter.ts";
import { VirtualAdapter } from "../../src/testing/virtual_adapter.ts";
import { FakeStream } from "../net/fake_stream.ts";

const NOWHERE = { family: "unix", path: "" } as const;

function pipe(wanted: boolean): [here: FakeStream, there: FakeStream] | null {
  if (!wanted) return null;
  const here = new FakeStream(NOWHERE, NOWHERE);
  const there = new FakeStream(NOWHERE, NOWHERE);
  here.peer = there;
  there.peer = here;
  return [here, there];
}

/** A process in memory. */
export class FakeProcess implements HostProcess {
  readonly pid = 4711;
  readonly options: SpawnOptions;
  readonly stdin: FakeStream | null;
  readonly stdout: FakeStream | null;
  readonly stderr: FakeStream | null;
  /** The other ends: what the process itself has. */
  readonly ends: readonly (FakeStream | null)[];
  readonly exited: Promise<number>;
  /** The signals that it got, with the time. */
  readonly signals: string[] = [];
  /** What it does about a signal. */
  onSignal: (signal: string | number) => void = () => {};
  /** Whether others of its group are there. */
  groupLeft = true;
  /** Whether the system lets no signal through. */
  beyondReach = false;
  readonly #now: () => number;
  #exit!: (code: number) => void;
  #over = false;

  constructor(options: SpawnOptions, now: () => number) {
    this.options = options;
    this.#now = now;
    const pipes = [options.stdin, options.stdout, options.stderr].map((stdio) => pipe(stdio === "pipe"));
    [this.stdin, this.stdout, this.stderr] = pipes.map((ends) => ends?.[0] ?? null) as [null, null, null];
    const stdin = this.stdin as FakeStream | null;
    // A pipe has no other side that could go on.
    if (stdin !== null) stdin.endWriting = () => stdin.close();
    this.ends = pipes.map((ends) => ends?.[1] ?? null);
    this.exited = new Promise((resolve) => this.#exit = resolve);
  }

  /** Ends with this code; its pipes stay open unless they are closed here. */
  exit(code: number, { close = true }: { close?: boolean } = {}): void {
    this.#over = true;
    if (close) { for (const end of this.ends) end?.close(); }
    this.#exit(code);
  }

  kill(signal: string | number): boolean {
    if (this.#over) return false;
    return this.#signal(signal);
  }

  killGroup(signal: string | number): boolean {
    if (signal === 0) return this.groupLeft;
    return this.#signal(signal) && this.groupLeft;
  }

  #signal(signal: string | number): boolean {
    if (this.beyondReach) throw new OSError("Cannot send it: not allowed.", { code: "EPERM" });
    this.signals.push(`${signal} at ${this.#now()}`);
    this.onSignal(signal);
    return true;
  }
}

/** Runs a coroutine on a loop with a virtual clock whose processes are in memory; each is given out before it is told of. */
export async function withFake<T>(
  body: (processes: FakeProcesses, loop: EventLoop) => Coroutine<T>,
  prepare: (process: FakeProcess) => void = () => {},
): Promise<T> {
  const clock = new VirtualAdapter();
  const processes = new FakeProcesses(() => clock.now(), prepare);
  const adapter: Adapter = Object.assign(clock, { processes: () => Promise.resolve(processes) });
  const loop = new EventLoop({ adapter });
  await using runner = new Runner({ loopFactory: () => loop });
  return await runner.run(body(processes, loop));
}

/** What starts them. */
export class FakeProcesses implements ProcessAdapter {
  windows = false;
  /** All that were started. */
  readonly started: FakeProcess[] = [];
  /** Whether starting takes a turn, as on Node. */
  slowly = false;
  readonly #now: () => number;
  readonly #prepare: (process: FakeProcess) => void;

  constructor(now: () => number, prepare: (process: FakeProcess) => void) {
    this.#now = now;
    this.#prepare = prepare;
  }

  /** The last one. */
  get last(): FakeProcess {
    return this.started.at(-1) as FakeProcess;
  }

  spawn(options: SpawnOptions): HostProcess | Promise<HostProcess> {
    const process = new FakeProcess(options, this.#now);
    this.started.push(process);
    this.#prepare(process);
    return this.slowly ? Promise.resolve(process) : process;
  }
}
