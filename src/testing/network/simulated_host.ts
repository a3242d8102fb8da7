/**
 * A host of a simulated network, as tests see it.
 *
 * @module
 */
import type { Adapter } from "../../adapters/adapter.ts";
import type { TaskSource } from "../../core/coroutine.ts";
import { RuntimeError } from "../../core/errors.ts";
import type { Future } from "../../core/future.ts";
import { describeKind } from "../../core/repr.ts";
import { runningLoop } from "../../core/running.ts";
import { EventLoop } from "../../loop/event_loop.ts";
import { checkFlag, checkOptionNames } from "../checks.ts";
import type { Program } from "../ordered_run.ts";
import { HostAdapter } from "./host_adapter.ts";
import type { Machine } from "./machine.ts";
import { ProgramRun } from "./program_run.ts";

/**
 * How a host crashes.
 *
 * @category Simulated network
 */
export interface CrashOptions {
  /**
   * Whether the system of the host resets its connections, as when a process is killed; false by default, as when the power fails: then the
   * other sides hear of it when they send something and the host is up again, or by a timeout of their own.
   */
  readonly resets?: boolean | undefined;
}

let machineOf: (host: SimulatedHost) => Machine;

/**
 * A host of a {@linkcode SimulatedNetwork}. Programs run on it, each on a loop of its own, with its clock and its sockets. Made by
 * {@linkcode SimulatedNetwork.addHost}.
 *
 * @example A server that crashes
 * ```ts
 * import { openConnection, sleep, startServer, type StreamReader, type StreamWriter } from "@loop/asyncio";
 * import { runVirtual, SimulatedNetwork } from "@loop/asyncio/testing";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * const network = new SimulatedNetwork({ seed: 1 });
 * const server = network.addHost("server");
 *
 * await runVirtual(async () => {
 *   server.start(async () => {
 *     const listening = await startServer(async (reader: StreamReader, writer: StreamWriter) => {
 *       writer.write(await reader.readline());
 *       writer.close();
 *     }, "0.0.0.0", 7);
 *     await listening.serveForever();
 *   });
 *   await sleep(100);
 *
 *   const [reader, writer] = await openConnection("server", 7);
 *   server.crash({ resets: true });
 *   await assertRejects(async () => await reader.readline());
 *   writer.close();
 *
 *   server.restart();
 *   await sleep(100);
 *   const [again, out] = await openConnection("server", 7);
 *   out.write(new TextEncoder().encode("hello\n"));
 *   assertEquals(new TextDecoder().decode(await again.readline()), "hello\n");
 *   out.close();
 * }, { network });
 * ```
 *
 * @category Simulated network
 */
export class SimulatedHost {
  readonly #machine: Machine;
  /** What runs again after a crash. */
  readonly #programs: Program[] = [];

  static {
    machineOf = (host) => host.#machine;
  }

  /** @ignore Made by {@linkcode SimulatedNetwork.addHost}. */
  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** Its name. */
  get name(): string {
    return this.#machine.name;
  }

  /** Its IPv4 address. Others find it by its name as well. */
  get address(): string {
    return this.#machine.ipv4;
  }

  /** Whether it has not crashed, or was started again. */
  get isUp(): boolean {
    return this.#machine.isUp;
  }

  /** How many sockets it has open: each takes a descriptor. */
  get openSockets(): number {
    return this.#machine.openCount;
  }

