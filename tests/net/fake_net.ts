/**
 * A network in memory, for loops on a virtual clock.
 *
 * @module
 */
import { OSError, type SocketAddress } from "../../mod.ts";
import type {
  DatagramEvents,
  DatagramOptions,
  HostDatagram,
  HostListener,
  HostStream,
  ListenEvents,
  LookupAnswer,
  NetAdapter,
  TcpConnectOptions,
  TcpListenOptions,
} from "../../src/adapters/adapter.ts";
import { VirtualAdapter } from "../../src/testing/virtual_adapter.ts";
import { FakeStream } from "./fake_stream.ts";

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

  abort(): void {
    this.close();
  }
}

/** A host with a network in memory. */
export class FakeHost extends VirtualAdapter {
  readonly fake: FakeNet = new FakeNet(this);
  readonly net = (): Promise<NetAdapter> => Promise.resolve(this.fake);
}
