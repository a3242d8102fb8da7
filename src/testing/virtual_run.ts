/**
 * One program on virtual time, from its first step to the end of its loop.
 *
 * @module
 */
import type { Adapter } from "../adapters/adapter.ts";
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import type { Choose } from "../core/fairness.ts";
import type { TaskSource } from "../core/coroutine.ts";
import { RuntimeError } from "../core/errors.ts";
import { describeKind } from "../core/repr.ts";
import { unfinishedTasks } from "../core/internal.ts";
import { letChoose, throwSoon } from "../core/lazy_internal.ts";
import { areasLoading } from "../loop/area.ts";
import { EventLoop } from "../loop/event_loop.ts";
import { refuseInsideLoop, Runner } from "../loop/runner.ts";
import { boundOf, checkBound, checkFlag, checkMilliseconds, refuseFrozenTimers } from "./checks.ts";
import { type FakeGlobals, fakeGlobals } from "./fake_globals.ts";
import type { NetworkLog } from "./network/network_log.ts";
import { SimulatedNetwork, worldOf } from "./network/simulated_network.ts";
import { warmUp } from "./network/warm_up.ts";
import type { World } from "./network/world.ts";
import { Timeline } from "./timeline.ts";
import { timelineOf, type VirtualClock } from "./virtual_clock.ts";
import { VirtualHost } from "./virtual_host.ts";
import { describeTasks, tasksAwaitingHost, whyStuck } from "./waits.ts";

/** The real clock, which a run may replace in the global scope. */
const realTime = performance.now.bind(performance);

/** Seven days. */
export const MAX_TIME = 604_800_000;
/** How many steps a program may take if nothing else is said. */
export const MAX_STEPS = 100_000_000;
/** How many further steps a program has for its cleanup once it was ended for what it did. */
const CLEANUP_STEPS = 100_000;
/** Milliseconds of the real clock in which nothing must have happened before time passes for a program that uses the host. */
const QUIET = 50;

/**
 * How any program is run on virtual time.
 *
 * @category Virtual time
 */
export interface VirtualOptions {
  /** Where the clock starts, in milliseconds; 0 by default. With `fakeGlobals` that is what `Date.now()` says as well. */
  readonly start?: number | undefined;
  /**
   * Whether sockets, processes, threads and promises of the host may be used and are waited for; false by default. The clock stands still while a task
   * waits for a promise of the host, and a deadlock cannot be told.
   */
  readonly allowHost?: boolean | undefined;
  /**
   * Whether the program and what it uses see virtual time and random numbers that are always the same in the global scope: `setTimeout` and
   * `setInterval`, `Date`, `performance.now`, `AbortSignal.timeout` and `Math.random`. All is put back afterwards. False by default.
   */
  readonly fakeGlobals?: boolean | undefined;
  /** What the numbers of `Math.random` follow from, with `fakeGlobals`; 1 by default. */
  readonly seed?: number | undefined;
  /** The most virtual milliseconds that may pass; seven days by default, null for no limit. */
  readonly maxTime?: number | null | undefined;
  /** The most steps of tasks and callbacks that may be taken; 100 million by default, null for no limit. */
  readonly maxSteps?: number | null | undefined;
  /** Whether the loop's debug mode is on; false by default. */
  readonly debug?: boolean | undefined;
  /**
   * What sockets are on: main runs on the host `"main"` of this network. A function is called for each run, with the seed, and makes it. None by
   * default: then whoever asks for a socket is refused.
   */
  readonly network?: SimulatedNetwork | ((seed: number) => SimulatedNetwork) | undefined;
}

/** The names of these options. */
export const VIRTUAL_OPTIONS = [
  "start",
  "allowHost",
  "fakeGlobals",
  "seed",
  "maxTime",
  "maxSteps",
  "debug",
  "network",
] as const;

/** What whoever starts a run adds to it. */
export interface RunHooks {
  /** What is called, for messages. */
  readonly where: string;
  /** The clock; by default one that starts at `start` and jumps. */
  readonly timeline?: Timeline;
  /** Asked before each step. */
  readonly choose?: Choose;
  /** Nothing is ready, and time would pass. Whether it has made something ready. */
  readonly beforeTimePasses?: () => boolean;
  /** Makes the loop. */
  readonly makeLoop?: (host: VirtualHost) => EventLoop;
  /** Makes the loop of a program on another host of the network. */
  readonly makeHostLoop?: (adapter: Adapter) => EventLoop;
  /** A program on another host has returned, and what it has left has not been cancelled. */
  readonly hostHasReturned?: (loop: EventLoop, host: string) => void;
  /** The run is over: what has happened on the network, if there is one. */
  readonly networkIsOver?: (log: NetworkLog) => void;
  /** The loop was made. */
  readonly made?: (loop: EventLoop) => void;
  /** Main is over, and what is left has not been cancelled: of timers of the code under test, in words, with `fakeGlobals`. */
  readonly mainIsOver?: (timersLeft: string[]) => void;
}

