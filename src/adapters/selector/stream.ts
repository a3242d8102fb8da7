/**
 * A stream socket that is a descriptor of ours.
 *
 * @module
 */

import type { HostStream, SocketAddress, StreamEvents } from "../net.ts";
import { findBuiltin } from "../shared/process.ts";
import { clearTimeout, LINGER, setTimeout } from "../shared/timers.ts";
import * as linux from "./linux.ts";
import type { Reactor, Watcher } from "./reactor.ts";
import { type Arena, LARGE_SIZE, LEAST_KEPT, SMALL_SIZE } from "./read_memory.ts";
import { addressOf, errorOf, setOption } from "./socket_calls.ts";
import { callFailed } from "./system_errors.ts";

const { EPOLLIN, EPOLLOUT, EPOLLERR, EPOLLHUP, EAGAIN, EINTR } = linux;

/** The two ends of a connection; one that is not known yet is asked for when it is needed. */
export interface StreamEnds {
  readonly local: SocketAddress | null;
  readonly remote: SocketAddress | null;
}

/** A {@linkcode HostStream} on a descriptor. It holds the reactor. */
export class SelectorStream implements HostStream, Watcher {
  readonly tls = null;
  readonly #reactor: Reactor;
  readonly #fd: number;
  readonly #direction: "read" | "write" | null;
  #local: SocketAddress | null;
  #remote: SocketAddress | null;
  #events: StreamEvents | null = null;
  /** What the reactor watches for; null while it does not watch at all. */
  #watched: number | null = null;
  /** What is lent: a part of an arena, or large memory. Nothing is read before it is given back. */
  #lentArena: Arena | null = null;
  #lentLarge: Uint8Array<ArrayBuffer> | null = null;
  /** The receiver was asked for memory, and will call `readInto`. */
  #offered = false;
  /** The last read has filled its memory, or nearly so. */
  #readsMuch = false;
  #paused = false;
  /** The last `write` could not take everything. */
  #blocked = false;
  /** The other side has ended. */
  #ended = false;
  /** This side has ended. */
  #shut = false;
  /** It is closed, here or by an error: no event follows but the last one. */
  #closed = false;
  /** Ends what has not ended although it is closed here. */
  #linger: (() => void) | null = null;
  /** It was aborted after it was closed. */
  #wasAborted = false;

  /** `direction` is that of one end of a pipe; null for a socket. */
  constructor(reactor: Reactor, fd: number, { local, remote }: StreamEnds, direction: "read" | "write" | null = null) {
    this.#reactor = reactor;
    this.#direction = direction;
    this.#fd = fd;
    this.#local = local;
    this.#remote = remote;
    reactor.own(fd, this);
  }

