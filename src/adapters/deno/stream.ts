/**
 * A stream socket over a `Deno.Conn`, by its `read` and `write`: web streams would cost three times as much.
 *
 * @module
 */

import type { HostStream, SocketAddress, StreamEvents } from "../net.ts";
import { memoryTransferred } from "../shared/memory_transferred.ts";
import { clearTimeout, LINGER, setTimeout } from "../shared/timers.ts";
import { toStreamError } from "./socket_errors.ts";

/** The first memory to read into. A connection that waits costs no more than this. */
const FIRST_SIZE = 1024;
/** A read that fills half of the memory makes it grow by this factor. */
const GROWTH = 8;
/** What it grows to for a connection that fills it. */
const LARGEST_SIZE = 256 * 1024;
/**
 * Up to this size whoever gets bytes may keep them where they are, and the next ones are read into the rest of the memory: for 1 KiB that
 * takes half as long as a copy. Larger memory, most of which is in no cache when it is new, takes longer to fill than to copy from.
 */
const MOST_KEPT = 8 * 1024;
/** Larger memory shrinks by that factor again after so many reads in a row that would have had room in the smaller one. */
const SMALL_READS = 16;

/** A {@linkcode HostStream} on a connection of Deno. */
export class DenoStream implements HostStream {
  readonly tls = null;
  readonly #conn: Deno.Conn;
  /** This end of a connection to a Unix socket that listens: Deno tells the name that its file was made under. */
  readonly #named: SocketAddress | null;
  #events: StreamEvents | null = null;
  /** What is read goes here, behind what somebody has kept. */
  #memory = new Uint8Array(FIRST_SIZE);
  #kept = 0;
  /** So many bytes are lent, and nothing may be read. */
  #lent = 0;
  #smallReads = 0;
  #reading = false;
  /** What the read brought that was under way when reading was paused; undefined for nothing. */
  #held: number | null | undefined = undefined;
  #paused = false;
  #writing = false;
  /** The other side has ended. */
  #ended = false;
  /** This side has ended. */
  #shut = false;
  /** The connection is closed, here or by an error; nothing is told any more but the end. */
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
    // The system resets a connection that is closed with bytes unread, and drops what it has not sent. So what waits is read.
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

  /** @internal Tells nobody anything until somebody else is named: what comes meanwhile waits. */
  _silence(): void {
    this.pauseReading();
    this.#events = null;
  }

  /** @internal From now on it is these events that are told. */
  _tell(events: StreamEvents): void {
    this.#events = events;
    if (this.#closed) queueMicrotask(() => events.closed(null));
    else if (this.#ended) queueMicrotask(() => events.end());
    else this.resumeReading();
  }

  giveBack(kept: boolean): void {
    const length = this.#lent;
    this.#lent = 0;
    if (kept) this.#keep(length);
    this.#readOn();
  }

  #readOn(): void {
    if (this.#reading || this.#paused || this.#lent > 0 || this.#ended || this.#closed || this.#held !== undefined) {
      return;
    }
    this.#reading = true;
    // Whoever has kept a part of it has transferred all of it.
    if (this.#memory.length === 0) this.#renew(FIRST_SIZE);
    if (this.#smallReads === SMALL_READS) this.#renew(this.#memory.length / GROWTH);
    const room = this.#kept === 0 ? this.#memory : this.#memory.subarray(this.#kept);
    this.#conn.read(room).then(this.#onRead, this.#onError);
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
      this.#events!.end();
      if (this.#shut && !this.#closed) this.#finish(null);
    } else {
      this.#hand(length);
    }
  };

  #hand(length: number): void {
    const events = this.#events!;
    const memory = this.#memory;
    const size = memory.length;
    if (size === 0) return this.#finish(memoryTransferred());
    const bytes = memory.subarray(this.#kept, this.#kept + length);
    // One read decides, not the sum of many: who sends little at a time would end up with as much memory as who sends a lot.
    if (length * 2 >= size && size < LARGEST_SIZE) {
      this.#renew(size * GROWTH);
      events.data(bytes);
      this.#readOn();
      return;
    }
    const mayKeep = size <= MOST_KEPT;
    if (mayKeep || length * GROWTH >= size) this.#smallReads = 0;
    else this.#smallReads++;
    if (events.lend !== undefined) {
      this.#lent = length;
      events.lend(bytes, mayKeep);
      return;
    }
    if (mayKeep) this.#keep(length);
    events.data(mayKeep ? bytes : bytes.slice());
    this.#readOn();
  }

  /** The last bytes that were read are somebody else's. */
  #keep(length: number): void {
    const { length: size } = this.#memory;
    this.#kept += length;
    // A read that fills the room is followed by one in vain, so a message of the same length must leave some.
    if (this.#kept + length >= size) this.#renew(size);
  }

  #renew(size: number): void {
    this.#memory = new Uint8Array(Math.min(size, LARGEST_SIZE));
    this.#kept = this.#smallReads = 0;
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
    void readAway(this.#conn);
    await this.#conn.closeWrite().catch(ignore);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, LINGER);
      this.#linger = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#linger = null;
    this.#finish(null);
  }

  #finish(error: Error | null): void {
    this.#closed = true;
    this.#conn.close();
    queueMicrotask(() => this.#events?.closed(error));
  }
}

async function readAway(conn: Deno.Conn): Promise<void> {
  const room = new Uint8Array(LARGEST_SIZE);
  try {
    while (await conn.read(room) !== null);
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
