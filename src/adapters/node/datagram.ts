/**
 * Datagrams by `node:dgram`: UDP only.
 *
 * @module
 */

import { NotSupportedError } from "../../core/errors.ts";
import type { DatagramEvents, DatagramOptions, HostDatagram, SocketAddress } from "../net.ts";
import { loadBuiltin } from "../shared/lazy_process.ts";
import { codeOf } from "../shared/host_error.ts";
import { formatSocketAddress, socketError } from "../shared/socket_errors.ts";
import { requestNet } from "./permissions.ts";
import { toSocketError } from "./socket_errors.ts";
import { toAddress } from "./stream.ts";
import type { DgramSocket, NodeDgram } from "./types.ts";

/** How many bytes may be on their way from Node to the system before `send` says that there is no room. */
const SEND_BUFFER = 256 * 1024;

/** How many bytes are kept while reading is paused, as the system would: Linux has room for about as many. What comes then is lost. */
const RECEIVE_BUFFER = 208 * 1024;

/** The quirks `datagram-order`, `datagram-strangers`, `datagram-reuse-port` and `broadcast-code` are Deno's. */
const ON_DENO = "Deno" in globalThis;

/** Opens a UDP socket. */
export async function openDatagram(options: DatagramOptions, events: DatagramEvents): Promise<HostDatagram> {
  const { local, remote, reusePort, broadcast } = options;
  const family = (local ?? remote)?.family ?? options.family;
  if (family === "unix" || local?.family === "unix" || remote?.family === "unix") {
    throw new NotSupportedError(
      "Cannot open a datagram socket of the Unix domain: Node's modules have none. " +
        "Use UDP on 127.0.0.1, or a stream: createUnixConnection() and createUnixServer().",
    );
  }
  const bound = local ?? { family, address: family === "ipv4" ? "0.0.0.0" : "::", port: 0 };
  const what = `Cannot open a datagram socket on ${formatSocketAddress(bound)}`;
  await requestNet(what, formatSocketAddress(bound));
  const dgram = await loadBuiltin<NodeDgram>("node:dgram");
  const socket = dgram.createSocket({
    type: family === "ipv4" ? "udp4" : "udp6",
    reusePort,
    // Deno's quirk `datagram-reuse-port`.
    ...(reusePort && ON_DENO ? { reuseAddr: true } : {}),
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once("error", reject);
  try {
    socket.bind({ address: bound.address, port: bound.port }, resolve);
    await promise;
    if (remote !== null) await connect(socket, remote.address, remote.port);
    if (broadcast) socket.setBroadcast(true);
  } catch (error) {
    socket.on("error", () => {});
    closeQuietly(socket);
    throw toSocketError(what, error);
  }
  socket.removeListener("error", reject);
  return new NodeDatagram(socket, remote, broadcast, events);
}

async function connect(socket: DgramSocket, address: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    socket.connect(port, address, (error) => error ? reject(error) : resolve());
  });
}

function closeQuietly(socket: DgramSocket): void {
  try {
    socket.close();
  } catch {
    // One that could not be bound is closed already on some hosts.
  }
}

class NodeDatagram implements HostDatagram {
  readonly localAddress: SocketAddress | null;
  readonly remoteAddress: SocketAddress | null;
  readonly #socket: DgramSocket;
  readonly #broadcast: boolean;
  readonly #events: DatagramEvents;
  /** What came while reading was paused. */
  #kept: [bytes: Uint8Array, address: SocketAddress][] = [];
  #keptBytes = 0;
  #paused = false;
  /** What is to be sent when the one before has been, where the host does not keep the order. */
  readonly #queue: (() => void)[] = [];
  #sending = 0;
  #refused = false;
  /** Closed or aborted here: the only events that follow are those of datagrams that were taken. */
  #closed = false;
  /** The socket is gone, or will be when it says so. */
  #gone = false;

  constructor(socket: DgramSocket, remote: SocketAddress | null, broadcast: boolean, events: DatagramEvents) {
    this.#socket = socket;
    this.#broadcast = broadcast;
    this.#events = events;
    const { address, port } = socket.address();
    this.localAddress = toAddress(address, port);
    this.remoteAddress = remote;
    socket.on("message", (bytes: Uint8Array, from: { readonly address: string; readonly port: number }) => {
      this.#received(
        new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength),
        toAddress(from.address, from.port)!,
      );
    });
    socket.on("error", (error: unknown) => this.#failed(error));
    socket.on("close", () => events.closed(null));
  }

  send(bytes: Uint8Array, address: SocketAddress | null): boolean {
    if (this.#closed) return true;
    if (this.#sending > SEND_BUFFER) {
      this.#refused = true;
      return false;
    }
    // Node sends it later, when the caller has its array back.
    const copy = bytes.slice();
    // A datagram costs the system more than its bytes, and an empty one costs something too.
    const cost = copy.length + 512;
    this.#sending += cost;
    const sent = (error: unknown): void => {
      this.#sending -= cost;
      this.#queue.shift();
      this.#queue[0]?.();
      if (error) this.#failed(error);
      if (this.#closed && this.#sending === 0) this.#end();
      if (!this.#refused || this.#sending > SEND_BUFFER / 2 || this.#closed) return;
      this.#refused = false;
      this.#events.drain();
    };
    const send = (): void => {
      try {
        // A connected socket takes no address, not even that of the one it is connected to.
        if (this.remoteAddress !== null || address === null || address.family === "unix") this.#socket.send(copy, sent);
        else this.#socket.send(copy, address.port, address.address, sent);
      } catch (error) {
        queueMicrotask(() => sent(error));
      }
    };
    if (ON_DENO) this.#queue.push(send);
    if (this.#queue.length <= 1) send();
    return true;
  }

  pauseReading(): void {
    this.#paused = true;
  }

  resumeReading(): void {
    if (!this.#paused) return;
    this.#paused = false;
    queueMicrotask(() => this.#deliver());
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#kept = [];
    // Node sends in a turn of its own, and what it has then is dropped by its close().
    if (this.#sending === 0) this.#end();
  }

  abort(): void {
    this.#closed = true;
    this.#kept = [];
    this.#end();
  }

  #end(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#socket.close();
  }

  #received(bytes: Uint8Array, address: SocketAddress): void {
    if (this.#closed || this.#isStranger(address)) return;
    if (!this.#paused && this.#kept.length === 0) {
      this.#events.datagram(bytes, address);
    } else if (this.#keptBytes + bytes.length <= RECEIVE_BUFFER) {
      this.#kept.push([bytes, address]);
      this.#keptBytes += bytes.length + 512;
    }
  }

  #isStranger(from: SocketAddress): boolean {
    const to = this.remoteAddress;
    if (!ON_DENO || to === null || to.family === "unix" || from.family === "unix") return false;
    return from.port !== to.port || from.address !== to.address;
  }

  #deliver(): void {
    while (!this.#paused && !this.#closed && this.#kept.length > 0) {
      const [bytes, address] = this.#kept.shift()!;
      this.#keptBytes -= bytes.length + 512;
      this.#events.datagram(bytes, address);
    }
  }

  #failed(error: unknown): void {
    if (this.#gone) return;
    const what = "Cannot send or receive a datagram";
    // Deno's quirk `broadcast-code`.
    const refused = ON_DENO && !this.#broadcast && codeOf(error) === "UNKNOWN";
    this.#events.error(refused ? socketError(what, "EACCES", error) : toSocketError(what, error));
  }
}
