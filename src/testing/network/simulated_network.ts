/**
 * A network that fails on command.
 *
 * @module
 */
import { RuntimeError } from "../../core/errors.ts";
import { describeKind, describeValue } from "../../core/repr.ts";
import { checkFlag, checkOptionNames } from "../checks.ts";
import { Machine } from "./machine.ts";
import type { NetworkEvent } from "./network_log.ts";
import {
  checkDns,
  checkHostOptions,
  checkLinkOptions,
  checkNetworkOptions,
  checkObject,
  type DnsOptions,
  linkOf,
  type LinkOptions,
  type SimulatedHostOptions,
  type SimulatedNetworkOptions,
} from "./options.ts";
import { machineOf, SimulatedHost } from "./simulated_host.ts";
import { World } from "./world.ts";

/**
 * A host, by itself or by its name, or several of them.
 *
 * @category Simulated network
 */
export type Hosts = SimulatedHost | string | readonly (SimulatedHost | string)[];

/**
 * Between whom.
 *
 * @category Simulated network
 */
export interface DirectionOptions {
  /** Whether only what the first sends to the second is meant; false by default. */
  readonly oneWay?: boolean | undefined;
}

let worldOf: (network: SimulatedNetwork) => World;

/**
 * A network in memory, on virtual time, on which everything that can happen follows from one seed: how long things are on their way, in which
 * pieces streams are read and written, what is lost, what comes twice or late. Links are cut and mended, hosts crash and start again, names do not
 * resolve, descriptors run out, as the test says.
 *
 * Give it to {@linkcode runVirtual}, {@linkcode testLoop} or {@linkcode explore}: main runs on its host `"main"`, with the streams, transports, servers and
 * datagrams of this module as they are. TCP, Unix sockets (on one host), UDP, names, TLS and the servers of `serve()` are simulated; certificates are not
 * looked at. `fetch` and `WebSocket` of the runtime know nothing of it: clients are written with streams. A network is for
 * one run.
 *
 * By default it is a good one: 0.2 to 2 ms of latency, nothing lost, nothing reset.
 *
 * @example A server, a client and a partition
 * ```ts
 * import { openConnection, startServer, type StreamReader, type StreamWriter, timeout, TimeoutError } from "@loop/asyncio";
 * import { runVirtual, SimulatedNetwork } from "@loop/asyncio/testing";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * const network = new SimulatedNetwork({ seed: 42, latency: [1, 50], loss: 0.05 });
 * const client = network.addHost("client");
 *
 * await runVirtual(async () => {
 *   await startServer(async (reader: StreamReader, writer: StreamWriter) => {
 *     for (;;) {
 *       const line = await reader.readline();
 *       if (line.length === 0) break;
 *       writer.write(line);
 *     }
 *     writer.close();
 *   }, "0.0.0.0", 7);
 *
 *   await client.run(async () => {
 *     const [reader, writer] = await openConnection("main", 7);
 *     const ask = async () => {
 *       writer.write(new TextEncoder().encode("hello\n"));
 *       return new TextDecoder().decode(await reader.readline());
 *     };
 *     assertEquals(await ask(), "hello\n");
 *
 *     network.partition("main", "client");
 *     await assertRejects(() => timeout(10_000, ask), TimeoutError);
 *
 *     network.heal();
 *     assertEquals(new TextDecoder().decode(await reader.readline()), "hello\n");
 *     writer.close();
 *   });
 * }, { network });
 * ```
 *
 * @category Simulated network
 */
export class SimulatedNetwork {
  /** The host on which main runs. */
  readonly main: SimulatedHost;
  readonly #world: World;
  readonly #hosts = new Map<string, SimulatedHost>();

  static {
    worldOf = (network) => network.#world;
  }

  /**
   * Makes a network with one host, `"main"`.
   *
   * @throws {TypeError} if an option is unknown or of the wrong type
   * @throws {RangeError} if a number is out of range
   */
  constructor(options: SimulatedNetworkOptions = {}) {
    checkNetworkOptions(options);
    this.#world = new World(options);
    this.main = this.#add("main", {});
    machineOf(this.main).isMain = true;
  }

