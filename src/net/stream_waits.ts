/**
 * How a task waits for the writing end of a stream: one object for each call, coroutine and future in one.
 *
 * @module
 */
import { CancelledError } from "../core/cancelled_error.ts";
import { OSError } from "../core/errors.ts";
import { FRESH, OVER, Wait, WAIT_CANCELLED } from "../core/lazy.ts";
import { awaitedTwice } from "../core/misuse.ts";
import { FINISHED, RESUME, type Suspend } from "../core/suspend.ts";
import type { Task } from "../core/task.ts";
import type { StreamReader } from "../io/stream_reader.ts";
import type { StreamReaderProtocol } from "./stream_reader_protocol.ts";

/** A wait for the protocol to tell something, which may be an error. */
abstract class ProtocolWait extends Wait<undefined> {
  /** @internal */
  readonly _protocol: StreamReaderProtocol;
  #error: Error | null = null;

  constructor(protocol: StreamReaderProtocol) {
    super();
    this._protocol = protocol;
  }

  /** @internal */
  abstract _name(): string;
  /** @internal Everyone who waits for the same, in the order that they came; null as long as nobody does. */
  abstract _others(): Set<ProtocolWait> | null;
  /** @internal Makes it. */
  abstract _join(): Set<ProtocolWait>;
  /** @internal The first step of the await. */
  abstract _begin(): IteratorResult<Suspend, undefined>;

  next(value?: unknown): IteratorResult<Suspend, undefined> {
    if (value === RESUME) return this._resumed();
    if (this._phase !== FRESH) throw awaitedTwice(`${this._name()}()`);
    return this._begin();
  }

  /** @internal */
  _resumed(): IteratorResult<Suspend, undefined> {
    const phase = this._leave();
    if (phase === WAIT_CANCELLED) throw new CancelledError(this._message);
    if (this.#error !== null) throw this.#error;
    return FINISHED;
  }

  override _park(task: Task<unknown>): void {
    (this._others() ?? this._join()).add(this);
    super._park(task);
  }

  override throw(error: unknown): IteratorResult<Suspend, undefined> {
    this._leave();
    throw error;
  }

  override return(value: undefined): IteratorResult<Suspend, undefined> {
    this._leave();
    return super.return(value);
  }

  /** @internal Ends the wait. */
  _tell(error: Error | null): void {
    if (this._wakeUp()) this.#error = error;
  }

  /** @internal */
  _leave(): number {
    const phase = this._phase;
    this._phase = OVER;
    this._others()?.delete(this);
    return phase;
  }

  /** @internal */
  _finishAtOnce(): IteratorResult<Suspend, undefined> {
    this._phase = OVER;
    return FINISHED;
  }

  override toString(): string {
    return `<${this._name()}>`;
  }
}

export type { ProtocolWait };

/** `drain()`. It suspends only if the protocol is paused, or the transport closing. */
export class Drain extends ProtocolWait {
  readonly #reader: StreamReader | null;
  /** It lets the loop go round once, so that the loss of the connection can be told. */
  #letGo = false;

  constructor(protocol: StreamReaderProtocol, reader: StreamReader | null) {
    super(protocol);
    this.#reader = reader;
  }

  _others(): Set<ProtocolWait> | null {
    return this._protocol._drains;
  }

  _join(): Set<ProtocolWait> {
    return this._protocol._drains = new Set();
  }

  _name(): string {
    return "drain";
  }

  _begin(): IteratorResult<Suspend, undefined> {
    const error = this.#reader?.exception() ?? null;
    if (error !== null) {
      this._phase = OVER;
      throw error;
    }
    if (this._protocol._transport?.isClosing() !== true) return this.#check();
    this.#letGo = true;
    return this._suspend();
  }

  override _resumed(): IteratorResult<Suspend, undefined> {
    if (!this.#letGo) return super._resumed();
    this.#letGo = false;
    return this.#check();
  }

  override _park(task: Task<unknown>): void {
    if (this.#letGo) task._loop._schedule(task);
    else super._park(task);
  }

  #check(): IteratorResult<Suspend, undefined> {
    if (this._protocol._isLost) {
      this._phase = OVER;
      throw new OSError("Cannot drain: the connection is lost.", { code: "ECONNRESET" });
    }
    return this._protocol._paused ? this._suspend() : this._finishAtOnce();
  }
}

/** `waitClosed()`. */
export class WaitClosed extends ProtocolWait {
  _others(): Set<ProtocolWait> | null {
    return this._protocol._closeWaits;
  }

  _join(): Set<ProtocolWait> {
    return this._protocol._closeWaits = new Set();
  }

  _name(): string {
    return "waitClosed";
  }

  _begin(): IteratorResult<Suspend, undefined> {
    if (!this._protocol._isLost) return this._suspend();
    this._phase = OVER;
    if (this._protocol._lossError !== null) throw this._protocol._lossError;
    return FINISHED;
  }
}