/** Checks the options that all have in common. */
export function checkVirtualOptions(options: VirtualOptions, where: string, runs: "once" | "again" = "once"): void {
  if (options.start !== undefined) checkMilliseconds(options.start, "start", `call ${where} with the start`);
  if (options.maxTime !== undefined && options.maxTime !== null) checkBound(options.maxTime, "maxTime");
  if (options.maxSteps !== undefined && options.maxSteps !== null) checkBound(options.maxSteps, "maxSteps");
  const { network } = options;
  if (network !== undefined && typeof network !== "function" && !(network instanceof SimulatedNetwork)) {
    throw new TypeError(
      `Cannot call ${where} with ${
        describeKind(network)
      } as the network: give a SimulatedNetwork, or a function that makes one.`,
    );
  }
  if (runs === "again" && network instanceof SimulatedNetwork) {
    throw new TypeError(
      `Cannot call ${where} with one SimulatedNetwork: the program runs more than once, each time on a new one. ` +
        "Give a function that makes it: (seed) => new SimulatedNetwork({ seed }).",
    );
  }
  if (options.seed !== undefined && !Number.isSafeInteger(options.seed)) {
    throw new RangeError(`Cannot call ${where} with the seed ${options.seed}: it is a whole number.`);
  }
  for (const name of ["allowHost", "fakeGlobals", "debug"] as const) checkFlag(options[name], name, where);
}

/** The timeline of the options of {@linkcode runVirtual}. */
export function timelineFor(clock: VirtualClock | undefined, start: number | undefined, autojump = true): Timeline {
  return clock === undefined ? new Timeline(start, autojump) : timelineOf(clock);
}

const runs = new WeakMap<BaseEventLoop, { readonly steps: number }>();

/** How many steps a loop has taken on virtual time; null for a loop on another clock. */
export function stepsOf(loop: BaseEventLoop): number | null {
  return runs.get(loop)?.steps ?? null;
}

/** A program that runs on virtual time. */
export class VirtualRun<T> {
  readonly #main: TaskSource<T>;
  readonly #options: VirtualOptions;
  readonly #hooks: RunHooks;
  readonly #timeline: Timeline;
  readonly #host: VirtualHost;
  readonly #loop: EventLoop;
  /** The network that it runs on; null for none. */
  readonly #world: World | null;
  /** What ended the program from outside: a deadlock, or a bound. */
  #ended: unknown = null;
  /** What the code under test sees, with `fakeGlobals`. */
  #globals: FakeGlobals | null = null;
  #mostSteps: number;
  #steps = 0;
  /** When, on the real clock, anything was seen to happen on the host. */
  #lastSeen = 0;
  #stepsSeen = -1;

  constructor(main: TaskSource<T>, options: VirtualOptions, hooks: RunHooks) {
    this.#main = main;
    this.#options = options;
    this.#hooks = hooks;
    this.#mostSteps = boundOf(options.maxSteps, MAX_STEPS);
    const timeline = this.#timeline = hooks.timeline ?? new Timeline(options.start);
    this.#world = networkOf(options, hooks.where);
    this.#host = new VirtualHost(timeline, options.allowHost ?? false, this.#world?.machines.get("main") ?? null);
    this.#loop = hooks.makeLoop?.(this.#host) ?? new EventLoop({ adapter: this.#host, debug: options.debug });
  }

  /** How many steps of tasks and callbacks there were. */
  get steps(): number {
    return this.#steps;
  }

