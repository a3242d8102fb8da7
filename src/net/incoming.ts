/**
 * The reading half of a transport.
 *
 * The host tells what happens outside of the loop's turns. It is kept here, and given to the protocol by the loop: one piece of data in an
 * iteration, in the transport's context.
 *
 * @module
 */
import type { ContextOwner, Runnable } from "../core/contract.ts";
import { memoryTransferred } from "../adapters/shared/memory_transferred.ts";
import type { StreamEvents } from "../adapters/net.ts";
import { KeyboardInterrupt, RuntimeError } from "../core/errors.ts";
import { concatenate } from "../io/byte_buffer.ts";
import { NOTHING } from "./bytes.ts";
import type { BufferedProtocol, Protocol } from "../io/protocols.ts";
import { reportStep } from "./step.ts";
import type { SocketTransport } from "./socket_transport.ts";

/** The most bytes that a protocol gets in one call. */
export const LARGEST: number = 256 * 1024;
/** So many bytes may wait for a loop that is busy before the host is asked to read no more. */
const ENOUGH = 256 * 1024;

/** A protocol that copies what it needs of memory that is only lent. */
interface Copying extends Protocol {
  /** @internal */
  copyReceived?(lent: Uint8Array): void;
}

/** What has come and was not given to the protocol yet. It is its own entry in the ready queue. */
export class Incoming implements StreamEvents, Runnable {
  readonly #transport: SocketTransport;
  #first: Uint8Array | null = null;
  #more: Uint8Array[] | null = null;
  #size = 0;
  /** The first piece is the host's memory, and the only one. */
  #lent = false;
  #mayKeep = false;
  #scheduled = false;
  #started = false;
  #paused = false;
  #stopped = false;
  /** The host was asked to wait because too much waits here. */
  #held = false;
  #ended = false;
  #endTold = false;
  #gone = false;
  #goneTold = false;
  #error: Error | null = null;

  constructor(transport: SocketTransport) {
    this.#transport = transport;
  }

  /** Whether the host's socket is gone. */
  get gone(): boolean {
    return this.#gone;
  }

  /** What broke it. */
  get error(): Error | null {
    return this.#error;
  }

  /** Whether the other side has ended. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Whether the other side's end was told. */
  get endTold(): boolean {
    return this.#endTold;
  }

  /** Whether reading was paused. */
  get paused(): boolean {
    return this.#paused;
  }