  get localAddress(): SocketAddress | null {
    if (this.#local === null && !this.#closed) this.#local = addressOf(this.#reactor.library, this.#fd, "getsockname");
    return this.#local;
  }

  get remoteAddress(): SocketAddress | null {
    return this.#remote;
  }

  start(events: StreamEvents): void {
    this.#events = events;
    // That the other end of a pipe is gone is told in any case.
    this.#watch(this.#direction === "write" ? 0 : EPOLLIN);
  }

  // The system goes on to report what can be read. That is handled at the next event, if there is one before reading goes on.
  pauseReading(): void {
    this.#paused = true;
  }

  resumeReading(): void {
    this.#paused = false;
    if (this.#direction === "write") return;
    if (!this.#closed && !this.#ended && this.#events !== null) this.#watch((this.#watched ?? 0) | EPOLLIN);
  }

  write(bytes: Uint8Array): number {
    if (this.#closed || this.#shut) return 0;
    const { library } = this.#reactor;
    const length = Math.min(bytes.length, MOST_AT_ONCE);
    const taken = this.#direction === null
      ? library.send(this.#fd, bytes, length, linux.MSG_NOSIGNAL)
      : library.write(this.#fd, bytes, length);
    return taken === bytes.length ? taken : this.#notAll(taken);
  }

  writeList(list: readonly Uint8Array[]): number {
    if (this.#closed || this.#shut) return 0;
    let length = 0;
    for (const bytes of list) length += bytes.length;
    const taken = this.#reactor.vectors.send(this.#fd, list, this.#direction === null);
    return taken === length ? taken : this.#notAll(taken, "sendmsg");
  }

  sendFile(file: number, offset: number, count: number): number {
    if (this.#closed || this.#shut) return -1;
    const { library } = this.#reactor;
    position[0] = BigInt(offset);
    const sent = library.sendfile(this.#fd, file, positionBytes, Math.min(count, MOST_OF_FILE));
    if (sent >= 0) return sent;
    const errno = library.errno();
    if (OF_FILES.includes(errno)) throw callFailed("Cannot send the file", "sendfile", errno);
    this.#notAll(-1, "sendfile");
    return -1;
  }

  endWriting(): void {
    if (this.#closed || this.#shut) return;
    if (this.#direction !== null) return this.close();
    this.#shut = true;
    const { library } = this.#reactor;
    if (library.shutdown(this.#fd, linux.SHUT_WR) < 0) {
      const errno = library.errno();
      // One that was reset is not connected any more, and knows why until it is asked.
      const reason = errno === linux.ENOTCONN ? errorOf(library, this.#fd) : 0;
      this.#failLater("shutdown", reason === 0 ? errno : reason);
    } else if (this.#ended) queueMicrotask(this.#over);
  }

  close(): void {
    if (this.#closed) return;
    // The system resets a connection that is closed with bytes unread, and drops what it has not sent. So what waits is read; and where it was so
    // much that more is on its way, what comes in the next moment, too.
    if (this.#direction === null && !this.#ended && this.#readAway() >= MUCH) this.#closeLater();
    else this.#finish(null);
  }

  abort(): void {
    if (this.#closed) {
      this.#wasAborted = true;
      this.#linger?.();
      return;
    }
    if (this.#remote?.family !== "unix" && this.#direction === null) {
      const { library } = this.#reactor;
      library.setsockopt(this.#fd, linux.SOL_SOCKET, linux.SO_LINGER, RESET, RESET.length);
    }
    this.#finish(null);
  }

  setNoDelay(enabled: boolean): void {
    if (this.#closed || this.#remote?.family === "unix") return;
    setOption(this.#reactor.library, this.#fd, linux.IPPROTO_TCP, linux.TCP_NODELAY, Number(enabled));
  }

  setKeepAlive(enabled: boolean): void {
    if (this.#closed || this.#remote?.family === "unix") return;
    setOption(this.#reactor.library, this.#fd, linux.SOL_SOCKET, linux.SO_KEEPALIVE, Number(enabled));
  }

  giveBack(kept: boolean): void {
    const arena = this.#lentArena;
    if (arena !== null) {
      this.#lentArena = null;
      arena.lent--;
      if (kept) arena.isKept = true;
    } else if (this.#lentLarge !== null) {
      this.#reactor.memory.putBack(this.#lentLarge);
      this.#lentLarge = null;
    }
  }

  /** Ends the events and returns the descriptor, which is nobody's now; −1 if it is closed. */
  detach(): number {
    if (this.#closed) return -1;
    this.#watch(null);
    this.#closed = true;
    this.#events = null;
    this.#reactor.release(this.#fd);
    return this.#fd;
  }

  /** Aborts this stream as well if it is aborted, since it has the descriptor now. */
  succeededBy(stream: HostStream): void {
    if (this.#wasAborted) stream.abort();
    this.#linger = () => stream.abort();
  }

  ready(events: number): boolean {
    if ((events & EPOLLOUT) !== 0) this.#hasRoom();
    if ((events & ~EPOLLOUT) === 0) return false;
    if (this.#closed) this.#readAway();
    else if (this.#direction === "write") this.#fail("write", linux.EPIPE);
    else if (this.#paused || this.#ended) this.#noReader(events);
    else if (this.#lentArena === null && this.#lentLarge === null && !this.#offered) return this.#read();
    return false;
  }

  readInto(memory: Uint8Array): number {
    this.#offered = false;
    if (this.#closed || this.#ended) return 0;
    const length = this.#receive(memory, Math.min(memory.length, MOST_AT_ONCE));
    if (length > 0) return length;
    const errno = length < 0 ? this.#reactor.library.errno() : 0;
    queueMicrotask(() => this.#readNothing(errno));
    return 0;
  }

  #read(): boolean {
    this.#offered = this.#events!.readable?.() === true;
    if (this.#offered) return false;
    return this.#readsMuch ? this.#readLarge() : this.#readSmall();
  }

  #receive(memory: Uint8Array, size: number): number {
    const { library } = this.#reactor;
    return this.#direction === null ? library.recv(this.#fd, memory, size, 0) : library.read(this.#fd, memory, size);
  }

  #readSmall(): boolean {
    const { library, memory } = this.#reactor;
    const arena = memory.small();
    const { bytes, next } = arena;
    const length = this.#receive(next === 0 ? bytes : bytes.subarray(next), SMALL_SIZE);
    if (length <= 0) {
      this.#readNothing(length < 0 ? library.errno() : 0);
      return false;
    }
    this.#readsMuch = length === SMALL_SIZE;
    const events = this.#events!;
    const piece = bytes.subarray(next, next + length);
    if (events.lend === undefined) {
      events.data(piece.slice());
      return false;
    }
    arena.next = next + length;
    arena.lent++;
    this.#lentArena = arena;
    events.lend(piece, length >= LEAST_KEPT);
    return false;
  }

  #readLarge(): boolean {
    const { library, memory } = this.#reactor;
    const large = memory.large();
    const length = this.#receive(large, LARGE_SIZE);
    this.#readsMuch = length >= SMALL_SIZE;
    if (length <= 0) {
      memory.putBack(large);
      this.#readNothing(length < 0 ? library.errno() : 0);
      return false;
    }
    const events = this.#events!;
    const piece = large.subarray(0, length);
    if (events.lend === undefined) {
      events.data(piece.slice());
      memory.putBack(large);
    } else {
      this.#lentLarge = large;
      events.lend(piece, false);
    }
    return this.#readsMuch;
  }

  /** A read has brought no bytes: for this error, or because the other side has ended. */
  #readNothing(errno: number): void {
    if (this.#closed || this.#ended) return;
    if (errno !== 0) {
      // Whatever is there will be told again.
      if (errno !== EAGAIN && errno !== EINTR) this.#fail("recv", errno);
      return;
    }
    this.#ended = true;
    this.#watch((this.#watched ?? 0) & ~EPOLLIN);
    this.#events!.end();
    if (this.#shut || this.#direction !== null) this.#over();
  }

  /** There is something to read that nobody wants now, or the connection has broken meanwhile. */
  #noReader(events: number): void {
    if ((events & (EPOLLERR | EPOLLHUP)) === 0) return this.#watch((this.#watched ?? 0) & ~EPOLLIN);
    const errno = this.#ended ? errorOf(this.#reactor.library, this.#fd) : 0;
    if (errno !== 0) return this.#fail("recv", errno);
    // It would be notified of that for ever, whatever it watches for. Who reads or writes will learn of it.
    this.#watch(null);
    this.#hasRoom();
  }

  #hasRoom(): void {
    if (this.#blocked) {
      this.#blocked = false;
      this.#events?.drain(0);
    } else if (this.#watched !== null) this.#watch(this.#watched & ~EPOLLOUT);
  }

  #notAll(taken: number, call = "send"): number {
    if (taken < 0) {
      const errno = this.#reactor.library.errno();
      if (errno !== EAGAIN && errno !== EINTR) {
        this.#failLater(call, errno);
        return 0;
      }
      taken = 0;
    }
    this.#blocked = true;
    this.#watch((this.#watched ?? 0) | EPOLLOUT);
    return taken;
  }

  #watch(events: number | null): void {
    if (events === this.#watched) return;
    const before = this.#watched;
    this.#watched = events;
    if (events === null) return this.#reactor.forget(this.#fd, this);
    if (before !== null) {
      this.#reactor.change(this.#fd, events, this);
      return;
    }
    const errno = this.#reactor.watch(this.#fd, events, this);
    if (errno !== 0) {
      this.#watched = null;
      // A device that is always ready, such as /dev/null, has no other end that could be gone.
      if (errno === linux.EPERM && events === 0) return;
      this.#failLater("epoll_ctl", errno);
    }
  }

  #closeLater(): void {
    this.#closed = true;
    this.#reactor.library.shutdown(this.#fd, linux.SHUT_WR);
    this.#watch(EPOLLIN);
    const end = (): void => {
      clearTimeout(timer);
      this.#linger = null;
      this.#finish(null);
    };
    const timer = setTimeout(end, LINGER);
    this.#linger = end;
  }

  /** Reads what has come into the void, up to a megabyte. Returns how much that was. */
  #readAway(): number {
    const { library, memory } = this.#reactor;
    const large = memory.large();
    let sum = 0;
    let length: number;
    do {
      length = library.recv(this.#fd, large, LARGE_SIZE, 0);
      sum += Math.max(length, 0);
    } while (length > 0 && sum < MOST_AWAY);
    if (sum === 0 && this.#closed) this.#watch(null);
    memory.putBack(large);
    return sum;
  }

  /** Both sides have ended. */
  readonly #over = (): void => {
    if (!this.#closed) this.#finish(null);
  };

  /** A connection that fails does so for both directions. */
  #fail(call: string, errno: number): void {
    if (!this.#closed) this.#finish(callFailed("Cannot go on with the connection", call, errno));
  }

  #failLater(call: string, errno: number): void {
    queueMicrotask(() => this.#fail(call, errno));
  }

  #finish(error: Error | null): void {
    this.#closed = true;
    this.#watch(null);
    closeDescriptor(this.#reactor, this.#fd, this.#direction !== null);
    this.#reactor.release(this.#fd);
    queueMicrotask(() => this.#events?.closed(error));
  }
}

/**
 * Closes a descriptor. One that Deno has opened it must close itself: it keeps a table of them, and whatever it opened by the same number later
 * would be closed at once.
 */
function closeDescriptor({ library }: Reactor, fd: number, isPipe: boolean): void {
  if (isPipe && "Deno" in globalThis) {
    try {
      findBuiltin<{ closeSync(fd: number): void }>("node:fs")!.closeSync(fd);
      return;
    } catch {
      // Deno does not know it, and it is still open.
    }
  }
  library.close(fd);
}

/** The most bytes of one call: its parameter has 32 bits, and so has its result. */
const MOST_AT_ONCE = 2 ** 30;

/** Of so many unread bytes more is on its way: whoever sends does not wait for answers. */
const MUCH = 64 * 1024;

/** How many bytes of a file are sent at a time, so that others have their turn. */
const MOST_OF_FILE = 1024 * 1024;

/** What is wrong with a file that is sent, and not with the connection. Some file systems, such as that of `/proc`, have files that can only be read. */
const OF_FILES: readonly number[] = /* @__PURE__ */ [
  linux.EIO,
  linux.EINVAL,
  linux.ESPIPE,
  linux.ENOSYS,
  linux.EOVERFLOW,
  linux.EOPNOTSUPP,
];

const position = /* @__PURE__ */ new BigInt64Array(1);
const positionBytes = /* @__PURE__ */ new Uint8Array(position.buffer);

/** How many bytes are read away at a time. */
const MOST_AWAY = 1024 * 1024;

/** What makes a close a reset: lingering is on, and lasts for no time. */
const RESET = /* @__PURE__ */ new Uint8Array(new Int32Array([1, 0]).buffer);
