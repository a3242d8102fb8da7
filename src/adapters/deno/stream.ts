/**
 * A stream socket over a `Deno.Conn`, by its `read` and `write`: web streams would cost three times as much.
 *
 * @module
 */

import type { HostStream, SocketAddress, StreamEvents } from "../net.ts";
import { memoryTransferred } from "../shared/memory_transferred.ts";
import { clearTimeout, LINGER, setImmediate, setTimeout } from "../shared/timers.ts";
import { toStreamError } from "./errors.ts";
import { LARGEST_SIZE, ReadMemory } from "./read_memory.ts";

/** Turns of Deno's loop in which a read brings what is there, and how often at most it is looked whether one has, once there was time for that. */
const [NEWS, MOST_LOOKS] = [2, 64];

/** A {@linkcode HostStream} on a connection of Deno. */
export class DenoStream implements HostStream {
  readonly tls = null;
  readonly #conn: Deno.Conn;
  /** This end of a connection to a Unix socket that listens: Deno tells the name that its file was made under. */
  readonly #named: SocketAddress | null;
  #events: StreamEvents | null = null;
  readonly #memory = new ReadMemory();
  /** How many bytes are lent. Nothing is read before they are given back. */
  #lent = 0;
  #reading = false;
  /** The receiver was asked for memory, and will call `readInto`. */
  #offered = false;
  /** Memory of the receiver that the read under way goes into, and whose events they were then. */
  #target: Uint8Array | null = null;
  #targetOwner: StreamEvents | null = null;
  /** What the read brought that was under way when reading was paused; undefined for nothing. */
  #held: number | null | undefined = undefined;
  #paused = false;
  #writing = false;
  /** The other side has ended. */
  #ended = false;
  /** This side has ended. */
  #shut = false;
  /** The connection is closed, here or by an error: no event follows but the last one. */
  #closed = false;
  /** Ends the time in which what was not read is read away. */
  #linger: (() => void) | null = null;

  constructor(conn: Deno.Conn, named: SocketAddress | null = null) {
    this.#conn = conn;
    this.#named = named;
  }

  get localAddress(): SocketAddress | null {
    return this.#named ?? toAddress(this.#conn.localAddr);
  }