  /** What a loop needs to run on it: `new EventLoop({ adapter: host.adapter })`. {@linkcode SimulatedHost.run} and `start()` make one by themselves. */
  get adapter(): Adapter {
    return new HostAdapter(this.#machine);
  }

  /**
   * Runs a program on the host; the future has its result. If the host crashes meanwhile, the program just stops, as it would: no `finally` runs, and
   * the future fails.
   *
   * @param main a coroutine, a lazy awaitable, or a generator or async function
   * @throws {RuntimeError} outside of a running loop, or if the host is down; it is also what the future fails with after a crash
   */
  run<T>(main: TaskSource<T>): Future<T> {
    this.#checkUp("run()");
    const loop = runningLoop();
    if (loop === null) {
      throw new RuntimeError(
        `Cannot call run() of the host "${this.name}" outside of a running event loop: call it in runVirtual(main, { network }).`,
      );
    }
    const { world } = this.#machine;
    if (world.overseer === null && loop instanceof EventLoop && loop.adapter.name === "virtual") {
      throw new RuntimeError(
        `Cannot call run() of the host "${this.name}": its network is not that of this run. Pass it: runVirtual(main, { network }).`,
      );
    }
    const future = loop.createFuture<T>();
    const settle = (call: () => void): void => {
      loop.callSoonThreadsafe(() => {
        if (!future.done()) call();
      });
    };
    const run = new ProgramRun<T>(this.#machine, main, (outcome) => {
      if (loop.isClosed()) return;
      settle(() => "value" in outcome ? future.setResult(outcome.value) : future.setException(outcome.error as Error));
    });
    this.#machine.runs(run as ProgramRun<unknown>, () => {
      if (loop.isClosed()) return;
      settle(() =>
        future.setException(
          new RuntimeError(`The host "${this.name}" has crashed before the program on it had ended.`),
        )
      );
    });
    return future;
  }

  /**
   * Starts a program on the host, which runs until it ends or the host crashes, and again after {@linkcode SimulatedHost.restart}. What it
   * throws ends the whole run. Called before a run on the network, it starts with that.
   *
   * @param program a generator or async function, which makes all of its state anew
   * @throws {TypeError} if it is not a function
   * @throws {RuntimeError} if the host is down
   */
  start(program: Program): void {
    if (typeof program !== "function") {
      throw new TypeError(
        `Cannot start ${
          describeKind(program)
        } on the host "${this.name}": it may run again after a crash, so give the ` +
          "generator or async function itself.",
      );
    }
    this.#checkUp("start()");
    this.#programs.push(program);
    const { world } = this.#machine;
    world.onceBegun(() => {
      if (this.isUp) this.#begin(program);
    });
  }

  /**
   * Stops the host at once: no step of its programs runs any more, and no `finally`. Its files of Unix sockets stay.
   *
   * @throws {RuntimeError} if it is down already, or is the one of main
   * @throws {TypeError} if an option is unknown or of the wrong type
   */
  crash(options: CrashOptions = {}): void {
    checkOptionNames(options, ["resets"], "crash()");
    checkFlag(options.resets, "resets", "crash()");
    this.#checkUp("crash()");
    const machine = this.#machine;
    if (machine.isMain) {
      throw new RuntimeError(
        `Cannot crash the host "${this.name}": it is where main runs. Add another by addHost(), and run the program there.`,
      );
    }
    machine.world.note("crash", machine, null);
    machine.goDown(options.resets === true);
  }

  /**
   * Starts the host again, with the programs that {@linkcode SimulatedHost.start} was called with, in that order.
   *
   * @throws {RuntimeError} if it is up
   */
  restart(): void {
    const machine = this.#machine;
    if (machine.isUp) {
      throw new RuntimeError(`Cannot restart the host "${this.name}": it is up. Call crash() before.`);
    }
    machine.world.note("start", machine, null);
    machine.goUp();
    if (machine.world.overseer === null) return;
    for (const program of this.#programs) this.#begin(program);
  }

  /** Writes a line into the log of the network. */
  note(text: string): void {
    this.#machine.world.note("note", this.#machine, null, String(text));
  }

  /** For people. */
  toString(): string {
    return `<SimulatedHost ${JSON.stringify(this.name)} ${this.address} ${this.isUp ? "up" : "down"}>`;
  }

  #begin(program: Program): void {
    const machine = this.#machine;
    const run = new ProgramRun<unknown>(machine, program as TaskSource<unknown>, (outcome) => {
      if ("error" in outcome) machine.world.failed(outcome.error, this.name);
    });
    machine.runs(run, () => {});
  }

  #checkUp(what: string): void {
    if (this.#machine.isUp) return;
    throw new RuntimeError(`Cannot call ${what} of the host "${this.name}": it is down. Call restart() before.`);
  }
}

/** The machine of a host. */
export { machineOf };
