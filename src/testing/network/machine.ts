/**
 * A host as the network sees it: its addresses, ports and sockets.
 *
 * @module
 */
import type { SocketAddress } from "../../adapters/net.ts";
import type { Task } from "../../core/task.ts";
import type { ConnectCall } from "./connecting.ts";
import type { SimulatedDatagram } from "./datagram.ts";
import type { SimulatedListener } from "./listener.ts";
import type { SimulatedHostOptions } from "./options.ts";
import type { ProgramRun } from "./program_run.ts";
import { SocketFiles } from "./socket_files.ts";
import type { SimulatedStream } from "./stream.ts";
import { isLoopback, type World } from "./world.ts";

/** The first port that is given to who asks for none. */
const FIRST_PORT = 32_768;
const LAST_PORT = 60_999;

/** Whatever takes a descriptor. */
type Socket = SimulatedStream | SimulatedListener | SimulatedDatagram | ConnectCall;

/** A host. */
export class Machine {
  readonly world: World;
  readonly name: string;
  readonly ipv4: string;
  readonly ipv6: string;
  readonly descriptors: number;
  clockOffset: number;
  clockRate: number;
  /** Whether main runs on it. */
  isMain = false;
  isUp = true;
  /** How often it was started. */
  incarnation = 0;
  /** What the disk has of Unix sockets: it outlives a crash. */
  readonly files: SocketFiles = new SocketFiles();
  readonly #listeners = new Map<number, SimulatedListener[]>();
  readonly #datagrams = new Map<number, SimulatedDatagram[]>();
  readonly #open = new Set<Socket>();
  /** The programs that run on it, each with what tells that it was stopped by a crash. */
  readonly #programs = new Map<ProgramRun<unknown>, () => void>();
  #nextPort = FIRST_PORT;
  /** When the last datagram comes to each other host, so that none overtakes it. */
  readonly #lastDatagrams = new Map<Machine, number>();

  constructor(world: World, name: string, options: SimulatedHostOptions = {}) {
    this.world = world;
    this.name = name;
    const number = world.machines.size + 1;
    this.ipv4 = `10.0.${number >> 8}.${number & 255}`;
    this.ipv6 = `fd00::${number.toString(16)}`;
    this.descriptors = options.descriptors ?? Infinity;
    this.clockOffset = options.clockOffset ?? 0;
    this.clockRate = options.clockRate ?? 1;
  }

  /** What its clock says at a time of the network's. */
  clockAt(time: number): number {
    return time * this.clockRate + this.clockOffset;
  }

  /** Whether it has an address. */
  owns(address: string): boolean {
    return address === this.ipv4 || address === this.ipv6;
  }

  /** Whether something can listen on an address of it. */
  canBind(address: string): boolean {
    return address === "0.0.0.0" || address === "::" || isLoopback(address) || this.owns(address);
  }

  /** The address from which it reaches another. */
  sourceFor(address: string): string {
    if (isLoopback(address)) return address === "::1" ? address : "127.0.0.1";
    return address.includes(":") ? this.ipv6 : this.ipv4;
  }

  /** A port that nobody has. */
  freePort(): number {
    for (;;) {
      const port = this.#nextPort++;
      if (this.#nextPort > LAST_PORT) this.#nextPort = FIRST_PORT;
      if (!this.#listeners.has(port) && !this.#datagrams.has(port)) return port;
    }
  }

  /** Whether there is another descriptor. */
  get hasDescriptor(): boolean {
    return this.#open.size < this.descriptors;
  }

  /** A socket has a descriptor now. */
  took(socket: Socket): void {
    this.#open.add(socket);
  }

  /** Its descriptor is free again. */
  closed(socket: Socket): void {
    if (!this.#open.delete(socket) || this.descriptors === Infinity) return;
    this.world.queue.after(0, () => {
      for (const listeners of [...this.#listeners.values(), this.files.listeners()]) {
        for (const listener of listeners) listener.acceptMore();
      }
    });
  }

  /** How many sockets it has open. */
  get openCount(): number {
    return this.#open.size;
  }

  /** Who listens on a port, as a client sees it that connects to an address; by turns if several do. */
  listenerOn(address: string, port: number): SimulatedListener | null {
    const found = (this.#listeners.get(port) ?? []).filter((listener) => covers(listener.address, address));
    if (found.length <= 1) return found[0] ?? null;
    return found[this.world.chance.whole(0, found.length - 1)] as SimulatedListener;
  }

  /** Whether nobody has an address and port who would be in the way. */
  isFree(address: string, port: number, reusePort: boolean): boolean {
    return (this.#listeners.get(port) ?? []).every((other) =>
      (reusePort && other.reusePort) || !overlaps(other.address, address)
    );
  }

  listens(listener: SimulatedListener, port: number): void {
    const listeners = this.#listeners.get(port);
    if (listeners === undefined) this.#listeners.set(port, [listener]);
    else listeners.push(listener);
  }

  stopsListening(listener: SimulatedListener, port: number): void {
    removeFrom(this.#listeners, port, listener);
    this.closed(listener);
  }

  /** The datagram sockets on a port. */
  datagramsOn(port: number): readonly SimulatedDatagram[] {
    return this.#datagrams.get(port) ?? [];
  }

  bind(socket: SimulatedDatagram, port: number): void {
    const sockets = this.#datagrams.get(port);
    if (sockets === undefined) this.#datagrams.set(port, [socket]);
    else sockets.push(socket);
    this.took(socket);
  }

  unbind(socket: SimulatedDatagram, port: number): void {
    removeFrom(this.#datagrams, port, socket);
    this.closed(socket);
  }

  /** When a datagram comes that overtakes none that was sent to that host before. */
  inOrder(target: Machine, due: number): number {
    const when = Math.max(due, this.#lastDatagrams.get(target) ?? 0);
    this.#lastDatagrams.set(target, when);
    return when;
  }

  /** A program runs on it; `stopped` is called if it crashes. */
  runs(program: ProgramRun<unknown>, stopped: () => void): void {
    this.#programs.set(program, stopped);
  }

  /** A program has ended. */
  ended(program: ProgramRun<unknown>): void {
    this.#programs.delete(program);
  }

  /** The tasks of its programs. */
  tasks(): Task<unknown>[] {
    return [...this.#programs.keys()].flatMap((program) => [...program.tasks()]);
  }

  /** It is off: all that it had open is gone. `tells` has its system say so to the other sides. */
  goDown(tells: boolean): void {
    for (const socket of this.#open) socket.vanish(tells);
    this.isUp = false;
    for (const [program, stopped] of this.#programs) {
      program.crash();
      stopped();
    }
    this.#programs.clear();
    this.#open.clear();
    this.#listeners.clear();
    this.#datagrams.clear();
    this.files.crash();
  }

  /** It is on again. */
  goUp(): void {
    this.isUp = true;
    this.incarnation++;
    this.world.changed();
  }
}

/** Whether a socket on one address is asked for by another. */
function covers(bound: SocketAddress, address: string): boolean {
  if (bound.family === "unix") return false;
  return bound.address === address || bound.address === "::" ||
    (bound.address === "0.0.0.0" && !address.includes(":"));
}

function overlaps(bound: SocketAddress, address: string): boolean {
  if (bound.family === "unix") return false;
  return covers(bound, address) || address === "::" || (address === "0.0.0.0" && bound.family === "ipv4");
}

function removeFrom<T>(map: Map<number, T[]>, port: number, socket: T): void {
  const left = map.get(port)?.filter((other) => other !== socket) ?? [];
  if (left.length === 0) map.delete(port);
  else map.set(port, left);
}
