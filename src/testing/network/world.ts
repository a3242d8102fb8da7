/**
 * What all hosts of a simulated network have in common.
 *
 * @module
 */
import type { Adapter } from "../../adapters/adapter.ts";
import { RuntimeError } from "../../core/errors.ts";
import type { ExceptionContext } from "../../core/exception_reports.ts";
import type { Task } from "../../core/task.ts";
import type { EventLoop } from "../../loop/event_loop.ts";
import { Timeline } from "../timeline.ts";
import { Chance } from "./chance.ts";
import { EventQueue } from "./event_queue.ts";
import type { Machine } from "./machine.ts";
import { type NetworkEvent, type NetworkEventKind, NetworkLog } from "./network_log.ts";
import { type DnsOptions, type Link, linkOf, type SimulatedNetworkOptions, USUAL_LINK } from "./options.ts";
import type { Pipe } from "./pipe.ts";

/** Who runs main, and hears of what happens on other hosts. */
export interface NetworkOverseer {
  /** Makes the loop of a program on another host. */
  makeLoop(adapter: Adapter): EventLoop;
  /** A program on another host has returned; what it has left is not cancelled yet. */
  returned(loop: EventLoop, host: string): void;
  /** So many steps were taken on another host. */
  countSteps(count: number): void;
  /** The exception handler of a loop on another host was told something. */
  report(context: ExceptionContext): void;
  /** A program on another host has failed. */
  failed(error: unknown): void;
}

/** Two hosts, in the direction of what is sent. */
function between(from: Machine, to: Machine): string {
  return `${from.name}\n${to.name}`;
}

/** Time, chance, links and the log of one network. */
export class World {
  readonly queue: EventQueue = new EventQueue(new Timeline());
  readonly chance: Chance;
  readonly log: NetworkLog = new NetworkLog();
  readonly pieces: boolean;
  readonly buffer: number;
  readonly connectTimeout: number;
  readonly sendTimeout: number;
  tlsFailure: number;
  dns: Required<{ [K in keyof DnsOptions]: NonNullable<DnsOptions[K]> }>;
  readonly machines: Map<string, Machine> = new Map();
  /** Other names of hosts. */
  readonly aliases: Map<string, readonly string[]> = new Map();
  /** Null outside of a run. */
  overseer: NetworkOverseer | null = null;
  usualLink: Link;
  readonly #links = new Map<string, Link>();
  /** Until when something is being sent, where the bandwidth is limited. */
  readonly #busyUntil = new Map<string, number>();
  #hasRun = false;
  /** What was started before. */
  readonly #whenBegun: (() => void)[] = [];
  readonly #cuts = new Set<string>();
  /** What waits until hosts reach one another again. */
  readonly #held = new Set<Pipe>();

  constructor(options: SimulatedNetworkOptions) {
    this.chance = new Chance(options.seed ?? 1);
    this.pieces = options.pieces ?? true;
    this.buffer = options.buffer ?? 65_536;
    this.connectTimeout = options.connectTimeout ?? 130_000;
    this.sendTimeout = options.sendTimeout ?? 925_000;
    this.tlsFailure = options.tlsFailure ?? 0;
    this.dns = { latency: options.dns?.latency ?? [0.1, 1], failure: options.dns?.failure ?? 0 };
    this.usualLink = linkOf(options, USUAL_LINK);
  }

  /**
   * A run begins on it.
   *
   * @throws {RuntimeError} if it is not the first
   */
  begin(timeline: Timeline, overseer: NetworkOverseer): void {
    if (this.#hasRun || this.queue.isUsed) {
      throw new RuntimeError(
        "Cannot run on a SimulatedNetwork a second time: what has happened on it is part of its state. Make one for each run.",
      );
    }
    this.#hasRun = true;
    this.overseer = overseer;
    this.queue.moveTo(timeline);
    for (const call of this.#whenBegun.splice(0)) call();
  }

  /** Calls now, or once a run begins. */
  onceBegun(call: () => void): void {
    if (this.overseer === null) this.#whenBegun.push(call);
    else call();
  }

  /** The run is over: all hosts are switched off. */
  end(): void {
    for (const machine of this.machines.values()) if (!machine.isMain && machine.isUp) machine.goDown(false);
    this.overseer = null;
    this.queue.clear();
  }

  /** A program that nobody awaits has failed. */
  failed(error: unknown, host: string): void {
    if (this.overseer !== null) this.overseer.failed(error);
    else console.error(`A program on the simulated host "${host}" has failed:`, error);
  }

  /** The tasks of the programs on other hosts than that of main, by host. */
  tasks(): Map<string, Task<unknown>[]> {
    const tasks = new Map<string, Task<unknown>[]>();
    for (
      const { name, tasks: all } of [...this.machines.values()].map((machine) => ({
        name: machine.name,
        tasks: machine.tasks(),
      }))
    ) {
      if (all.length > 0) tasks.set(name, all);
    }
    return tasks;
  }

  /** How one host reaches another. */
  link(from: Machine, to: Machine): Link {
    return this.#links.size === 0 ? this.usualLink : this.#links.get(between(from, to)) ?? this.usualLink;
  }

  /** Sets that. */
  setLink(from: Machine, to: Machine, link: Link): void {
    this.#links.set(between(from, to), link);
  }

  /** When the last of so many bytes has left. */
  sentAt(from: Machine, to: Machine, length: number): number {
    const { now } = this.queue;
    const { bandwidth } = this.link(from, to);
    if (bandwidth === Infinity || length === 0) return now;
    const key = between(from, to);
    const sent = Math.max(now, this.#busyUntil.get(key) ?? 0) + (length / bandwidth) * 1000;
    this.#busyUntil.set(key, sent);
    return sent;
  }

  /** Whether what one host sends comes to another one now. */
  reaches(from: Machine, to: Machine): boolean {
    return to.isUp && !this.#cuts.has(between(from, to));
  }

  /** Cuts one direction between two hosts. */
  cut(from: Machine, to: Machine): void {
    this.#cuts.add(between(from, to));
  }

  /** Ends a cut; false if there was none. */
  mend(from: Machine, to: Machine): boolean {
    return this.#cuts.delete(between(from, to));
  }

  /** Something may come through that did not before. */
  changed(): void {
    for (const pipe of [...this.#held]) pipe.tryAgain();
  }

  held(pipe: Pipe): void {
    this.#held.add(pipe);
  }

  released(pipe: Pipe): void {
    this.#held.delete(pipe);
  }

  /** Writes down what has happened. */
  note(kind: NetworkEventKind, from: Machine | null, to: Machine | null, text = "", arrives?: number): void {
    const event: NetworkEvent = {
      time: this.queue.now,
      kind,
      from: from?.name ?? "",
      to: to?.name ?? "",
      text,
      arrives,
    };
    this.log.add(event);
  }

  /** The host that has an address, as another one sees it; null if there is none. */
  machineAt(address: string, from: Machine): Machine | null {
    if (isLoopback(address)) return from;
    for (const machine of this.machines.values()) if (machine.owns(address)) return machine;
    return null;
  }
}

/** Whether an address is of the host itself, whichever that is. */
export function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}
