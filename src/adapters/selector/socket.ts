/**
 * Sockets that are used by hand.
 *
 * @module
 */

import { OSError, RuntimeError } from "../../core/errors.ts";
import type { RawSocket } from "../descriptors.ts";
import type { SocketAddress } from "../net.ts";
import { formatSocketAddress } from "../shared/socket_errors.ts";
import { ADDRESS_SIZE, unpack } from "./addresses.ts";
import { endWatches, isWatched } from "./descriptors.ts";
import * as linux from "./linux.ts";
import { noteClosed, noteOpen, type OpenSocket } from "./open_sockets.ts";
import { askForAddress, askForUnbound } from "./permissions.ts";
import { holdReactor, type Reactor } from "./reactor.ts";
import {
  accept,
  acceptedFrom,
  addressOf,
  errorOf,
  getOption,
  keepFromChildren,
  packAddress,
  setOption,
} from "./socket_calls.ts";
import { checkAddress, checkMemory, checkOption, checkWhole, kindOf } from "./socket_checks.ts";
import { callFailed } from "./system_errors.ts";

const { EAGAIN, EALREADY, EINTR, EINPROGRESS } = linux;

const FAMILIES = { ipv4: linux.AF_INET, ipv6: linux.AF_INET6, unix: linux.AF_UNIX } as const;
const TYPES = { stream: linux.SOCK_STREAM, datagram: linux.SOCK_DGRAM } as const;

/** The options of a socket that have a name here: whole numbers, and 0 or 1 for what is on or off. */
const OPTIONS: Readonly<Record<SocketOption, readonly [level: number, name: number]>> = {
  reuseAddress: [linux.SOL_SOCKET, linux.SO_REUSEADDR],
  reusePort: [linux.SOL_SOCKET, linux.SO_REUSEPORT],
  broadcast: [linux.SOL_SOCKET, linux.SO_BROADCAST],
  keepAlive: [linux.SOL_SOCKET, linux.SO_KEEPALIVE],
  sendBufferSize: [linux.SOL_SOCKET, linux.SO_SNDBUF],
  receiveBufferSize: [linux.SOL_SOCKET, linux.SO_RCVBUF],
  noDelay: [linux.IPPROTO_TCP, linux.TCP_NODELAY],
  ipv6Only: [linux.IPPROTO_IPV6, linux.IPV6_V6ONLY],
};

/**
 * The name of an option of a {@linkcode Socket}.
 *
 * @category Transports and protocols
 */
export type SocketOption =
  | "reuseAddress"
  | "reusePort"
  | "broadcast"
  | "keepAlive"
  | "sendBufferSize"
  | "receiveBufferSize"
  | "noDelay"
  | "ipv6Only";

/**
 * What a {@linkcode Socket} is made as.
 *
 * @category Transports and protocols
 */
export interface SocketOptions {
  /** What its addresses are; `"ipv4"` by default. */
  readonly family?: "ipv4" | "ipv6" | "unix" | undefined;
  /** Whether it carries a stream of bytes, the default, or datagrams. */
  readonly type?: "stream" | "datagram" | undefined;
}

/**
 * A socket of the system, for the methods of the loop whose names begin with `sock`. It owns its descriptor: close it, or let `using` do so.
 * The program runs for as long as a task waits for the socket, not for as long as it is open. A socket that is collected is closed. Debug mode
 * reports that, and each socket that is open when main has ended. It never waits.
 *
 * @example A connection by hand
 * ```ts
 * import { EventLoop, run } from "@loop/asyncio";
 * import { selectorAdapter, Socket } from "@loop/asyncio/selector";
 * import { assertEquals } from "@std/assert";
 *
 * const loop = new EventLoop({ adapter: selectorAdapter() });
 * await run(function* () {
 *   using listening = new Socket();
 *   listening.bind(["127.0.0.1", 0]);
 *   listening.listen();
 *   using client = new Socket();
 *   yield* loop.sockConnect(client, ["127.0.0.1", listening.port]);
 *   const [server] = yield* loop.sockAccept(listening);
 *   yield* loop.sockSendall(client, new TextEncoder().encode("hello"));
 *   assertEquals(new TextDecoder().decode(yield* loop.sockRecv(server, 100)), "hello");
 *   server.close();
 * }, { loopFactory: () => loop });
 * ```
 *
 * @category Transports and protocols
 */
export class Socket implements RawSocket, Disposable {
  /** What its addresses are. */
  readonly family: "ipv4" | "ipv6" | "unix";
  /** Whether it carries a stream of bytes or datagrams. */
  readonly type: "stream" | "datagram";
  readonly #reactor: Reactor;
  readonly #open: OpenSocket;
  #fd: number;

