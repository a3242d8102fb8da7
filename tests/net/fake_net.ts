/**
 * Sockets in memory, for loops on a virtual clock: what happens on them is told in microtasks, in the order that it happened.
 *
 * @module
 */
import {
  type Coroutine,
  type DatagramEvents,
  type DatagramOptions,
  EventLoop,
  type ExceptionContext,
  fromPromise,
  type HostDatagram,
  type HostListener,
  type HostStream,
  type LazyAwaitable,
  type ListenEvents,
  type LookupAnswer,
  type NetAdapter,
  OSError,
  run,
  type SocketAddress,
  type StreamEvents,
  type TaskSource,
  type TcpConnectOptions,
  type TcpListenOptions,
  type TlsInfo,
} from "../../mod.ts";
import { VirtualAdapter } from "../../src/testing/virtual_adapter.ts";

/** How a host takes what is written: as much as fits at once, or later (the way of an asynchronous write). */
export type WriteStyle = "at once" | "later";

/** One end of a connection in memory. */
export class FakeStream implements HostStream {
  tls: TlsInfo | null = null;
  /** How many bytes the other end may leave unread before this one is full. */
  capacity = Infinity;
  style: WriteStyle = "at once";
  /** Whether the goodbye of the other side never comes. */
  deaf = false;
  /** Whether what it reads is in memory of its own, which it spoils as soon as it was given back, and whether it may be kept. */
  lends: boolean | "to keep" = false;
  /** What was asked of it, in order. */
  readonly calls: string[] = [];
  /** The lengths of the arrays that were written. */
  readonly writes: number[] = [];
  peer: FakeStream | null = null;
  readonly localAddress: SocketAddress;
  readonly remoteAddress: SocketAddress;
  readonly #inbox: Uint8Array[] = [];
  #events: StreamEvents | null = null;
  #paused = false;
  #ended = false;
  #endTold = false;
  #endSent = false;
  #closed = false;
  #full = false;
  #pumping = false;
  #lent: Uint8Array | null = null;

  constructor(localAddress: SocketAddress, remoteAddress: SocketAddress) {
    this.localAddress = localAddress;
    this.remoteAddress = remoteAddress;
  }

  /** Whether it was closed or aborted, or lost. */
  get isClosed(): boolean {
    return this.#closed;
  }

