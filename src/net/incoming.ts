/**
 * The reading half of a transport.
 *
 * The host tells what happens outside of the loop's turns. It is kept here, and given to the protocol by the loop: one piece of data in an
 * iteration, in the transport's context.
 *
 * @module
 */
import type { StreamEvents } from "../adapters/net.ts";
import { memoryTransferred } from "../adapters/shared/memory_transferred.ts";
import { KeyboardInterrupt } from "../core/errors.ts";
import type { ContextOwner, Runnable } from "../core/contract.ts";
import { schedule } from "../core/internal.ts";
import { observerOf, scheduleAtEndOfHostTask } from "../core/lazy_internal.ts";
import { concatenate, NOTHING } from "../io/reader_state.ts";
import type { BufferedProtocol, Protocol } from "../io/protocols.ts";
import type { ConnectionState } from "./connection_state.ts";
import { LentMemory, type LentReceiver } from "./lent_memory.ts";
import { bufferOf, OwnMemory } from "./own_memory.ts";
import type { SocketTransport } from "./socket_transport.ts";
import { reportFromCall } from "./transport_call.ts";

/** The most bytes that a protocol gets in one call. */
const LARGEST = 256 * 1024;
/** So many bytes may wait for a loop that is busy before the host is asked to read no more. */
const ENOUGH = 256 * 1024;

/** What has come and was not given to the protocol yet: data, then perhaps the end, then perhaps the loss. It is its own entry in the ready queue. */
export class Incoming implements StreamEvents, Runnable {
  readonly #transport: SocketTransport;
  readonly #state: ConnectionState;
  #first: Uint8Array | null = null;
  #more: Uint8Array[] | null = null;
  #size = 0;
  /** Whose memory the first piece is. One that is lent is the only one. */
  readonly #lent: LentMemory;
  /** What the host reads into memory of the protocol. Made when it first does. */
  #own: OwnMemory | null = null;
  /** The other side's end waits. */
  #endWaits = false;
  /** The loss waits. */
  #lossWaits = false;
  #error: Error | null = null;
  #scheduled = false;
  /** The protocol wants nothing for now. */
  #paused = false;
  /** The host was asked to wait because too much waits here. */
  #held = false;

  constructor(transport: SocketTransport) {
    this.#transport = transport;
    this.#state = transport.state;
    this.#lent = new LentMemory(transport.host);
  }

  /** Whether reading was paused. */
  get paused(): boolean {
    return this.#paused;
  }