  /** The hosts in the order that they were added, the one of main first. */
  get hosts(): SimulatedHost[] {
    return [...this.#hosts.values()];
  }

  /** The time in milliseconds. The clocks of hosts may say something else. */
  now(): number {
    return this.#world.queue.now;
  }

  /**
   * Adds a host. Others find it by its name.
   *
   * @throws {RangeError} if there is one of that name, the name has other characters than letters, digits, dots and dashes, or a number is out of range
   * @throws {TypeError} if the name is not a string, or an option is unknown or of the wrong type
   */
  addHost(name: string, options: SimulatedHostOptions = {}): SimulatedHost {
    if (typeof name !== "string") {
      throw new TypeError(`Cannot add a host by the name ${describeKind(name)}: give a string.`);
    }
    if (!/^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$/i.test(name) || name === "localhost" || /^[\d.]+$/.test(name)) {
      throw new RangeError(
        `Cannot add a host by the name ${
          describeValue(name)
        }: take letters, digits, dots and dashes, such as "server-1".`,
      );
    }
    if (this.#hosts.has(name) || this.#world.aliases.has(name)) {
      throw new RangeError(`Cannot add the host "${name}": the network has one of that name. Take another name.`);
    }
    checkHostOptions(options, "addHost()");
    return this.#add(name, options);
  }

  /**
   * Returns a host by its name.
   *
   * @throws {RangeError} if there is none
   */
  host(name: string): SimulatedHost {
    const host = this.#hosts.get(name);
    if (host !== undefined) return host;
    const names = [...this.#hosts.keys()].map((name) => JSON.stringify(name)).join(", ");
    throw new RangeError(
      `Cannot find the host ${describeValue(name)}: the network has ${names}. Add it by addHost().`,
    );
  }

  /**
   * Says how hosts reach one another from now on; what is not given is as it was for the whole network. A host and itself are a link as well.
   *
   * @throws {RangeError} if a host does not exist, or a number is out of range
   * @throws {TypeError} if an option is unknown or of the wrong type
   */
  setLink(from: Hosts, to: Hosts, options: LinkOptions & DirectionOptions): void {
    checkObject(options, "setLink()");
    const { oneWay, ...link } = options;
    checkFlag(oneWay, "oneWay", "setLink()");
    checkLinkOptions(link, "setLink()");
    const world = this.#world;
    for (const [one, other] of this.#pairs(from, to, oneWay)) world.setLink(one, other, linkOf(link, world.usualLink));
  }

  /**
   * Cuts hosts off from one another. Streams wait and go on when it heals; datagrams are lost; who connects asks again and again until it heals or
   * `connectTimeout` is over.
   *
   * @throws {RangeError} if a host does not exist
   * @throws {TypeError} if an option is unknown or of the wrong type
   */
  partition(from: Hosts, to: Hosts, options: DirectionOptions = {}): void {
    checkOptionNames(options, ["oneWay"], "partition()");
    checkFlag(options.oneWay, "oneWay", "partition()");
    for (const [one, other] of this.#pairs(from, to, options.oneWay)) {
      if (one === other) continue;
      this.#world.cut(one, other);
      this.#world.note("partition", one, other);
    }
  }

  /**
   * Ends what {@linkcode SimulatedNetwork.partition} did: between some hosts, or everywhere.
   *
   * @throws {RangeError} if a host does not exist
   * @throws {TypeError} if an option is unknown or of the wrong type
   */
  heal(from?: Hosts, to?: Hosts, options: DirectionOptions = {}): void {
    checkOptionNames(options, ["oneWay"], "heal()");
    checkFlag(options.oneWay, "oneWay", "heal()");
    const all = this.hosts;
    for (const [one, other] of this.#pairs(from ?? all, to ?? all, options.oneWay)) {
      if (!this.#world.mend(one, other)) continue;
      this.#world.note("heal", one, other);
    }
    this.#world.changed();
  }

  /**
   * Makes a name mean other hosts: one after another as addresses of one name.
   *
   * @throws {RangeError} if a host does not exist, or the name is that of one, or there is no host
   * @throws {TypeError} if the name is not a string, or is empty
   */
  setName(name: string, hosts: Hosts): void {
    if (typeof name !== "string" || name === "") {
      throw new TypeError(`Cannot set the name ${describeValue(name)}: give a text, such as "db.internal".`);
    }
    if (this.#hosts.has(name)) {
      throw new RangeError(`Cannot set the name ${describeValue(name)}: it is that of a host. Take another name.`);
    }
    const machines = this.#machines(hosts);
    if (machines.length === 0) throw new RangeError(`Cannot set the name ${describeValue(name)} to no host: give one.`);
    this.#world.aliases.set(name, machines.map((machine) => machine.name));
  }

  /**
   * Says how names are looked up from now on.
   *
   * @throws {TypeError} if an option is unknown or of the wrong type
   * @throws {RangeError} if a number is out of range
   */
  setDns(options: DnsOptions): void {
    checkDns(options, "setDns()");
    const { latency, failure } = this.#world.dns;
    this.#world.dns = { latency: options.latency ?? latency, failure: options.failure ?? failure };
  }

  /** What has happened so far, in its order: the last 100,000 events. */
  events(): NetworkEvent[] {
    return this.#world.log.events();
  }

  /** The last events as text, a line each: the same for the same seed and program on every runtime. */
  log(count?: number): string {
    return this.#world.log.text(count);
  }

  #add(name: string, options: SimulatedHostOptions): SimulatedHost {
    const machine = new Machine(this.#world, name, options);
    const host = new SimulatedHost(machine);
    this.#world.machines.set(name, machine);
    this.#hosts.set(name, host);
    return host;
  }

  #machines(hosts: Hosts): Machine[] {
    const all = Array.isArray(hosts) ? hosts as readonly (SimulatedHost | string)[] : [hosts as SimulatedHost | string];
    return all.map((host) => {
      const found = host instanceof SimulatedHost ? host : this.host(host);
      if (this.#hosts.get(found.name) !== found) {
        throw new RuntimeError(`Cannot use ${found}: it belongs to another network.`);
      }
      return machineOf(found);
    });
  }

  #pairs(from: Hosts, to: Hosts, oneWay = false): [Machine, Machine][] {
    const pairs: [Machine, Machine][] = [];
    for (const one of this.#machines(from)) {
      for (const other of this.#machines(to)) {
        pairs.push([one, other]);
        if (!oneWay) pairs.push([other, one]);
      }
    }
    return pairs;
  }
}

/** What a network is made of. */
export { worldOf };