  /** Runs it: the result of main. */
  async run(): Promise<T> {
    const timeline = this.#timeline;
    const loop = this.#loop;
    if (timeline.isUsed) {
      throw new RuntimeError(
        `Cannot call ${this.#hooks.where} with a clock on which another program runs. Make one for each, or await that before.`,
      );
    }
    timeline.isUsed = true;
    const { makeHostLoop, hostHasReturned } = this.#hooks;
    this.#world?.begin(timeline, {
      makeLoop: (adapter) => makeHostLoop?.(adapter) ?? new EventLoop({ adapter }),
      returned: (loop, host) => hostHasReturned?.(loop, host),
      countSteps: (count) => this.#countSteps(count),
      report: (context) => loop.callExceptionHandler(context),
      failed: (error) => this.#end(error),
    });
    timeline.latest = timeline.now + boundOf(this.#options.maxTime, MAX_TIME);
    timeline.overseer = this.#oversee();
    letChoose(loop, this.#choose());
    runs.set(loop, this);
    this.#hooks.made?.(loop);
    this.#globals = this.#options.fakeGlobals === true
      ? fakeGlobals(timeline, this.#options.seed ?? 1, (error) => this.#end(error as Error))
      : null;
    try {
      return await this.#runMain(new Runner({ loopFactory: () => loop, signals: [] }));
    } finally {
      if (this.#world !== null) {
        this.#world.end();
        this.#hooks.networkIsOver?.(this.#world.log);
      }
      timeline.release();
      this.#globals?.restore();
    }
  }

  async #runMain(runner: Runner): Promise<T> {
    let outcome: { readonly value: T } | { readonly error: unknown };
    try {
      outcome = { value: await runner.run(this.#main) };
    } catch (error) {
      outcome = { error };
    }
    try {
      this.#hooks.mainIsOver?.(this.#globals?.timersLeft() ?? []);
    } catch (error) {
      outcome = { error };
    }
    const wasEnded = "error" in outcome && outcome.error === this.#ended;
    try {
      await runner.close();
    } catch (error) {
      if ("value" in outcome) throw error;
      // What was ended once is ended again if its cleanup does the same.
      if (!wasEnded || error !== this.#ended) {
        this.#loop.callExceptionHandler({
          message: "Unhandled exception during the cleanup of a virtual run",
          exception: error,
        });
      }
    }
    if ("error" in outcome) throw outcome.error;
    return outcome.value;
  }

  /** Ends the program with an error. */
  #end(error: unknown): void {
    this.#ended = error;
    throwSoon(this.#loop, error);
  }

  #choose(): Choose {
    const { choose } = this.#hooks;
    if (choose === undefined) {
      return (_, left, ran) => {
        this.#countSteps(ran);
        return left;
      };
    }
    return (ready, left, ran) => {
      this.#countSteps(ran);
      return choose(ready, left, ran);
    };
  }

  #countSteps(count: number): void {
    this.#steps += count;
    if (this.#steps <= this.#mostSteps) return;
    this.#mostSteps = this.#steps + CLEANUP_STEPS;
    throw this.#ended = new RuntimeError(
      `Cannot go on in ${this.#hooks.where}: the program has taken ${
        this.#options.maxSteps ?? MAX_STEPS
      } steps and is not idle. ` +
        `End it, or raise maxSteps. It runs:${describeTasks(unfinishedTasks(this.#loop))}`,
    );
  }

  #oversee() {
    const loop = this.#loop;
    const { where, beforeTimePasses } = this.#hooks;
    const allowHost = this.#options.allowHost === true;
    return {
      ...(beforeTimePasses === undefined ? {} : { beforeTimePasses }),
      // What works on sockets and the like is loaded when it is first needed, if only to be refused.
      waitsForHost: () => areasLoading() > 0 || (allowHost && this.#waitsForHost()),
      stuck: () => {
        if (!allowHost) this.#end(this.#withHosts(whyStuck(loop, where)));
      },
      tooLate: () => {
        this.#timeline.latest = Infinity;
        this.#end(
          new RuntimeError(
            `Cannot go on in ${where}: ${
              this.#options.maxTime ?? MAX_TIME
            } ms of virtual time have passed, and the program has not ` +
              `ended. End it, or raise maxTime. What is left:${describeTasks(unfinishedTasks(loop))}`,
          ),
        );
      },
    };
  }

  /** An error that tells what the programs on other hosts wait for as well. */
  #withHosts(error: Error): Error {
    for (const [host, tasks] of this.#world?.tasks() ?? []) {
      error.message += `\nOn the host "${host}":${describeTasks(tasks)}`;
    }
    return error;
  }

  #waitsForHost(): boolean {
    if (tasksAwaitingHost(this.#loop).length > 0) return true;
    if (!this.#host.usesHost) return false;
    const now = realTime();
    if (this.#stepsSeen !== this.#steps) {
      this.#stepsSeen = this.#steps;
      this.#lastSeen = now;
    }
    return now - this.#lastSeen < QUIET;
  }
}

/** What the network of the options consists of. */
function networkOf({ network, seed = 1 }: VirtualOptions, where: string): World | null {
  if (network === undefined) return null;
  const made = typeof network === "function" ? network(seed) : network;
  if (made instanceof SimulatedNetwork) return worldOf(made);
  throw new TypeError(
    `Cannot call ${where} with a function as the network that returned ${
      describeKind(made)
    }: it must return a SimulatedNetwork.`,
  );
}

/** Runs a program on virtual time; checks before whether that can be. */
export async function runOnVirtualTime<T>(main: TaskSource<T>, options: VirtualOptions, hooks: RunHooks): Promise<T> {
  refuseInsideLoop(hooks.where);
  refuseFrozenTimers(hooks.where);
  if (options.network !== undefined) await warmUp();
  return await new VirtualRun<T>(main, options, hooks).run();
}
