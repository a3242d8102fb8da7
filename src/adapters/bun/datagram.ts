/**
 * Datagrams by `Bun.udpSocket`: UDP only.
 *
 * @module
 */

import type { DatagramEvents, DatagramOptions, HostDatagram, SocketAddress } from "../net.ts";
import * as node from "../node/datagram.ts";
import { toSocketError } from "../node/socket_errors.ts";
import { toAddress } from "../node/stream.ts";
import { codeOf } from "../shared/host_error.ts";
import { formatSocketAddress, socketError } from "../shared/socket_errors.ts";
import { bun, type BunUdpSocket } from "./types.ts";

/** How many bytes are kept while reading is paused, as the system would: Linux has room for about as many. What comes then is lost. */
const RECEIVE_BUFFER = 208 * 1024;

/** What one datagram costs the system beside its bytes. */
const OVERHEAD = 512;

/** What the answer of another machine to an earlier datagram makes the system say of the next one. */
const OF_EARLIER: ReadonlySet<string> = new Set(["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH"]);

/** After so many answers to earlier ones in a row it is the datagram's own fault. */
const TRIES = 4;

/** Opens a UDP socket. */
export async function openDatagram(options: DatagramOptions, events: DatagramEvents): Promise<HostDatagram> {
  const { local, remote, reusePort, broadcast } = options;
  const family = (local ?? remote)?.family ?? options.family;
  // Quirk `datagram-reuse-port`. The other one also says why there are no Unix datagrams.
  if (reusePort || family === "unix" || local?.family === "unix" || remote?.family === "unix") {
    return await node.openDatagram(options, events);
  }
  const { address, port } = local ?? { address: family === "ipv4" ? "0.0.0.0" : "::", port: 0 };
  const datagram = new BunDatagram(remote, events);
  try {
    const socket = await bun().udpSocket({
      hostname: address,
      port,
      binaryType: "uint8array",
      ...(remote === null ? {} : { connect: { hostname: remote.address, port: remote.port } }),
      socket: datagram,
    });
    if (broadcast) socket.setBroadcast(true);
    datagram.begin(socket);
  } catch (error) {
    throw toSocketError(`Cannot open a datagram socket on ${formatSocketAddress({ family, address, port })}`, error);
  }
  return datagram;
}

class BunDatagram implements HostDatagram {
  localAddress: SocketAddress | null = null;
  readonly remoteAddress: SocketAddress | null;
  readonly #events: DatagramEvents;
  #socket: BunUdpSocket | null = null;
  /** What came while reading was paused: quirk `datagram-pause`. */
  #kept: [bytes: Uint8Array, address: SocketAddress][] = [];
  #keptBytes = 0;
  #paused = false;
  #refused = false;

  constructor(remote: SocketAddress | null, events: DatagramEvents) {
    this.remoteAddress = remote;
    this.#events = events;
  }

  begin(socket: BunUdpSocket): void {
    this.#socket = socket;
    this.localAddress = toAddress(socket.address.address, socket.address.port);
    if (this.#kept.length > 0) queueMicrotask(this.#deliver);
  }

  send(bytes: Uint8Array, address: SocketAddress | null): boolean {
    if (this.#socket === null) return true;
    try {
      this.#refused = !this.#sendNow(bytes, address);
    } catch (error) {
      // Told also if it is closed meanwhile.
      queueMicrotask(() => this.#events.error(toSocketError("Cannot send or receive a datagram", error)));
      return true;
    }
    return !this.#refused;
  }

  #sendNow(bytes: Uint8Array, address: SocketAddress | null): boolean {
    for (let tries = 1;; tries++) {
      const socket = this.#socket!;
      try {
        if (this.remoteAddress !== null) return socket.send(bytes);
        if (address === null || address.family === "unix") throw noTarget();
        return socket.send(bytes, address.port, address.address);
      } catch (error) {
        // Of an earlier one error() is called as well. This one was not sent.
        if (!OF_EARLIER.has(codeOf(error)) || tries === TRIES) throw error;
      }
    }
  }

  pauseReading(): void {
    this.#paused = true;
  }

  resumeReading(): void {
    if (!this.#paused) return;
    this.#paused = false;
    queueMicrotask(this.#deliver);
  }

  /** Bun hands each to the system at once. */
  close(): void {
    this.abort();
  }

  abort(): void {
    if (this.#socket === null) return;
    this.#socket.close();
    this.#socket = null;
    this.#kept = [];
    queueMicrotask(() => this.#events.closed(null));
  }

  /** Called by Bun, as the ones that follow. */
  readonly data = (_: BunUdpSocket, bytes: Uint8Array, port: number, from: string): void => {
    const address = toAddress(from, port)!;
    if (!this.#paused && this.#kept.length === 0 && this.#socket !== null) {
      this.#events.datagram(bytes, address);
    } else if (this.#keptBytes + bytes.length <= RECEIVE_BUFFER) {
      this.#kept.push([bytes, address]);
      this.#keptBytes += bytes.length + OVERHEAD;
    }
  };

  readonly drain = (): void => {
    if (!this.#refused || this.#socket === null) return;
    this.#refused = false;
    this.#events.drain();
  };

  // Without this, a port that nobody listens on would be an uncaught exception. The error comes as the first argument or the second.
  readonly error = (...args: unknown[]): void => {
    const error = args.find((arg) => arg instanceof Error);
    if (this.#socket !== null) this.#events.error(toSocketError("Cannot send or receive a datagram", error));
  };

  readonly #deliver = (): void => {
    while (!this.#paused && this.#socket !== null && this.#kept.length > 0) {
      const [bytes, address] = this.#kept.shift()!;
      this.#keptBytes -= bytes.length + OVERHEAD;
      this.#events.datagram(bytes, address);
    }
  };
}

function noTarget(): Error {
  return socketError("Cannot send a datagram", "EDESTADDRREQ", new Error("it has no address to go to. Give one"));
}
