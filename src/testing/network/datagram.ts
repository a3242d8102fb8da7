/**
 * A datagram socket of a simulated host.
 *
 * @module
 */
import type { DatagramEvents, DatagramOptions, HostDatagram, SocketAddress } from "../../adapters/net.ts";
import { formatSocketAddress, socketError } from "../../adapters/shared/socket_errors.ts";
import type { Machine } from "./machine.ts";
import { systemError } from "./connecting.ts";

/** The longest datagram, in bytes. */
const MAX_DATAGRAM = 65_507;
/** How many bytes the system keeps for who does not read. */
const RECEIVE_BUFFER = 212_992;

type InternetAddress = Extract<SocketAddress, { readonly port: number }>;

function isSame(one: InternetAddress, other: InternetAddress): boolean {
  return one.port === other.port && one.address === other.address;
}

/** A {@linkcode HostDatagram} on a simulated network. */
export class SimulatedDatagram implements HostDatagram {
  readonly localAddress: InternetAddress;
  readonly remoteAddress: InternetAddress | null;
  readonly reusePort: boolean;
  readonly #machine: Machine;
  readonly #events: DatagramEvents;
  readonly #broadcast: boolean;
  readonly #incarnation: number;
  readonly #inbox: { readonly bytes: Uint8Array; readonly from: InternetAddress }[] = [];
  #inboxLength = 0;
  #paused = false;
  #closed = false;

  constructor(
    machine: Machine,
    local: InternetAddress,
    remote: InternetAddress | null,
    options: DatagramOptions,
    events: DatagramEvents,
  ) {
    this.#machine = machine;
    this.localAddress = local;
    this.remoteAddress = remote;
    this.reusePort = options.reusePort;
    this.#broadcast = options.broadcast;
    this.#events = events;
    this.#incarnation = machine.incarnation;
  }

  get #isThere(): boolean {
    return this.#machine.isUp && this.#machine.incarnation === this.#incarnation;
  }

  send(bytes: Uint8Array, address: SocketAddress | null): boolean {
    if (this.#closed) return true;
    const to = (address ?? this.remoteAddress) as InternetAddress;
    const what = `Cannot send to ${formatSocketAddress(to)}`;
    if (bytes.length > MAX_DATAGRAM) {
      this.#fail(socketError(what, "EMSGSIZE", new Error("message too long (simulated)")));
    } else if (to.address === "255.255.255.255") {
      // There is nobody in particular: allowed, it is heard by nobody.
      if (!this.#broadcast) this.#fail(systemError(what, "EACCES"));
    } else this.#send(bytes.slice(), to);
    return true;
  }

  pauseReading(): void {
    this.#paused = true;
  }

  resumeReading(): void {
    this.#paused = false;
    this.#machine.world.queue.after(0, () => this.#deliver());
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#machine.unbind(this, this.localAddress.port);
    this.#machine.world.queue.after(0, () => {
      if (this.#isThere) this.#events.closed(null);
    });
  }

  abort(): void {
    this.close();
  }

  /** Its host is gone. */
  vanish(): void {
    this.#closed = true;
  }

  /** Whether it hears what is sent to an address by somebody. */
  hears(address: string, from: InternetAddress): boolean {
    const { address: own } = this.localAddress;
    const isAsked = own === address || own === "::" || (own === "0.0.0.0" && !address.includes(":"));
    return isAsked && (this.remoteAddress === null || isSame(this.remoteAddress, from));
  }

  /** One has come. */
  receive(bytes: Uint8Array, from: InternetAddress): void {
    if (this.#inboxLength + bytes.length > RECEIVE_BUFFER) return;
    this.#inbox.push({ bytes, from });
    this.#inboxLength += bytes.length;
    this.#deliver();
  }

  /** Nobody listens where it has sent to. */
  refused(to: InternetAddress): void {
    if (this.#closed || !this.#isThere || this.remoteAddress === null) return;
    this.#events.error(systemError(`Cannot send to ${formatSocketAddress(to)}`, "ECONNREFUSED"));
  }

  #deliver(): void {
    while (!this.#paused && !this.#closed && this.#isThere && this.#inbox.length > 0) {
      const { bytes, from } = this.#inbox.shift()!;
      this.#inboxLength -= bytes.length;
      this.#events.datagram(bytes, from);
    }
  }

  #fail(error: Error): void {
    this.#machine.world.queue.after(0, () => {
      if (this.#isThere) this.#events.error(error);
    });
  }

  #send(bytes: Uint8Array, to: InternetAddress): void {
    const { world } = this.#machine;
    const target = world.machineAt(to.address, this.#machine);
    if (target === null) return world.note("lose", this.#machine, null, `datagram to ${formatSocketAddress(to)}`);
    const { chance, queue } = world;
    const link = world.link(this.#machine, target);
    const text = `:${this.localAddress.port} to :${to.port}, ${bytes.length} bytes`;
    if (chance.happens(link.loss)) return world.note("lose", this.#machine, target, text);
    const local = this.localAddress.address;
    const address = local === "0.0.0.0" || local === "::" ? this.#machine.sourceFor(to.address) : local;
    const from: InternetAddress = { ...this.localAddress, family: to.family, address };
    const sent = world.sentAt(this.#machine, target, bytes.length);
    for (let copies = chance.happens(link.duplicate) ? 2 : 1; copies > 0; copies--) {
      let due = sent + chance.span(link.latency);
      if (chance.happens(link.reorder)) due += chance.span([0, 3 * (Math.max(due - sent, 1))]);
      else due = this.#machine.inOrder(target, due);
      world.note("datagram", this.#machine, target, text, due);
      queue.at(due, () => this.#arrive(target, bytes, from, to));
    }
  }

  #arrive(target: Machine, bytes: Uint8Array, from: InternetAddress, to: InternetAddress): void {
    const { world } = this.#machine;
    if (!world.reaches(this.#machine, target)) return world.note("lose", this.#machine, target, "datagram");
    const sockets = target.datagramsOn(to.port).filter((socket) => socket.hears(to.address, from));
    // One that is connected to the sender goes before others.
    const socket = sockets.find(({ remoteAddress }) => remoteAddress !== null) ?? sockets[0];
    if (socket !== undefined) return socket.receive(bytes.slice(), from);
    world.queue.after(world.chance.span(world.link(target, this.#machine).latency), () => {
      if (world.reaches(target, this.#machine)) this.refused(to);
    });
  }
}
