/**
 * Listening by sockets of our own.
 *
 * @module
 */

import type { HostListener, ListenEvents, SocketAddress, TcpListenOptions, UnixListenOptions } from "../net.ts";
import { toAddress } from "../node/stream.ts";
import { Outage } from "../shared/outage.ts";
import { clearTimeout, setTimeout } from "../shared/timers.ts";
import * as linux from "./linux.ts";
import { askForNet, askForPath } from "./permissions.ts";
import { holdReactor, type Reactor, type Watcher } from "./reactor.ts";
import { accept, acceptedFrom, addressOf, bindSocket, doing, openSocket, setOption } from "./socket_calls.ts";
import { SelectorStream } from "./stream.ts";
import { callFailed } from "./system_errors.ts";

/** How many connections are accepted before others have their turn. */
const MOST_AT_ONCE = 64;

/** How long accepting rests after it failed, in milliseconds. */
const ACCEPT_PAUSE = 100;

/** Listens by TCP. */
export async function listenTcp(options: TcpListenOptions, events: ListenEvents): Promise<HostListener> {
  const { address, port, backlog, reusePort } = options;
  const at = toAddress(address, port)!;
  const what = doing("listen on", at);
  await askForNet(what, address, port);
  return listen(what, at, backlog, ({ library }, fd) => {
    setOption(library, fd, linux.SOL_SOCKET, linux.SO_REUSEADDR, 1);
    if (reusePort) setOption(library, fd, linux.SOL_SOCKET, linux.SO_REUSEPORT, 1);
    // Those that are accepted have it from here.
    setOption(library, fd, linux.IPPROTO_TCP, linux.TCP_NODELAY, 1);
  }, events);
}

/** Listens on a Unix domain socket. */
export async function listenUnix(options: UnixListenOptions, events: ListenEvents): Promise<HostListener> {
  const { path, bindTo = path, backlog } = options;
  const at: SocketAddress = { family: "unix", path };
  const what = doing("listen on", at);
  await askForPath(what, path);
  return listen(what, { family: "unix", path: bindTo }, backlog, () => {}, events, at);
}

function listen(
  what: string,
  at: SocketAddress,
  backlog: number,
  prepare: (reactor: Reactor, fd: number) => void,
  events: ListenEvents,
  known?: SocketAddress,
): HostListener {
  const reactor = holdReactor();
  const { library } = reactor;
  let fd = -1;
  try {
    fd = openSocket(library, what, at);
    prepare(reactor, fd);
    bindSocket(library, what, fd, at);
    if (library.listen(fd, backlog) < 0) throw callFailed(what, "listen", library.errno());
    return new SelectorListener(reactor, fd, known ?? addressOf(library, fd, "getsockname")!, events);
  } catch (error) {
    if (fd >= 0) library.close(fd);
    reactor.release();
    throw error;
  }
}

/** A {@linkcode HostListener} on a descriptor. It holds the reactor. */
export class SelectorListener implements HostListener, Watcher {
  readonly address: SocketAddress;
  readonly #reactor: Reactor;
  readonly #fd: number;
  readonly #events: ListenEvents;
  /** This end of every connection, where all of them have the same. */
  readonly #local: SocketAddress | null;
  readonly #outage = new Outage();
  /** A descriptor that is given up when there is no other, so that clients are turned away and do not wait. */
  #spare: number;
  #rest: unknown = null;
  #closed = false;

  /**
   * Begins to listen.
   *
   * @throws {OSError} if the descriptor cannot be watched
   */
  constructor(reactor: Reactor, fd: number, address: SocketAddress, events: ListenEvents) {
    this.#reactor = reactor;
    this.#fd = fd;
    this.address = address;
    this.#events = events;
    const isAny = address.family !== "unix" && /^[0.:]+$/.test(address.address);
    this.#local = isAny ? null : address;
    this.#spare = openSpare(reactor);
    const errno = reactor.watch(fd, linux.EPOLLIN, this);
    if (errno === 0) {
      reactor.own(fd, this);
      return;
    }
    reactor.library.close(this.#spare);
    throw callFailed(doing("listen on", address), "epoll_ctl", errno);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#rest);
    const { library } = this.#reactor;
    this.#reactor.forget(this.#fd, this);
    library.close(this.#fd);
    if (this.#spare >= 0) library.close(this.#spare);
    this.#reactor.release(this.#fd);
  }

  ready(): boolean {
    const { library } = this.#reactor;
    for (let i = 0; i < MOST_AT_ONCE && !this.#closed; i++) {
      const fd = accept(library, this.#fd);
      if (fd >= 0) this.#accepted(fd);
      else if (!this.#failed(library.errno())) break;
    }
    return false;
  }

  #accepted(fd: number): void {
    const remote = acceptedFrom() ?? { family: "unix", path: "" };
    this.#events.connection(new SelectorStream(holdReactor(), fd, { local: this.#local, remote }));
  }

  /** Accepting has failed. Returns whether to go on. */
  #failed(errno: number): boolean {
    if (errno === linux.EAGAIN) return false;
    // A client has gone between its connection and here: one is lost, and nothing is wrong.
    if (errno === linux.EINTR || errno === linux.ECONNABORTED) return true;
    const error = callFailed("Cannot accept a connection", "accept4", errno);
    const isFull = errno === linux.EMFILE || errno === linux.ENFILE;
    if (this.#outage.failed()) {
      if (isFull) this.#makeShowable(error);
      queueMicrotask(() => this.#closed || this.#events.acceptFailed(error));
    }
    if (isFull && this.#turnAway()) return true;
    this.#reactor.change(this.#fd, 0, this);
    this.#rest = setTimeout(() => this.#reactor.change(this.#fd, linux.EPOLLIN, this), ACCEPT_PAUSE);
    return false;
  }

  /** Has Deno read what it needs to show the error, in the place of the spare descriptor: quirk `stack-needs-file`. */
  #makeShowable(error: Error): void {
    if (!("Deno" in globalThis) || this.#spare < 0) return;
    this.#reactor.library.close(this.#spare);
    void [error.stack, (error.cause as Error).stack];
    this.#spare = openSpare(this.#reactor);
  }

  /** Accepts one connection in the place of the spare descriptor, and closes it. Returns whether there was one. */
  #turnAway(): boolean {
    const { library } = this.#reactor;
    if (this.#spare < 0) return false;
    library.close(this.#spare);
    const fd = accept(library, this.#fd);
    if (fd >= 0) library.close(fd);
    this.#spare = openSpare(this.#reactor);
    return fd >= 0;
  }
}

const NOWHERE = /* @__PURE__ */ new TextEncoder().encode("/dev/null\0");

function openSpare({ library }: Reactor): number {
  return library.open(NOWHERE, linux.O_CLOEXEC);
}