  get remoteAddress(): SocketAddress | null {
    return toAddress(this.#conn.remoteAddr);
  }

  start(events: StreamEvents): void {
    this.#events = events;
    this.#readOn();
  }

  pauseReading(): void {
    this.#paused = true;
  }

  resumeReading(): void {
    this.#paused = false;
    if (this.#held === undefined) this.#readOn();
    else queueMicrotask(() => this.#tellHeld());
  }

  // Deno tells how much the system took when this call is over, so it always looks as if there were no room.
  write(bytes: Uint8Array): number {
    if (this.#closed || this.#shut || this.#writing) return 0;
    this.#writing = true;
    this.#conn.write(bytes).then(this.#onWritten, this.#onError);
    return 0;
  }

  endWriting(): void {
    if (this.#closed || this.#shut) return;
    this.#shut = true;
    this.#conn.closeWrite().then(() => this.#shutDone(), this.#onError);
  }

  close(): void {
    if (this.#closed) return;
    // The system resets a connection that is closed with bytes unread, and drops what it has not sent. So what waits is read. Where a read is under
    // way nothing did, as far as is known: that is how most connections end, and they do so at once.
    if (this.#paused && !this.#reading && !this.#ended) void this.#closeUnread();
    else this.#finish(null);
  }

  /** Deno cannot reset a connection: what the system has, it goes on sending. */
  abort(): void {
    if (!this.#closed) this.#finish(null);
    else this.#linger?.();
  }

  setNoDelay(enabled: boolean): void {
    if (!this.#closed && "setNoDelay" in this.#conn) (this.#conn as Deno.TcpConn).setNoDelay(enabled);
  }

  setKeepAlive(enabled: boolean): void {
    if (!this.#closed && "setKeepAlive" in this.#conn) (this.#conn as Deno.TcpConn).setKeepAlive(enabled);
  }

  /** Calls no event until {@linkcode tellTo} has named others: what comes meanwhile waits. */
  silence(): void {
    this.pauseReading();
    this.#events = null;
    this.#offered = false;
  }

  /** Calls these events from now on. */
  tellTo(events: StreamEvents): void {
    this.#events = events;
    if (this.#closed) queueMicrotask(() => events.closed(null));
    else if (this.#ended) queueMicrotask(() => events.end());
    else this.resumeReading();
  }

  giveBack(kept: boolean): void {
    const length = this.#lent;
    this.#lent = 0;
    if (kept) this.#memory.keep(length);
    this.#readOn();
  }

  readInto(memory: Uint8Array): number {
    if (this.#reading || this.#closed || this.#ended || this.#held !== undefined) return 0;
    this.#offered = false;
    this.#reading = true;
    this.#target = memory;
    this.#targetOwner = this.#events;
    this.#conn.read(memory as Uint8Array<ArrayBuffer>).then(this.#onRead, this.#onError);
    return -1;
  }

  #readOn(): void {
    if (this.#reading || this.#paused || this.#lent > 0 || this.#ended || this.#closed || this.#held !== undefined) {
      return;
    }
    if (this.#offered) return;
    if (this.#events!.readable?.() === true) {
      this.#offered = true;
      return;
    }
    this.#reading = true;
    this.#conn.read(this.#memory.room()).then(this.#onRead, this.#onError);
  }

  readonly #onRead = (length: number | null): void => {
    this.#reading = false;
    if (this.#closed) return;
    if (this.#paused) {
      this.#held = length;
      return;
    }
    if (length === null) {
      this.#ended = true;
      this.#target = this.#targetOwner = null;
      this.#events!.end();
      if (this.#shut && !this.#closed) this.#finish(null);
    } else {
      this.#hand(length);
    }
  };

  #hand(length: number): void {
    const events = this.#events!;
    if (this.#target !== null) return this.#handTarget(events, length);
    const memory = this.#memory;
    const bytes = memory.take(length);
    if (bytes === null) return this.#finish(memoryTransferred());
    if (memory.isGiven) {
      events.data(bytes);
      this.#readOn();
      return;
    }
    const { mayKeep } = memory;
    if (events.lend !== undefined) {
      this.#lent = length;
      events.lend(bytes, mayKeep);
      return;
    }
    if (mayKeep) memory.keep(length);
    events.data(mayKeep ? bytes : bytes.slice());
    this.#readOn();
  }

  /** What was read stands in memory of the receiver. Should that be another one now, it gets a copy. */
  #handTarget(events: StreamEvents, length: number): void {
    const target = this.#target!;
    const isOwners = this.#targetOwner === events;
    this.#target = this.#targetOwner = null;
    if (isOwners) return events.filled!(length);
    events.data(target.slice(0, length));
    this.#readOn();
  }

  #tellHeld(): void {
    const held = this.#held;
    if (held === undefined || this.#paused) return;
    this.#held = undefined;
    this.#onRead(held);
  }

  /** A connection that fails does so for both directions. */
  readonly #onError = (error: unknown): void => {
    if (!this.#closed) this.#finish(toStreamError(error));
  };

  readonly #onWritten = (length: number): void => {
    this.#writing = false;
    if (!this.#closed) this.#events?.drain(length);
  };

  #shutDone(): void {
    if (this.#ended && !this.#closed) this.#finish(null);
  }

  async #closeUnread(): Promise<void> {
    this.#closed = true;
    const away = { length: 0 };
    void readAway(this.#conn, away);
    await this.#conn.closeWrite().catch(ignore);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, LINGER);
      this.#linger = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#linger = null;
    // In a program that was held up the timer may come before older news of the socket.
    for (let looks = 0, before = -1; away.length > before && looks < MOST_LOOKS; looks++) {
      before = away.length;
      for (let turns = 0; turns < NEWS; turns++) await new Promise<void>(setImmediate);
    }
    this.#finish(null);
  }

  #finish(error: Error | null): void {
    this.#closed = true;
    this.#conn.close();
    queueMicrotask(() => this.#events?.closed(error));
  }
}

/** Reads what comes until the end, and counts it. */
async function readAway(conn: Deno.Conn, away: { length: number }): Promise<void> {
  const room = new Uint8Array(LARGEST_SIZE);
  try {
    for (let length: number | null; (length = await conn.read(room)) !== null;) away.length += length;
  } catch {
    // It was closed meanwhile, here or there.
  }
}

function ignore(): void {}

/** An address in the words of the contract. */
export function toAddress(addr: Deno.Addr): SocketAddress | null {
  if (addr.transport === "unix" || addr.transport === "unixpacket") {
    // The unnamed end of a connection has no path, whatever the types say.
    return { family: "unix", path: addr.path ?? "" };
  }
  if (addr.transport !== "tcp" && addr.transport !== "udp") return null;
  const { hostname, port } = addr;
  return { family: hostname.includes(":") ? "ipv6" : "ipv4", address: hostname, port };
}
