/**
 * How a task waits for the writing end of a stream: one object for each call, coroutine and future in one.
 *
 * @module
 */
import { OSError } from "../core/errors.ts";
import type { Stepper } from "../core/contract.ts";
import { noted } from "../core/current.ts";
import { FINISHED, type Suspend } from "../core/suspend.ts";
import { BareWait, FRESH } from "../core/wait.ts";
import type { StreamReader } from "../io/stream_reader.ts";
import type { StreamReaderProtocol } from "./stream_reader_protocol.ts";

/** A wait for the protocol to tell something, which may be an error. Each class declares the fields itself, see {@linkcode BareWait}. */
abstract class ProtocolWait extends BareWait<undefined> {
  abstract readonly protocol: StreamReaderProtocol;

  /** Everyone who waits for the same, in the order that they came; null as long as nobody does. */
  abstract others(): Set<ProtocolWait> | null;
  /** Makes it. */
  abstract join(): Set<ProtocolWait>;

  override enter(): void {
    (this.others() ?? this.join()).add(this);
  }

  override woken(): IteratorResult<Suspend, undefined> | null {
    return FINISHED;
  }

  override leave(): void {
    this.others()?.delete(this);
  }

  /** Ends the wait. */
  tell(error: Error | null): void {
    if (error === null) this.wake();
    else this.fail(error);
  }
}

export type { ProtocolWait };

/** `drain()`. It suspends only if the protocol is paused, or the transport closing. */
export class Drain extends ProtocolWait {
  phase: number = FRESH;
  stepper: Stepper | null = null;
  reason: unknown = undefined;
  readonly protocol: StreamReaderProtocol;
  readonly #reader: StreamReader | null;
  /** It lets the loop go round once, so that the loss of the connection can be told. */
  #letGo = false;

  constructor(protocol: StreamReaderProtocol, reader: StreamReader | null) {
    super();
    noted(this);
    this.protocol = protocol;
    this.#reader = reader;
  }

  others(): Set<ProtocolWait> | null {
    return this.protocol.drains;
  }

  join(): Set<ProtocolWait> {
    return this.protocol.drains = new Set();
  }

  override methodName(): string {
    return "drain";
  }

  override tryNow(): IteratorResult<Suspend, undefined> | null {
    const error = this.#reader?.exception() ?? null;
    if (error !== null) throw error;
    if (this.protocol.transport?.isClosing() !== true) return this.#check();
    this.#letGo = true;
    return this.letOthersRun();
  }

  override woken(): IteratorResult<Suspend, undefined> | null {
    if (!this.#letGo) return FINISHED;
    this.#letGo = false;
    return this.#check();
  }

  #check(): IteratorReturnResult<undefined> | null {
    if (this.protocol.isLost) throw new OSError("Cannot drain: the connection is lost.", { code: "ECONNRESET" });
    return this.protocol.paused ? null : FINISHED;
  }
}

/** `waitClosed()`. */
export class WaitClosed extends ProtocolWait {
  phase: number = FRESH;
  stepper: Stepper | null = null;
  reason: unknown = undefined;
  readonly protocol: StreamReaderProtocol;

  constructor(protocol: StreamReaderProtocol) {
    super();
    noted(this);
    this.protocol = protocol;
  }

  others(): Set<ProtocolWait> | null {
    return this.protocol.closeWaits;
  }

  join(): Set<ProtocolWait> {
    return this.protocol.closeWaits = new Set();
  }

  override methodName(): string {
    return "waitClosed";
  }

  override tryNow(): IteratorReturnResult<undefined> | null {
    if (!this.protocol.isLost) return null;
    if (this.protocol.lossError !== null) throw this.protocol.lossError;
    return FINISHED;
  }
}
