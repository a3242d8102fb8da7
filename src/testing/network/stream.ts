/**
 * One end of a simulated connection.
 *
 * @module
 */
import type { HostStream, SocketAddress, StreamEvents, TlsInfo } from "../../adapters/net.ts";
import { socketError } from "../../adapters/shared/socket_errors.ts";
import type { Scheduled } from "./event_queue.ts";
import type { Machine } from "./machine.ts";
import { Pipe } from "./pipe.ts";

/** The most bytes of one read. */
const LONGEST_READ = 65_536;
/** What memory is filled with that was lent and given back: whoever still looks at it sees that. */
const TAKEN_BACK = 0xaa;

const WORDS: Readonly<Record<string, string>> = {
  ECONNRESET: "connection reset by peer",
  ETIMEDOUT: "connection timed out",
};

/** A {@linkcode HostStream} on a simulated network. */
export class SimulatedStream implements HostStream {
  readonly machine: Machine;
  readonly localAddress: SocketAddress;
  readonly remoteAddress: SocketAddress;
  readonly tls: TlsInfo | null = null;
  /** What the log calls it. */
  readonly name: string;
  /** Called once the client's first word has come. */
  whenOpened: (() => void) | null = null;
  readonly #incarnation: number;
  #out!: Pipe;
  #in!: Pipe;
  #events: StreamEvents | null = null;
  readonly #inbox: Uint8Array[] = [];
  #inboxLength = 0;
  #paused = false;
  /** The other side has ended, and whether that was told. */
  #endCame = false;
  #ended = false;
  /** This side has ended. */
  #shut = false;
  /** No event follows but the last one. */
  #closed = false;
  /** What the last event says, as long as nobody listens. */
  #lastWord: { readonly error: Error | null } | null = null;
  #delivery: Scheduled | null = null;
  /** How hosts differ: some say only later what they took, some lend memory. */
  readonly #takesLater: boolean;
  readonly #lends: boolean;
  #lent: Uint8Array | null = null;
  /** What is offered, and not looked at yet. */
  #offered: Uint8Array | null = null;
  #wantsRoom = false;
  #roomTold: Scheduled | null = null;

  constructor(machine: Machine, local: SocketAddress, remote: SocketAddress, name: string) {
    this.machine = machine;
    this.localAddress = local;
    this.remoteAddress = remote;
    this.name = name;
    this.#incarnation = machine.incarnation;
    const { chance, pieces } = machine.world;
    this.#takesLater = pieces && chance.happens(0.5);
    this.#lends = pieces && chance.happens(0.5);
  }

  /** Connects two ends. */
  static join(one: SimulatedStream, other: SimulatedStream): void {
    one.#out = other.#in = new Pipe(one, other);
    other.#out = one.#in = new Pipe(other, one);
  }

  /** Whether its host is the one that has made it, and is up. */
  get isThere(): boolean {
    return this.machine.isUp && this.machine.incarnation === this.#incarnation;
  }

  /** What it sends by. */
  get out(): Pipe {
    return this.#out;
  }

  start(events: StreamEvents): void {
    this.#events = events;
    const last = this.#lastWord;
    if (last !== null) this.#tellLast(last.error);
    else this.#deliverSoon();
  }

  /** Calls other events from now on; reading is paused until then. */
  tellTo(events: StreamEvents | null): void {
    this.#events = events;
    this.#lent = null;
    this.#offered = null;
    this.#wantsRoom = false;
    this.#paused = events === null;
    if (events !== null) this.start(events);
  }

  pauseReading(): void {
    this.#paused = true;
  }

  resumeReading(): void {
    this.#paused = false;
    this.#deliverSoon();
  }

  giveBack(kept: boolean): void {
    const lent = this.#lent;
    this.#lent = null;
    if (!kept) lent?.fill(TAKEN_BACK);
    this.#deliverSoon();
  }