  start(events: StreamEvents): void {
    if (this.#events !== null) throw new Error("Started twice.");
    this.#events = events;
    this.#pump();
  }

  pauseReading(): void {
    this.calls.push("pause");
    this.#paused = true;
  }

  resumeReading(): void {
    this.calls.push("resume");
    this.#paused = false;
    this.#pump();
  }

  giveBack(kept: boolean): void {
    if (this.#lent === null) throw new Error("Given back what was not lent.");
    if (kept && this.lends !== "to keep") throw new Error("Kept what may not be kept.");
    this.calls.push(kept ? "keep" : "give back");
    if (!kept) this.#lent.fill(0xee);
    this.#lent = null;
    this.#pump();
  }

  write(bytes: Uint8Array): number {
    if (this.#full || this.#endSent) throw new Error("Written to while it was full or after its end.");
    this.writes.push(bytes.length);
    const peer = this.peer;
    if (this.#closed || peer === null) return 0;
    if (this.style === "later") {
      this.#full = true;
      queueMicrotask(() => {
        if (this.#closed) return;
        this.#full = false;
        peer.#receive(bytes.slice());
        this.#events?.drain(bytes.length);
      });
      return 0;
    }
    const taken = Math.min(bytes.length, Math.max(0, this.capacity - peer.#unread()));
    if (taken > 0) peer.#receive(bytes.slice(0, taken));
    this.#full = taken < bytes.length;
    return taken;
  }

  endWriting(): void {
    this.calls.push("endWriting");
    this.#endSent = true;
    if (this.peer !== null) this.peer.#end();
    this.#bothEnded();
  }

  close(): void {
    this.calls.push("close");
    if (this.deaf) return;
    this.#gone(null);
    if (this.peer !== null) this.peer.#end();
  }

  abort(): void {
    this.calls.push("abort");
    this.#gone(null);
    this.peer?.break(new OSError("Cannot read: the other side has reset the connection.", { code: "ECONNRESET" }));
  }

  setNoDelay(): void {}
  setKeepAlive(enabled: boolean): void {
    this.calls.push(`keepAlive ${enabled}`);
  }

  /** The connection breaks; what has come is told before. */
  break(error: Error | null): void {
    for (const bytes of this.#inbox.splice(0)) queueMicrotask(() => this.#events?.data(bytes));
    this.#gone(error);
  }

  /** The system makes room, whatever was read. */
  makeRoom(capacity = Infinity): void {
    this.capacity = capacity;
    this.#tellRoom();
  }

  #unread(): number {
    return this.#inbox.reduce((sum, { length }) => sum + length, 0);
  }

  #receive(bytes: Uint8Array): void {
    this.#inbox.push(bytes);
    this.#pump();
  }

  #end(): void {
    this.#ended = true;
    this.#pump();
  }

  #pump(): void {
    if (this.#pumping || this.#events === null) return;
    this.#pumping = true;
    queueMicrotask(() => {
      this.#pumping = false;
      this.#tellNext();
    });
  }

  #tellNext(): void {
    if (this.#closed || this.#paused || this.#lent !== null) return;
    const bytes = this.#inbox.shift();
    if (bytes !== undefined) {
      if (this.lends !== false) this.#events!.lend!(this.#lent = bytes, this.lends === "to keep");
      else this.#events!.data(bytes);
      if (this.peer !== null) this.peer.#tellRoom();
      this.#pump();
    } else if (this.#ended && !this.#endTold) {
      this.#endTold = true;
      this.#events!.end();
      this.#bothEnded();
    }
  }

  #tellRoom(): void {
    if (!this.#full || this.style === "later" || this.#closed) return;
    queueMicrotask(() => {
      this.#full = false;
      if (!this.#closed) this.#events?.drain(0);
    });
  }

  #bothEnded(): void {
    if (this.#endTold && this.#endSent) this.#gone(null);
  }

  #gone(error: Error | null): void {
    if (this.#closed) return;
    this.#closed = true;
    queueMicrotask(() => this.#events?.closed(error));
  }
}

/** How a connection attempt to an address goes. */
export interface Attempt {
  /** Milliseconds that it takes; Infinity for one that hangs. */
  readonly delay: number;
  /** What it fails with, if it does. */
  readonly error?: Error;
}

/** A network in memory. */
export class FakeNet implements NetAdapter {
  /** Names and their addresses. */
  readonly names = new Map<string, LookupAnswer[]>();
  /** How attempts go, by address; the others succeed at once if somebody listens. */
  readonly attempts = new Map<string, Attempt>();
  /** The attempts that were made: address and time. */
  readonly log: string[] = [];
  /** Every stream that was made: the client's end first. */
  readonly streams: FakeStream[] = [];
  /** What is done to both ends of a new connection. */
  prepare: (client: FakeStream, server: FakeStream) => void = () => {};
  readonly datagrams: FakeDatagram[] = [];
  readonly #listeners = new Map<string, ListenEvents>();
  readonly #adapter: VirtualAdapter;
  #nextPort = 50_000;

  constructor(adapter: VirtualAdapter) {
    this.#adapter = adapter;
  }

  async connectTcp(options: TcpConnectOptions): Promise<HostStream> {
    const { address, port, signal } = options;
    this.log.push(`${address} at ${this.#adapter.now()}`);
    const attempt = this.attempts.get(address);
    if (attempt !== undefined) await this.#wait(attempt.delay, signal, address);
    if (attempt?.error !== undefined) throw attempt.error;
    const events = this.#listeners.get(`${address}:${port}`);
    if (events === undefined && attempt === undefined) {
      throw new OSError(`Cannot connect to ${address}:${port}: nobody listens there.`, { code: "ECONNREFUSED" });
    }
    const family = address.includes(":") ? "ipv6" : "ipv4";
    const local = { family, address: options.localAddress ?? address, port: this.#nextPort++ } as const;
    const remote = { family, address, port } as const;
    const client = new FakeStream(local, remote);
    const server = new FakeStream(remote, local);
    client.peer = server;
    server.peer = client;
    this.streams.push(client, server);
    this.prepare(client, server);
    events?.connection(server);
    return client;
  }

  /** Addresses that this machine does not have. */
  readonly missing: Set<string> = new Set(["203.0.113.1"]);

  listenTcp(options: TcpListenOptions, events: ListenEvents): Promise<HostListener> {
    const { address, port } = options;
    const taken = port === 0 ? this.#nextPort++ : port;
    const key = `${address}:${taken}`;
    if (this.#listeners.has(key)) {
      return Promise.reject(new OSError(`Cannot listen on ${key}: it is taken.`, { code: "EADDRINUSE" }));
    }
    if (this.missing.has(address)) {
      return Promise.reject(
        new OSError(`Cannot listen on ${key}: there is no such address.`, { code: "EADDRNOTAVAIL" }),
      );
    }
    this.#listeners.set(key, events);
    return Promise.resolve({
      address: { family: address.includes(":") ? "ipv6" : "ipv4", address, port: taken },
      close: () => void this.#listeners.delete(key),
    });
  }

  /** Has all that listen tell that they cannot accept. */
  failAccept(error: OSError): void {
    for (const events of this.#listeners.values()) events.acceptFailed(error);
  }

  /** How many sockets listen. */
  get listening(): number {
    return this.#listeners.size;
  }

  upgradeTls(): Promise<HostStream> {
    return Promise.reject(new Error("Not in memory."));
  }

  openDatagram(options: DatagramOptions, events: DatagramEvents): Promise<HostDatagram> {
    const socket = new FakeDatagram(this, options, events, this.#nextPort++);
    this.datagrams.push(socket);
    return Promise.resolve(socket);
  }

  lookup(hostname: string): Promise<LookupAnswer[]> {
    const answers = this.names.get(hostname);
    if (answers !== undefined) return Promise.resolve(answers);
    return Promise.reject(new OSError(`Cannot look ${hostname} up: there is no such name.`, { code: "ENOTFOUND" }));
  }

  reverseLookup(address: string, port: number): Promise<{ hostname: string; service: string }> {
    return Promise.resolve({ hostname: `name-of-${address}`, service: `service-${port}` });
  }

  #wait(delay: number, signal: AbortSignal, address: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = delay === Infinity ? null : this.#adapter.setTimer(delay, resolve);
      signal.addEventListener("abort", () => {
        if (timer !== null) this.#adapter.clearTimer(timer);
        this.log.push(`${address} given up`);
        reject(signal.reason);
      });
    });
  }
}

/** A datagram socket in memory. */
export class FakeDatagram implements HostDatagram {
  readonly localAddress: SocketAddress;
  readonly remoteAddress: SocketAddress | null;
  /** Whether the system takes datagrams. */
  room = true;
  closed = false;
  readonly #net: FakeNet;
  readonly events: DatagramEvents;

  constructor(net: FakeNet, options: DatagramOptions, events: DatagramEvents, port: number) {
    const { local, remote, family } = options;
    this.#net = net;
    this.events = events;
    this.remoteAddress = remote;
    const address = family === "ipv6" ? "::1" : "127.0.0.1";
    this.localAddress = local !== null && "port" in local && local.port !== 0
      ? local
      : { family: family === "ipv6" ? "ipv6" : "ipv4", address, port };
  }

  send(bytes: Uint8Array, address: SocketAddress | null): boolean {
    if (!this.room) return false;
    if (bytes.length > 65_507) throw new OSError("Cannot send a datagram of this size.", { code: "EMSGSIZE" });
    const to = address ?? this.remoteAddress;
    const copy = bytes.slice();
    queueMicrotask(() => {
      const target = this.#net.datagrams.find(({ localAddress }) =>
        to !== null && "port" in to && "port" in localAddress && localAddress.port === to.port
      );
      if (target === undefined || target.closed) {
        this.events.error(new OSError("Nobody hears.", { code: "ECONNREFUSED" }));
      } else target.events.datagram(copy, this.localAddress);
    });
    return true;
  }

  pauseReading(): void {}
  resumeReading(): void {}

  close(): void {
    if (this.closed) return;
    this.closed = true;
    queueMicrotask(() => this.events.closed(null));
  }
}

/** A host with a network in memory. */
export class FakeHost extends VirtualAdapter {
  readonly fake: FakeNet = new FakeNet(this);
  readonly net = (): Promise<NetAdapter> => Promise.resolve(this.fake);
}

/** Runs a program on a network in memory. Whatever is told to the exception handler fails the test, unless it is listened to. */
export async function playNet<T>(
  main: (net: FakeNet, loop: EventLoop) => TaskSource<T>,
  reports: ExceptionContext[] | null = null,
): Promise<T> {
  const host = new FakeHost();
  const unexpected: ExceptionContext[] = [];
  const loop = new EventLoop({ adapter: host });
  loop.setExceptionHandler((_loop, context) => void (reports ?? unexpected).push(context));
  const result = await run(main(host.fake, loop), { loopFactory: () => loop });
  if (unexpected.length > 0) {
    throw new Error(`Reported: ${unexpected[0]!.message}`, { cause: unexpected[0]!.exception });
  }
  return result;
}

/** Lets the loop and the host go on until nothing happens any more, at no cost of virtual time. */
export function settle(): LazyAwaitable<void> {
  return fromPromise(new Promise((resolve) => setTimeout(resolve, 0)));
}

/** Lets them go on until something is so; fails if it never is. */
export function* until(condition: () => boolean): Coroutine<void> {
  for (let rounds = 0; !condition(); rounds++) {
    if (rounds > 10_000) throw new Error(`It never came to be that ${condition}.`);
    yield* settle();
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Bytes of a text. */
export function bytes(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The text of bytes. */
export function text(data: Uint8Array): string {
  return decoder.decode(data);
}