  data(bytes: Uint8Array): void {
    if (this.#state.stopped || bytes.length === 0) return;
    if (this.#first === null) this.#first = bytes;
    else (this.#more ??= []).push(bytes);
    this.#size += bytes.length;
    observerOf(this.#transport.loop)?.bytes(bytes.length, true);
    if (this.#size > ENOUGH && !this.#held) {
      this.#held = true;
      if (!this.#paused) this.#transport.host.pauseReading();
    }
    if (this.#transport.host.tellsInTasks !== true) return this.#wake();
    // The last thing that is done here: it may run the loop.
    if (this.#scheduled || !this.#isWanted()) return;
    this.#scheduled = true;
    scheduleAtEndOfHostTask(this.#transport.loop, this);
  }

  lend(bytes: Uint8Array, mayKeep: boolean): void {
    if (this.#state.stopped) return;
    if (this.#first === null) {
      this.#lent.take(mayKeep);
      this.data(bytes);
    } else {
      this.data(bytes.slice());
      this.#transport.host.giveBack!(false);
    }
  }

  readable(): boolean {
    // What came before goes first, and is copied.
    if (!this.#state.receives || this.#first !== null || !this.#isBuffered()) return false;
    this.#own ??= new OwnMemory(this.#transport.host, (bytes) => this.data(bytes));
    this.#own.offer();
    this.#wake();
    return true;
  }

  filled(length: number): void {
    if (this.#state.stopped) return;
    this.#own!.fill(length);
    this.#wake();
  }

  end(): void {
    this.#state.move("peerEnds");
    if (this.#state.stopped) return this.#transport.ending.peerGone();
    this.#endWaits = true;
    this.#own?.withdraw();
    this.#wake();
  }

  drain(taken: number): void {
    this.#transport.outgoing.drained(taken);
  }

  closed(error: Error | null): void {
    if (!this.#state.move("hostGoes")) return;
    this.#lossWaits = true;
    this.#error = error;
    this.#own?.withdraw();
    this.#wake();
  }

  /** The protocol knows the connection: what has come can be given to it. */
  start(): void {
    this.#state.move("startReading");
    this.#wake();
  }

  /** Gives nothing to the protocol for now. */
  pause(): void {
    this.#paused = true;
    if (!this.#held && !this.#state.gone) this.#transport.host.pauseReading();
  }

  /** Goes on. */
  resume(): void {
    this.#paused = false;
    if (!this.#held && !this.#state.gone) this.#transport.host.resumeReading();
    this.#wake();
  }

  /** Reading has stopped: what waits is dropped, and what comes, if the host is to read on until the other side's end. Called once. */
  stop(readOn = false): void {
    this.#first = this.#more = null;
    this.#own?.drop();
    const { host } = this.#transport;
    const reads = !this.#paused && !this.#held;
    if (reads !== readOn && !this.#state.gone) {
      if (readOn) host.resumeReading();
      else host.pauseReading();
    }
    this.#lent.giveBack(false);
    this.#wake();
  }

  /** Takes everything that waits, for somebody who reads in the protocol's place. */
  takeAll(): Uint8Array {
    this.#own?.surrender();
    const all = this.#first === null ? NOTHING : concatenate([this.#first, ...this.#more ?? []]);
    const own = this.#lent.isHeld ? all.slice() : all;
    this.#first = this.#more = null;
    this.#size = 0;
    this.#lent.giveBack(false);
    return own;
  }

  /** Loses the connection that is gone, though something waits: it was written to. */
  wakeForLoss(): void {
    if (this.#state.gone) this.#schedule();
  }

  /** @internal */
  get _owner(): ContextOwner {
    return this.#transport;
  }

  /** @internal */
  _run(): void {
    this.#scheduled = false;
    if (this.#state.lost) return;
    try {
      this.#tellNext();
    } catch (exception) {
      reportFromCall(this.#transport, this, exception);
    }
  }

  #tellNext(): void {
    const { ending } = this.#transport;
    if (this.#isWanted()) {
      if (this.#first !== null || this.#own?.waits === true) {
        this.#deliver();
      } else if (this.#endWaits) {
        this.#endWaits = false;
        this.#state.move("tellEnd");
        ending.peerEnded();
      }
      // The protocol may have paused or closed it meanwhile, and wake() looks at that.
      if (this.#waits()) return this.#wake();
    }
    if (!this.#lossWaits || !this.#mayTellLoss()) return;
    this.#lossWaits = false;
    ending.hostGone(this.#error);
  }

  /** Whether the protocol is to get what waits. */
  #isWanted(): boolean {
    return this.#state.receives && !this.#paused;
  }

  /** Whether there is something to tell the protocol but the loss. */
  #waits(): boolean {
    return this.#first !== null || this.#endWaits || this.#own?.waits === true;
  }

  #isBuffered(): boolean {
    const { protocol } = this.#transport;
    return protocol !== null && !("dataReceived" in protocol);
  }

  /** What came before the loss goes first, unless nobody will ever take it. */
  #mayTellLoss(): boolean {
    const { reading, stopped } = this.#state;
    if (stopped || this.#transport.outgoing.buffer.size > 0) return true;
    return reading !== "unstarted" && !this.#waits();
  }

  #wake(): void {
    if (this.#scheduled) return;
    if (this.#lossWaits && this.#transport.protocol !== null && this.#mayTellLoss()) this.#schedule();
    else if (this.#waits() && this.#isWanted()) this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    schedule(this.#transport.loop, this);
  }

  /** Whatever the protocol throws ends the connection. What it writes meanwhile is sent at once afterwards. */
  #deliver(): void {
    const transport = this.#transport;
    const protocol = transport.protocol as Protocol | BufferedProtocol;
    let method = "dataReceived";
    transport.outgoing.cork();
    try {
      if (this.#first === null) {
        const own = this.#own!;
        method = own.next;
        const length = own.receive(protocol);
        method = "bufferUpdated";
        if (length > 0) {
          observerOf(transport.loop)?.bytes(length, true);
          (protocol as BufferedProtocol).bufferUpdated(length);
        }
      } else if ("dataReceived" in protocol) {
        if (this.#lent.mustBeCopied && (protocol as LentReceiver).lentReceived !== undefined) {
          this.#show(protocol as LentReceiver);
        } else {
          protocol.dataReceived(this.#takePiece());
        }
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
    // Copied now and not when it came: what the protocol does with it finds it in the processor's cache. V8 fills what slice() returns with
    // zeros first.
    const own = this.#lent.mustBeCopied ? new Uint8Array(piece) : piece;
    this.#skip(piece.length, true);
    return own;
  }

  /** Shows a protocol that copies what the host has lent. */
  #show(protocol: LentReceiver): void {
    const piece = this.#first as Uint8Array;
    this.#first = null;
    this.#size = 0;
    try {
      protocol.lentReceived(piece);
    } finally {
      this.#lent.giveBack(false);
    }
  }

  /** Copies a piece into the protocol's memory, from the host's without another copy between. Returns its length. */
  #fill(protocol: BufferedProtocol): number {
    const piece = this.#first as Uint8Array;
    const buffer = bufferOf(protocol, Math.min(piece.length, LARGEST));
    const length = Math.min(buffer.length, piece.length, LARGEST);
    buffer.set(length === piece.length ? piece : piece.subarray(0, length));
    // getBuffer() may have closed the connection, and nothing waits any more.
    if (this.#first !== null) this.#skip(length, false);
    return length;
  }

  /** Forgets so much of the first piece, and reads on if there was too much. */
  #skip(length: number, handedOut: boolean): void {
    const first = this.#first as Uint8Array;
    this.#size -= length;
    if (length < first.length) {
      this.#first = first.subarray(length);
    } else {
      const more = this.#more;
      this.#first = more?.shift() ?? null;
      if (more?.length === 0) this.#more = null;
      this.#lent.giveBack(handedOut);
    }
    if (this.#held && this.#size <= ENOUGH / 4) {
      this.#held = false;
      if (!this.#paused && !this.#state.gone) this.#transport.host.resumeReading();
    }
  }

  /** Readable form: to the loop it is a handle like others. */
  toString(): string {
    return `<Handle read event of ${this.#transport}>`;
  }
}