  data(bytes: Uint8Array): void {
    if (this.#stopped || bytes.length === 0) return;
    if (this.#first === null) this.#first = bytes;
    else (this.#more ??= []).push(bytes);
    this.#size += bytes.length;
    if (this.#transport.host.tellsInTasks === true) this.#transport.loop._inHostTask();
    if (this.#size > ENOUGH && !this.#held) {
      this.#held = true;
      if (!this.#paused) this.#transport.host.pauseReading();
    }
    this.#wake();
  }

  lend(bytes: Uint8Array, mayKeep: boolean): void {
    if (this.#stopped) return;
    const alone = this.#first === null;
    this.#lent = alone;
    this.#mayKeep = mayKeep;
    this.data(alone ? bytes : bytes.slice());
    if (!alone) this.#transport.host.giveBack!(false);
  }

  end(): void {
    this.#ended = true;
    if (this.#stopped) this.#transport.ending.peerGone();
    else this.#wake();
  }

  drain(taken: number): void {
    this.#transport.outgoing.drained(taken);
  }

  closed(error: Error | null): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#error = error;
    this.#wake();
  }

  /** The protocol knows the connection: what has come can be given to it. */
  start(): void {
    this.#started = true;
    this.#wake();
  }

  /** Gives nothing to the protocol for now. */
  pause(): void {
    this.#paused = true;
    if (!this.#held && !this.#gone) this.#transport.host.pauseReading();
  }

  /** Goes on. */
  resume(): void {
    this.#paused = false;
    if (!this.#held && !this.#gone) this.#transport.host.resumeReading();
    this.#wake();
  }

  /** Gives nothing to the protocol any more; what waits is dropped, and what comes, if the host is to read on until the other side's end. */
  stop(readOn = false): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#first = this.#more = null;
    const reads = !this.#paused && !this.#held;
    if (reads !== readOn && !this.#gone) {
      if (readOn) this.#transport.host.resumeReading();
      else this.#transport.host.pauseReading();
    }
    this.#giveBack(false);
    this.#wake();
  }

  /** Takes everything that waits, for somebody who reads in the protocol's place. */
  takeAll(): Uint8Array {
    const all = this.#first === null ? NOTHING : concatenate([this.#first, ...this.#more ?? []]);
    const kept = this.#lent ? all.slice() : all;
    this.#first = this.#more = null;
    this.#size = 0;
    this.#giveBack(false);
    return kept;
  }

  /** Loses the connection that is gone, though something waits: it was written to. */
  wakeForLoss(): void {
    if (this.#gone) this.#schedule();
  }

  /** @internal */
  get _owner(): ContextOwner {
    return this.#transport;
  }

  /** @internal */
  _run(): void {
    this.#scheduled = false;
    const transport = this.#transport;
    if (transport.lost) return;
    try {
      this.#step();
    } catch (exception) {
      reportStep(transport, this, exception);
    }
  }

  #step(): void {
    const transport = this.#transport;
    if (!this.#stopped && !this.#paused && this.#started) {
      if (this.#first !== null) {
        this.#deliver();
      } else if (this.#ended && !this.#endTold) {
        this.#endTold = true;
        transport.ending.peerEnded();
      }
      // The protocol may have paused or closed it meanwhile, and wake() looks at that.
      if (this.#first !== null || (this.#ended && !this.#endTold)) return this.#wake();
    }
    if (!this.#gone || this.#goneTold || !this.#mayTellLoss()) return;
    this.#goneTold = true;
    transport.ending.hostGone(this.#error);
  }

  /** What came before the loss goes first, unless nobody will ever take it. */
  #mayTellLoss(): boolean {
    if (this.#stopped || this.#transport.outgoing.buffer.size > 0) return true;
    return this.#started && this.#first === null && (!this.#ended || this.#endTold);
  }

  #wake(): void {
    if (this.#scheduled) return;
    if (this.#gone && !this.#goneTold && this.#transport.protocol !== null && this.#mayTellLoss()) this.#schedule();
    else if (this.#started && !this.#paused && !this.#stopped) {
      if (this.#first !== null || (this.#ended && !this.#endTold)) this.#schedule();
    }
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#transport.loop._schedule(this);
  }

  /** Whatever the protocol throws ends the connection. What it writes meanwhile is sent at once afterwards. */
  #deliver(): void {
    const transport = this.#transport;
    const protocol = transport.protocol as Protocol | BufferedProtocol;
    let method = "dataReceived";
    transport.outgoing.cork();
    try {
      if ("dataReceived" in protocol) {
        if (this.#lent && !this.#mayKeep && (protocol as Copying).copyReceived !== undefined) this.#show(protocol);
        else protocol.dataReceived(this.#takePiece());
      } else {
        method = "getBuffer";
        const length = this.#fill(protocol);
        method = "bufferUpdated";
        protocol.bufferUpdated(length);
      }
    } catch (exception) {
      if (exception instanceof KeyboardInterrupt) throw exception;
      transport.ending.fatal(exception, `Fatal error: protocol.${method}() call failed.`);
    } finally {
      transport.outgoing.uncork();
    }
  }

  /** A piece that is the protocol's for ever. */
  #takePiece(): Uint8Array {
    const first = this.#first as Uint8Array;
    // It was not empty when it came.
    if (first.length === 0) throw memoryTransferred();
    const piece = first.length > LARGEST ? first.subarray(0, LARGEST) : first;
    // Copied now and not when it came: what the protocol does with it finds it in the processor's cache.
    const own = this.#lent && !this.#mayKeep ? piece.slice() : piece;
    this.#skip(piece.length, this.#mayKeep);
    return own;
  }

  /** Shows a protocol that copies what the host has lent. */
  #show(protocol: Copying): void {
    const piece = this.#first as Uint8Array;
    this.#first = null;
    this.#size = 0;
    try {
      protocol.copyReceived!(piece);
    } finally {
      this.#giveBack(false);
    }
  }

  /** Copies a piece into the protocol's memory, from the host's without another copy between. Gives its length. */
  #fill(protocol: BufferedProtocol): number {
    const piece = this.#first as Uint8Array;
    const buffer = protocol.getBuffer(Math.min(piece.length, LARGEST));
    if (!(buffer instanceof Uint8Array) || buffer.length === 0) {
      throw new RuntimeError("Cannot receive into what getBuffer() gave: it must be a Uint8Array that is not empty.");
    }
    const length = Math.min(buffer.length, piece.length, LARGEST);
    buffer.set(length === piece.length ? piece : piece.subarray(0, length));
    // getBuffer() may have closed the connection, and nothing waits any more.
    if (this.#first !== null) this.#skip(length, false);
    return length;
  }

  /** Forgets so much of the first piece, and reads on if there was too much. */
  #skip(length: number, kept: boolean): void {
    const first = this.#first as Uint8Array;
    this.#size -= length;
    if (length < first.length) {
      this.#first = first.subarray(length);
    } else {
      const more = this.#more;
      this.#first = more?.shift() ?? null;
      if (more?.length === 0) this.#more = null;
      this.#giveBack(kept);
    }
    if (this.#held && this.#size <= ENOUGH / 4) {
      this.#held = false;
      if (!this.#paused && !this.#gone) this.#transport.host.resumeReading();
    }
  }

  #giveBack(kept: boolean): void {
    if (!this.#lent) return;
    this.#lent = false;
    this.#transport.host.giveBack!(kept);
  }

  /** Readable form: to the loop it is a handle like others. */
  toString(): string {
    return `<Handle read event of ${this.#transport}>`;
  }
}
