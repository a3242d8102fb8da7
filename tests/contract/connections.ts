/**
 * Opens what the tests need and closes what they leave.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type {
  HostListener,
  HostStream,
  ListenEvents,
  NetAdapter,
  TcpListenOptions,
  TlsClientOptions,
  TlsServerOptions,
} from "../../src/adapters/adapter.ts";
import { CA, LOCALHOST } from "./certificates.ts";
import { Peer, violations } from "./peer.ts";
import { within } from "../within.ts";

const peers = new Set<Peer>();
const listeners = new Set<HostListener>();
const folders = new Set<string>();

/** A signal that never aborts. */
export function never(): AbortSignal {
  return new AbortController().signal;
}

/** Starts a stream and remembers to close it. */
export function start(stream: HostStream): Peer {
  const peer = new Peer(stream);
  peers.add(peer);
  return peer;
}

/** Collects what a listener tells. */
export class Guests implements ListenEvents {
  /** The connections, started as they came. */
  readonly peers: Peer[] = [];
  /** Failed handshakes. */
  readonly failures: Error[] = [];
  /** What accepting failed for. */
  readonly problems: Error[] = [];
  readonly #waiting: [(peer: Peer) => void, number][] = [];
  readonly #onFailure: ((error: Error) => void)[] = [];
  #given = 0;

  connection(stream: HostStream): void {
    this.peers.push(start(stream));
    while (this.#waiting.length > 0 && this.peers.length > this.#waiting[0]![1]) {
      const [resolve, index] = this.#waiting.shift()!;
      resolve(this.peers[index]!);
    }
  }

  handshakeFailed(error: Error): void {
    this.failures.push(error);
    for (const tell of this.#onFailure.splice(0)) tell(error);
  }

  acceptFailed(error: Error): void {
    this.problems.push(error);
  }

  /** The next connection that was not asked for yet. */
  next(): Promise<Peer> {
    const index = this.#given++;
    const peer = this.peers[index];
    if (peer !== undefined) return Promise.resolve(peer);
    return within(new Promise<Peer>((resolve) => this.#waiting.push([resolve, index])), "a connection");
  }

  /** The next handshake that fails, or the last one. */
  failure(): Promise<Error> {
    const last = this.failures.at(-1);
    if (last !== undefined) return Promise.resolve(last);
    return within(new Promise<Error>((resolve) => this.#onFailure.push(resolve)), "a handshake that fails");
  }
}

/** Listens on a port of the system's choice on the loopback interface. */
export async function listen(
  net: NetAdapter,
  guests: ListenEvents,
  options: Partial<TcpListenOptions> = {},
): Promise<{ listener: HostListener; port: number }> {
  const defaults = { address: "127.0.0.1", port: 0, backlog: 100, reusePort: false };
  const listener = await net.listenTcp({ ...defaults, ...options }, guests);
  listeners.add(listener);
  return { listener, port: portOf(listener) };
}

/** Listens on a Unix socket in a folder of its own. */
export async function listenUnix(
  net: NetAdapter,
  guests: ListenEvents,
  tls?: TlsServerOptions,
): Promise<{ listener: HostListener; path: string }> {
  const path = join(folder(), "socket");
  const listener = await net.listenUnix!({ path, backlog: 100, tls }, guests);
  listeners.add(listener);
  return { listener, path };
}

/** Connects to a port of this machine. */
export async function connect(net: NetAdapter, port: number): Promise<Peer> {
  return start(await net.connectTcp({ address: "127.0.0.1", port, signal: never() }));
}

/** Connects and speaks TLS. */
export async function connectTls(net: NetAdapter, port: number, options: TlsClientOptions): Promise<Peer> {
  const plain = await connect(net, port);
  return await upgrade(plain, (stream, pending) => net.upgradeTls(stream, options, pending));
}

/** Puts TLS on a peer's stream: what came of it already goes along, and it is no peer any more. */
export async function upgrade(
  peer: Peer,
  secure: (stream: HostStream, pending: Uint8Array) => Promise<HostStream>,
  pending: Uint8Array = peer.bytes,
): Promise<Peer> {
  peers.delete(peer);
  return start(await secure(peer.stream, pending));
}

/** A client and a server that are connected, and what they are connected by. */
export async function pair(net: NetAdapter, kind: Kind): Promise<[client: Peer, server: Peer]> {
  const guests = new Guests();
  if (kind === "unix") {
    const { path } = await listenUnix(net, guests);
    const client = start(await net.connectUnix!(path, never()));
    return [client, await guests.next()];
  }
  const { port } = await listen(net, guests);
  const client = await connect(net, port);
  return [client, await guests.next()];
}

/** A client and a server that speak TLS; the server is `localhost` if nothing else is said. */
export async function pairTls(
  net: NetAdapter,
  server: Partial<TlsServerOptions> = {},
  client: Partial<TlsClientOptions> = {},
): Promise<[client: Peer, server: Peer]> {
  const guests = new Guests();
  const { port } = await listen(net, guests, { tls: { ...LOCALHOST, ...server } });
  const peer = await connectTls(net, port, { serverName: "localhost", ca: [CA], ...client });
  return [peer, await guests.next()];
}

/** What a pair is connected by. */
export type Kind = "tcp" | "unix";

/** The port that a listener took. */
export function portOf({ address }: HostListener): number {
  return address.family === "unix" ? 0 : address.port;
}

/** A folder that is removed after the test. Its path is short, since that of a Unix socket must be. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "la-"));
  folders.add(path);
  return path;
}

/** Closes everything that a test left, and fails if the contract was broken in it. For `afterEach`. */
export async function closeAll(): Promise<void> {
  for (const listener of listeners) listener.close();
  listeners.clear();
  const open = [...peers];
  peers.clear();
  await Promise.all(open.map((peer) => peer.cut()));
  for (const path of folders) rmSync(path, { recursive: true, force: true });
  folders.clear();
  assertEquals(violations.splice(0), []);
}

/** Bytes that differ by their position. */
export function pattern(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + (i >> 8)) & 255;
  return bytes;
}

/** Lets sockets go on for a while: some milliseconds of real time, for want of a sign to wait for. */
export function aWhile(milliseconds = 30): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Whether two arrays hold the same bytes; quicker to say no of long ones than an assertion that prints them. */
export function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
