/**
 * The writing half of a transport.
 *
 * What is written in one iteration is put together and given to the system in one call: when the loop comes to it, when the data
 * event that wrote it is over, or as soon as it is much.
 *
 * @module
 */
import type { ContextOwner, Runnable } from "../core/contract.ts";
import { schedule } from "../core/internal.ts";
import { observerOf } from "../core/lazy_internal.ts";
import { FlowControl } from "./flow_control.ts";
import type { SocketTransport } from "./socket_transport.ts";
import { reportFromCall } from "./transport_call.ts";
import { WriteBuffer } from "./write_buffer.ts";

/** So many bytes are not kept waiting for more. */
const SENT_AT_ONCE = 32 * 1024;

/** Of several arrays so many bytes are offered to the system at once. Rule: as much as it takes of a connection whose other end reads slowly. */
const MOST_AT_ONCE = 1024 * 1024;

/** Several arrays on their way to the system. */
const several: Uint8Array[] = [];

/** The system takes more. */
const READY = 0;
/** It is full, and will report room. */
const FULL = 1;
/** It has reported room, which counts when the loop comes to it. */
const HAS_ROOM = 2;

/** The write buffer with its water marks, and its own entry in the ready queue. */
export class Outgoing implements Runnable {
  readonly #transport: SocketTransport;
  /** What the system has not taken. */
  readonly buffer: WriteBuffer = new WriteBuffer();
  /** The water marks. */
  readonly flow: FlowControl;
  /** What is known of the system: `READY`, `FULL` or `HAS_ROOM`. */
  #system = READY;
  /** So much of what was left it has taken since. */
  #taken = 0;
  #scheduled = false;
  #corked = false;

  constructor(transport: SocketTransport, high: number) {
    this.#transport = transport;
    this.flow = new FlowControl(transport, high);
  }

  /** Queues bytes for the system. */
  push(bytes: Uint8Array): void {
    this.buffer.push(bytes);
    this.#pushed(bytes.length);
  }

  /** Queues several arrays, which are sent together. */
  pushAll(list: readonly Uint8Array[]): void {
    const { buffer } = this;
    const before = buffer.size;
    for (const bytes of list) {
      if (bytes.length > 0) buffer.push(bytes);
    }
    if (buffer.size > before) this.#pushed(buffer.size - before);
  }

  #pushed(length: number): void {
    observerOf(this.#transport.loop)?.bytes(length, false);
    if (this.#system === READY) {
      const { size } = this.buffer;
      if (size >= SENT_AT_ONCE || size > this.flow.high) this.flush();
      else if (!this.#corked) this.#schedule();
    }
    this.flow.grew(this.buffer.size);
  }

  /** Keeps what is written until {@linkcode Outgoing.uncork}. */
  cork(): void {
    this.#corked = true;
  }

  /** Sends what was kept. */
  uncork(): void {
    this.#corked = false;
    if (this.buffer.size === 0 || this.#system !== READY || this.#scheduled) return;
    if (!this.#transport.state.lost) this.flush();
  }

  /** The host has taken more; told outside of a turn. */
  drained(taken: number): void {
    const { buffer, flow } = this;
    const { state, ending } = this.#transport;
    // Everything was taken and nobody waits for it, as after most short messages: no turn of the loop has to tell anything.
    if (taken === buffer.size && !this.#scheduled && !flow.paused && state.writable && !ending.isAwaited) {
      buffer.consume(taken);
      this.#system = READY;
      return;
    }
    this.#taken += taken;
    if (this.#system === FULL) this.#system = HAS_ROOM;
    this.#schedule();
  }

  /** Gives the system what it takes. */
  flush(): void {
    const { buffer } = this;
    const { host, state, incoming, ending } = this.#transport;
    if (state.gone) return incoming.wakeForLoss();
    while (this.#system === READY) {
      const head = buffer.first();
      if (head === null) return;
      let offered = head.length;
      let taken: number;
      try {
        if (offered === buffer.size || host.writeList === undefined) taken = host.write(head);
        else {
          offered = buffer.next(MOST_AT_ONCE, several);
          taken = host.writeList(several);
          several.length = 0;
        }
      } catch (error) {
        return ending.fatal(error, "Fatal write error on a stream transport");
      }
      if (taken < offered) this.#system = FULL;
      buffer.consume(taken);
    }
  }

  /** @internal */
  get _owner(): ContextOwner {
    return this.#transport;
  }

  /** @internal */
  _run(): void {
    this.#scheduled = false;
    const transport = this.#transport;
    const { state } = transport;
    if (state.lost) return;
    try {
      if (this.#system === HAS_ROOM) this.#system = READY;
      this.buffer.consume(this.#taken);
      this.#taken = 0;
      this.flush();
      if (state.lost) return;
      // Before it is looked whether the buffer is empty: the protocol may write more, or close.
      this.flow.shrank(this.buffer.size);
      if (this.buffer.size === 0 && !state.lost) transport.ending.flushed();
    } catch (exception) {
      reportFromCall(transport, this, exception);
    }
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    schedule(this.#transport.loop, this);
  }

  /** Readable form: to the loop it is a handle like others. */
  toString(): string {
    return `<Handle write event of ${this.#transport}>`;
  }
}