  write(bytes: Uint8Array): number {
    if (this.#closed || this.#shut || this.#offered !== null) return 0;
    if (this.#takesLater) {
      this.#offered = bytes;
      this.#tellRoom();
      return 0;
    }
    const taken = this.#take(bytes);
    if (taken < bytes.length) this.#waitForRoom();
    return taken;
  }

  endWriting(): void {
    if (this.#closed || this.#shut) return;
    this.#shut = true;
    this.#out.sendEnd();
    if (this.#ended) this.#finish(null);
  }

  close(): void {
    if (this.#closed) return;
    if (!this.#shut) this.#out.sendEnd();
    this.#shut = true;
    this.#finish(null);
  }

  abort(): void {
    if (!this.isThere || (this.#closed && this.#out.held === 0)) return;
    this.#out.sendReset();
    if (!this.#closed) this.#finish(null);
  }

  setNoDelay(): void {}

  setKeepAlive(): void {}

  /** Puts bytes back that were read and not wanted. */
  unread(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#inbox.unshift(bytes);
    this.#inboxLength += bytes.length;
    this.#in.held += bytes.length;
  }

  /** The other side takes part. */
  opened(): void {
    this.whenOpened?.();
    this.whenOpened = null;
  }

  /** Bytes have come; false if nobody wants them any more. */
  receive(bytes: Uint8Array): boolean {
    if (this.#closed) return false;
    this.#inbox.push(bytes);
    this.#inboxLength += bytes.length;
    if (this.#delivery === null) this.#deliver();
    return true;
  }

  /** The other side will send no more. */
  receiveEnd(): void {
    this.#endCame = true;
    if (this.#delivery === null) this.#deliver();
  }

  /** The connection is cut, or given up. */
  fail(code: string): void {
    if (this.#closed || !this.isThere) return;
    const cause = Object.assign(new Error(`${WORDS[code]} (simulated)`), { code });
    this.#finish(socketError("Cannot go on with the connection", code, cause));
  }

  /** Its host is gone: nobody hears of it here, and there only if the system was left to say so. */
  vanish(tells: boolean): void {
    this.#events = null;
    if (tells && !this.#closed) this.#out.sendReset(true);
    this.#closed = true;
  }

  /** The other end has read something. */
  hasRoom(): void {
    if ((this.#wantsRoom || this.#offered !== null) && this.#isRoomy) this.#tellRoom();
  }

  /** Whether a third is free, as systems wait for: otherwise ever smaller pieces would follow one another. */
  get #isRoomy(): boolean {
    return 3 * this.#out.held <= 2 * this.machine.world.buffer;
  }

  #take(bytes: Uint8Array): number {
    const { buffer, pieces, chance } = this.machine.world;
    let length = Math.min(bytes.length, buffer - this.#out.held);
    if (length <= 0) return 0;
    if (pieces && length > 1 && chance.happens(0.2)) length = chance.whole(1, length);
    this.#out.send(bytes.slice(0, length));
    return length;
  }

  #waitForRoom(): void {
    this.#wantsRoom = true;
    if (this.#isRoomy) this.#tellRoom();
  }

  #tellRoom(): void {
    this.#roomTold ??= this.machine.world.queue.after(0, () => {
      this.#roomTold = null;
      if (this.#closed || !this.isThere) return;
      if (this.#offered === null) {
        if (!this.#wantsRoom) return;
        this.#wantsRoom = false;
        this.#events?.drain(0);
        return;
      }
      if (!this.#isRoomy) return;
      const taken = this.#take(this.#offered);
      if (taken === 0) return;
      this.#offered = null;
      this.#events?.drain(taken);
    });
  }

  #deliverSoon(): void {
    if (this.#inboxLength === 0 && !this.#endCame) return;
    this.#delivery ??= this.machine.world.queue.after(0, this.#onDelivery);
  }

  readonly #onDelivery = (): void => {
    this.#delivery = null;
    this.#deliver();
  };

  /** Tells what has come, a read at a time. */
  #deliver(): void {
    const events = this.#events;
    if (events === null || this.#paused || this.#closed || this.#lent !== null || !this.isThere) return;
    if (this.#inboxLength > 0) {
      const bytes = this.#read();
      this.#in.read(bytes.length);
      if (this.#lends && events.lend !== undefined) {
        this.#lent = bytes;
        events.lend(bytes, false);
      } else {
        events.data(bytes);
      }
      if (!this.#closed) this.#deliverSoon();
    } else if (this.#endCame && !this.#ended) {
      this.#ended = true;
      events.end();
      if (this.#shut && !this.#closed) this.#finish(null);
    }
  }

  /** What one read brings. */
  #read(): Uint8Array {
    const { chance, pieces } = this.machine.world;
    let length = Math.min(this.#inboxLength, LONGEST_READ);
    if (pieces && length > 1 && chance.happens(0.2)) length = chance.whole(1, length);
    this.#inboxLength -= length;
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length;) {
      const first = this.#inbox[0] as Uint8Array;
      const part = first.subarray(0, length - at);
      bytes.set(part, at);
      at += part.length;
      if (part.length === first.length) this.#inbox.shift();
      else this.#inbox[0] = first.subarray(part.length);
    }
    return bytes;
  }

  #finish(error: Error | null): void {
    this.#closed = true;
    this.#inbox.length = this.#inboxLength = 0;
    this.#offered = null;
    this.machine.closed(this);
    this.#lastWord = { error };
    if (this.#events !== null) this.#tellLast(error);
  }

  #tellLast(error: Error | null): void {
    this.machine.world.queue.after(0, () => {
      if (this.isThere) this.#events?.closed(error);
    });
  }
}
