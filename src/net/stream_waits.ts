/**
 * How a task waits for the writing end of a stream: one object for each call, coroutine and future in one.
 *
 * @module
 */
import { OSError } from "../core/errors.ts";
import { FINISHED, type Suspend } from "../core/suspend.ts";
import { Wait } from "../core/wait.ts";
import type { StreamReader } from "../io/stream_reader.ts";
import type { StreamReaderProtocol } from "./stream_reader_protocol.ts";

/** A wait for the protocol to tell something, which may be an error. */
abstract class ProtocolWait extends Wait<undefined> {
  /** @internal */
  readonly _protocol: StreamReaderProtocol;

  constructor(protocol: StreamReaderProtocol) {
    super();
    this._protocol = protocol;
  }

  /** @internal Everyone who waits for the same, in the order that they came; null as long as nobody does. */
  abstract _others(): Set<ProtocolWait> | null;
  /** @internal Makes it. */
  abstract _join(): Set<ProtocolWait>;

  override enter(): void {
    (this._others() ?? this._join()).add(this);
  }

  override woken(): IteratorResult<Suspend, undefined> | null {
    return FINISHED;
  }

  override leave(): void {
    this._others()?.delete(this);
  }

  /** @internal Ends the wait. */
  _tell(error: Error | null): void {
    if (error === null) this.wake();
    else this.fail(error);
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

  override methodName(): string {
    return "drain";
  }

  override tryNow(): IteratorResult<Suspend, undefined> | null {
    const error = this.#reader?.exception() ?? null;
    if (error !== null) throw error;
    if (this._protocol._transport?.isClosing() !== true) return this.#check();
    this.#letGo = true;
    return this.letOthersRun();
  }

  override woken(): IteratorResult<Suspend, undefined> | null {
    if (!this.#letGo) return FINISHED;
    this.#letGo = false;
    return this.#check();
  }

  #check(): IteratorReturnResult<undefined> | null {
    if (this._protocol._isLost) throw new OSError("Cannot drain: the connection is lost.", { code: "ECONNRESET" });
    return this._protocol._paused ? null : FINISHED;
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

  override methodName(): string {
    return "waitClosed";
  }

  override tryNow(): IteratorReturnResult<undefined> | null {
    if (!this._protocol._isLost) return null;
    if (this._protocol._lossError !== null) throw this._protocol._lossError;
    return FINISHED;
  }
}