  /**
   * Makes a socket.
   *
   * @throws {TypeError} if there is no such family or type
   * @throws {OSError} if the system has none
   * @throws {NotSupportedError} if the runtime cannot call the C library, or may not
   */
  constructor(options: SocketOptions | { readonly fd: number } = {}) {
    if (typeof options !== "object" || options === null) {
      throw new TypeError(`Cannot make a Socket with ${kindOf(options)}: the options are an object.`);
    }
    const hasFd = "fd" in options;
    if (hasFd) checkWhole(options.fd, 0, "make a Socket of descriptor");
    const reactor = this.#reactor = holdReactor();
    try {
      if (hasFd) {
        this.#fd = options.fd;
        [this.family, this.type] = natureOf(reactor, options.fd);
      } else {
        const { family = "ipv4", type = "stream" } = options;
        if (!Object.hasOwn(FAMILIES, family) || !Object.hasOwn(TYPES, type)) {
          throw new TypeError(
            `Cannot make a Socket of family ${String(family)} and type ${
              String(type)
            }: the families are ipv4, ipv6 and unix, ` +
              "the types stream and datagram.",
          );
        }
        this.family = family;
        this.type = type;
        const flags = linux.SOCK_NONBLOCK | linux.SOCK_CLOEXEC;
        this.#fd = reactor.library.socket(FAMILIES[family], TYPES[type] | flags, 0);
        if (this.#fd < 0) throw callFailed("Cannot make a Socket", "socket", reactor.library.errno());
      }
    } catch (error) {
      reactor.release();
      throw error;
    }
    const fd = this.#fd;
    this.#open = noteOpen(this, { fd, reactor, kind: `${this.family} ${this.type}`, isWatched: () => isWatched(fd) });
  }

  /**
   * Takes a descriptor over that is open already, such as one that was inherited. It is made not to wait, and processes that
   * are started afterwards do not inherit it.
   *
   * @throws {TypeError} if it is no number
   * @throws {RangeError} if it is no whole number, or negative
   * @throws {OSError} if it is no socket (`ENOTSOCK`), or closed (`EBADF`)
   * @throws {RuntimeError} if it belongs to a transport or a server
   */
  static fromFd(fd: number): Socket {
    return new Socket({ fd });
  }

  /** The descriptor; −1 once it is closed. */
  get fd(): number {
    return this.#fd;
  }

  /** This end; null once it is closed. */
  get localAddress(): SocketAddress | null {
    return this.#fd < 0 ? null : addressOf(this.#reactor.library, this.#fd, "getsockname");
  }

  /** The other end; null if there is none. */
  get remoteAddress(): SocketAddress | null {
    return this.#fd < 0 ? null : addressOf(this.#reactor.library, this.#fd, "getpeername");
  }

  /** The port of this end; 0 if it has none. */
  get port(): number {
    const address = this.localAddress;
    return address === null || address.family === "unix" ? 0 : address.port;
  }

  /**
   * Gives it an address: a host's address and a port, 0 for any, or the path of a Unix socket.
   *
   * @throws {TypeError} if that is no address
   * @throws {RangeError} if there is no such port
   * @throws {OSError} if it cannot have that, with a code such as `"EADDRINUSE"`
   */
  bind(address: readonly [address: string, port: number] | string): void {
    const fd = this.#use("bind it");
    const to = this.#toAddress(address);
    checkAddress(to, "bind a Socket");
    const what = `Cannot bind a Socket to ${formatSocketAddress(to)}`;
    askForAddress(what, to);
    const { library } = this.#reactor;
    const packed = packAddress(library, to);
    if (library.bind(fd, packed.bytes, packed.length) < 0) throw callFailed(what, "bind", library.errno());
  }

  /**
   * Listens, with so many connections that may wait to be accepted. One that has no address gets a port of the system's, on every interface.
   *
   * @throws {TypeError} if the backlog is no number
   * @throws {RangeError} if it is no whole number, or negative
   * @throws {OSError} if it cannot
   */
  listen(backlog = 100): void {
    const fd = this.#use("listen on it");
    checkWhole(backlog, 0, "listen on a Socket with the backlog");
    const { library } = this.#reactor;
    const what = "Cannot listen on a Socket";
    askForUnbound(what, this.localAddress);
    if (library.listen(fd, backlog) < 0) throw callFailed(what, "listen", library.errno());
  }

  /**
   * Ends this side of the connection.
   *
   * @throws {OSError} if it is not connected
   */
  shutdown(): void {
    const fd = this.#use("shut it down");
    const { library } = this.#reactor;
    if (library.shutdown(fd, linux.SHUT_WR) < 0) {
      throw callFailed("Cannot shut a Socket down", "shutdown", library.errno());
    }
  }

  /**
   * Sets an option: a whole number; true and false are 1 and 0.
   *
   * @throws {TypeError} if there is no such option, or the value is no number
   * @throws {RangeError} if the value is no whole number, or negative
   * @throws {OSError} if the system refuses
   */
  setOption(name: SocketOption, value: number | boolean): void {
    const fd = this.#use("set an option of it");
    const [level, option] = optionOf(name);
    checkOption(name, value);
    const errno = setOption(this.#reactor.library, fd, level, option, Number(value));
    if (errno !== 0) throw callFailed(`Cannot set ${name} of a Socket`, "setsockopt", errno);
  }

  /**
   * The value of an option.
   *
   * @throws {TypeError} if there is no such option
   * @throws {OSError} if such a socket has no such option
   */
  getOption(name: SocketOption): number {
    const fd = this.#use("ask for an option of it");
    const { library } = this.#reactor;
    const value = getOption(library, fd, ...optionOf(name));
    if (value < 0) throw callFailed(`Cannot ask for ${name} of a Socket`, "getsockopt", library.errno());
    return value;
  }

  /** Lets go of the descriptor without closing it, and returns it: it is the caller's. The socket is closed for everybody else. */
  detach(): number {
    const fd = this.#fd;
    // Also of what belongs to a transport already, for which it lets go.
    if (fd < 0) return this.#use("detach it");
    this.#fd = -1;
    noteClosed(this.#open);
    endWatches(fd);
    this.#reactor.release();
    return fd;
  }

  /**
   * Closes it; who waits for it gets an `OSError` with code `EBADF`. Closing twice is harmless. If the number of its descriptor was given to a transport
   * or a server, that one closes it.
   */
  close(): void {
    const fd = this.#fd;
    if (fd < 0) return;
    this.#fd = -1;
    noteClosed(this.#open);
    const reactor = this.#reactor;
    endWatches(fd);
    if (!reactor.owns(fd)) reactor.library.close(fd);
    reactor.release();
  }

  /** The same as {@linkcode Socket.close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Receives into memory; returns how many bytes, 0 at the end of a stream, or null if nothing is there now. */
  recvInto(memory: Uint8Array): number | null {
    const fd = this.#use("receive");
    checkMemory(memory, "receive from a Socket");
    const { library } = this.#reactor;
    return this.#done(library.recv(fd, memory, lengthOf(memory), 0), "recv", "Cannot receive from a Socket");
  }

  /** Receives a datagram into memory; returns how many bytes, and from where, or null if none is there now. */
  recvfromInto(memory: Uint8Array): [number, SocketAddress | null] | null {
    const fd = this.#use("receive");
    checkMemory(memory, "receive from a Socket");
    const { library } = this.#reactor;
    size[0] = ADDRESS_SIZE;
    const received = library.recvfrom(fd, memory, lengthOf(memory), 0, from, sizeBytes);
    const length = this.#done(received, "recvfrom", "Cannot receive from a Socket");
    return length === null ? null : [length, unpack(from, size[0]!)];
  }

  /** Sends bytes; returns how many the system has taken, or null if it takes none now. */
  send(bytes: Uint8Array): number | null {
    const fd = this.#use("send");
    checkMemory(bytes, "send by a Socket");
    const { library } = this.#reactor;
    return this.#done(library.send(fd, bytes, lengthOf(bytes), linux.MSG_NOSIGNAL), "send", "Cannot send by a Socket");
  }

  /** Sends a datagram; returns how many bytes, or null if there is no room now. */
  sendto(bytes: Uint8Array, address: SocketAddress): number | null {
    const fd = this.#use("send");
    checkMemory(bytes, "send by a Socket");
    checkAddress(address, "send by a Socket");
    const { library } = this.#reactor;
    const what = `Cannot send to ${formatSocketAddress(address)}`;
    askForAddress(what, address);
    const to = packAddress(library, address);
    const sent = library.sendto(fd, bytes, lengthOf(bytes), linux.MSG_NOSIGNAL, to.bytes, to.length);
    return this.#done(sent, "sendto", what);
  }

  /** Begins to connect; returns whether that is done at once. Otherwise the socket becomes writable when it is over. */
  connect(address: SocketAddress): boolean {
    const fd = this.#use("connect it");
    checkAddress(address, "connect a Socket");
    const { library } = this.#reactor;
    const what = `Cannot connect to ${formatSocketAddress(address)}`;
    askForAddress(what, address);
    const packed = packAddress(library, address);
    if (library.connect(fd, packed.bytes, packed.length) === 0) return true;
    const errno = library.errno();
    // Somebody has begun it and was cancelled: it goes on.
    if (errno === EINPROGRESS || errno === EINTR || errno === EALREADY) return false;
    throw callFailed(what, "connect", errno);
  }

  /** Ends what {@linkcode Socket.connect} began; throws if it has failed. */
  finishConnecting(address: SocketAddress): void {
    const fd = this.#use("connect it");
    const errno = errorOf(this.#reactor.library, fd);
    if (errno !== 0) throw callFailed(`Cannot connect to ${formatSocketAddress(address)}`, "connect", errno);
  }

  /** Accepts a connection; null if nobody waits for that. */
  accept(): [Socket, SocketAddress | null] | null {
    const fd = this.#use("accept a connection");
    const accepted = this.#done(accept(this.#reactor.library, fd), "accept4", "Cannot accept a connection");
    if (accepted === null) return null;
    const address = acceptedFrom();
    return [new Socket({ fd: accepted }), address];
  }

  /** Readable form. */
  toString(): string {
    return this.#fd < 0 ? "<Socket closed>" : `<Socket fd=${this.#fd} ${this.family} ${this.type}>`;
  }

  #done(result: number, call: string, what: string): number | null {
    if (result >= 0) return result;
    const errno = this.#reactor.library.errno();
    if (errno === EAGAIN || errno === EINTR) return null;
    throw callFailed(what, call, errno);
  }

  #use(what: string): number {
    if (this.#fd < 0) {
      throw new OSError(`Cannot ${what}: the socket is closed. Make another one.`, { code: "EBADF" });
    }
    if (!this.#reactor.owns(this.#fd)) return this.#fd;
    throw new RuntimeError(
      `Cannot ${what}: descriptor ${this.#fd} belongs to a transport or a server by now. Use that one's methods.`,
    );
  }

  #toAddress(address: readonly [address: string, port: number] | string): SocketAddress {
    const { family } = this;
    if (family === "unix" && typeof address === "string") return { family, path: address };
    if (family !== "unix" && Array.isArray(address)) return { family, address: address[0], port: address[1] };
    throw new TypeError(
      `Cannot use ${JSON.stringify(address)} as the address of a Socket of family ${family}: give ${
        family === "unix" ? "the path of a Unix socket" : "[address, port]"
      }.`,
    );
  }
}

/** How many bytes one call is for: its parameter has 32 bits, and so has its result. */
function lengthOf(bytes: Uint8Array): number {
  return Math.min(bytes.length, 2 ** 30);
}

const size = /* @__PURE__ */ new Uint32Array(1);
const sizeBytes = /* @__PURE__ */ new Uint8Array(size.buffer);
const from = /* @__PURE__ */ new Uint8Array(ADDRESS_SIZE);

function optionOf(name: SocketOption): readonly [level: number, name: number] {
  if (Object.hasOwn(OPTIONS, name)) return OPTIONS[name];
  throw new TypeError(
    `Cannot use ${JSON.stringify(name)} as an option of a Socket: the options are ${Object.keys(OPTIONS).join(", ")}.`,
  );
}

/** What an open descriptor is, which is made not to wait, and which no child gets. */
function natureOf(reactor: Reactor, fd: number): ["ipv4" | "ipv6" | "unix", "stream" | "datagram"] {
  const { library } = reactor;
  if (reactor.owns(fd)) {
    throw new RuntimeError(`Cannot make a Socket of descriptor ${fd}: it belongs to a transport or a server.`);
  }
  const domain = getOption(library, fd, linux.SOL_SOCKET, linux.SO_DOMAIN);
  if (domain < 0) throw callFailed(`Cannot make a Socket of descriptor ${fd}`, "getsockopt", library.errno());
  const type = getOption(library, fd, linux.SOL_SOCKET, linux.SO_TYPE);
  const flags = library.fcntl(fd, linux.F_GETFL, 0);
  library.fcntl(fd, linux.F_SETFL, flags | linux.O_NONBLOCK);
  keepFromChildren(library, fd);
  const family = domain === linux.AF_UNIX ? "unix" : domain === linux.AF_INET6 ? "ipv6" : "ipv4";
  return [family, type === linux.SOCK_DGRAM ? "datagram" : "stream"];
}
