/**
 * One end of a connection in memory: what happens on it is told in microtasks, in the order that it happened.
 *
 * @module
 */
import { OSError, type SocketAddress, type TlsInfo } from "../../mod.ts";
import type { HostStream, StreamEvents } from "../../src/adapters/adapter.ts";

/** How a host takes what is written: as much as fits at once, or later (the way of an asynchronous write). */
export type WriteStyle = "at once" | "later";

/** One end of a connection in memory. */
export class FakeStream implements HostStream {
  tls: TlsInfo | null = null;
  /** How many bytes the other end may leave unread before this one is full. */
  capacity = Infinity;
  style: WriteStyle = "at once";
  /** Takes several arrays at a time, if it does. */
  writeList?: (list: readonly Uint8Array[]) => number;
  /** Whether what it reads is in memory of its own, which it spoils as soon as it was given back, and whether it may be kept. */
  lends: boolean | "to keep" = false;
  /** What was asked of it, in order. */
  readonly calls: string[] = [];
  /** The lengths of the arrays that were written; of several at a time, of all of them. */
  readonly writes: number[] = [];
  peer: FakeStream | null = null;
  readonly localAddress: SocketAddress;
  readonly remoteAddress: SocketAddress;
  readonly #inbox: Uint8Array[] = [];
  #events: StreamEvents | null = null;
  #paused = false;
  #ended = false;
  #endTold = false;
  #endSent = false;
  #closed = false;
  #full = false;
  #pumping = false;
  #lent: Uint8Array | null = null;

  constructor(localAddress: SocketAddress, remoteAddress: SocketAddress) {
    this.localAddress = localAddress;
    this.remoteAddress = remoteAddress;
  }

  /** Whether it was closed or aborted, or lost. */
  get isClosed(): boolean {
    return this.#closed;
  }

  start(events: StreamEvents): void {
    if (this.#events !== null) throw new Error("Started twice.");
    this.#events = events;
    this.#pump();
  }

  pauseReading(): void {
    this.calls.push("pause");
    this.#paused = true;
  }

  resumeReading(): void {
    this.calls.push("resume");
    this.#paused = false;
    this.#pump();
  }

  giveBack(kept: boolean): void {
    if (this.#lent === null) throw new Error("Given back what was not lent.");
    if (kept && this.lends !== "to keep") throw new Error("Kept what may not be kept.");
    this.calls.push(kept ? "keep" : "give back");
    if (!kept) this.#lent.fill(0xee);
    this.#lent = null;
    this.#pump();
  }

  write(bytes: Uint8Array): number {
    if (this.#full || this.#endSent) throw new Error("Written to while it was full or after its end.");
    this.writes.push(bytes.length);
    const peer = this.peer;
    if (this.#closed || peer === null) return 0;
    if (this.style === "later") {
      this.#full = true;
      queueMicrotask(() => {
        if (this.#closed) return;
        this.#full = false;
        peer.#receive(bytes.slice());
        this.#events?.drain(bytes.length);
      });
      return 0;
    }
    const taken = Math.min(bytes.length, Math.max(0, this.capacity - peer.#unread()));
    if (taken > 0) peer.#receive(bytes.slice(0, taken));
    this.#full = taken < bytes.length;
    return taken;
  }

  /** Has it take several arrays at a time from now on. */
  takeLists(): void {
    this.writeList = (list) => {
      const bytes = new Uint8Array(list.reduce((sum, { length }) => sum + length, 0));
      list.reduce((at, part) => (bytes.set(part, at), at + part.length), 0);
      return this.write(bytes);
    };
  }

  endWriting(): void {
    this.calls.push("endWriting");
    this.#endSent = true;
    if (this.peer !== null) this.peer.#end();
    this.#bothEnded();
  }

  close(): void {
    this.calls.push("close");
    this.#gone(null);
    if (this.peer !== null) this.peer.#end();
  }

  abort(): void {
    this.calls.push("abort");
    this.#gone(null);
    this.peer?.break(new OSError("Cannot read: the other side has reset the connection.", { code: "ECONNRESET" }));
  }

  setNoDelay(): void {}
  setKeepAlive(enabled: boolean): void {
    this.calls.push(`keepAlive ${enabled}`);
  }

  /** The connection breaks; what has come is told before. */
  break(error: Error | null): void {
    for (const bytes of this.#inbox.splice(0)) queueMicrotask(() => this.#events?.data(bytes));
    this.#gone(error);
  }

  /** The system makes room, whatever was read. */
  makeRoom(capacity = Infinity): void {
    this.capacity = capacity;
    this.#tellRoom();
  }

  #unread(): number {
    return this.#inbox.reduce((sum, { length }) => sum + length, 0);
  }

  #receive(bytes: Uint8Array): void {
    this.#inbox.push(bytes);
    this.#pump();
  }

  #end(): void {
    this.#ended = true;
    this.#pump();
  }

  #pump(): void {
    if (this.#pumping || this.#events === null) return;
    this.#pumping = true;
    queueMicrotask(() => {
      this.#pumping = false;
      this.#tellNext();
    });
  }

  #tellNext(): void {
    if (this.#closed || this.#paused || this.#lent !== null) return;
    const bytes = this.#inbox.shift();
    if (bytes !== undefined) {
      if (this.lends !== false) this.#events!.lend!(this.#lent = bytes, this.lends === "to keep");
      else this.#events!.data(bytes);
      if (this.peer !== null) this.peer.#tellRoom();
      this.#pump();
    } else if (this.#ended && !this.#endTold) {
      this.#endTold = true;
      this.#events!.end();
      this.#bothEnded();
    }
  }

  #tellRoom(): void {
    if (!this.#full || this.style === "later" || this.#closed) return;
    queueMicrotask(() => {
      this.#full = false;
      if (!this.#closed) this.#events?.drain(0);
    });
  }

  #bothEnded(): void {
    if (this.#endTold && this.#endSent) this.#gone(null);
  }

  #gone(error: Error | null): void {
    if (this.#closed) return;
    this.#closed = true;
    queueMicrotask(() => this.#events?.closed(error));
  }
}
