/**
 * The body of a response between the task that produces it and the host that sends it.
 *
 * A web stream that has exactly what it is asked for: the host asks when it can send, and while it does not, writers wait. What
 * is written between two questions of the host goes over in one chunk, so that many small writes cost few of its turns.
 *
 * @module
 */
import { type SelfEnding, UnsentBody } from "../adapters/shared/http.ts";
import { wrongLength } from "../adapters/shared/sent_body.ts";
import { setImmediate } from "../adapters/shared/timers.ts";
import { CancelledError, RuntimeError } from "../core/errors.ts";
import { takeOwedCancel } from "../core/lazy_internal.ts";
import { describeKind } from "../core/repr.ts";
import { runningTask } from "../core/running.ts";
import { FINISHED } from "../core/suspend.ts";
import { concatenate } from "../io/reader_state.ts";
import { LineWait, Waiters } from "../sync/waiters.ts";

/** Writers wait while more bytes than this are not asked for. */
const HIGH = 65_536;

/** What is written can still be sent. */
const OPEN = 0;
/** Everything was written. */
const CLOSED = 1;
/** The reader has left. */
const GONE = 2;
/** It was broken off. */
const BROKEN = 3;

const encoder = new TextEncoder();

/** What a reader of the body does. */
export interface ResponseBodyEvents {
  /** The first chunk is asked for. */
  begun(): void;
  /** The reader does not want any more. */
  gone(): void;
  /** Calls back when the loop has run what is ready. */
  soon(callback: () => void): void;
}

/** A body that is being produced. */
export class ResponseBody implements SelfEnding {
  /** What the host reads. */
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Who waits for room, or for something else about it. */
  readonly waiters: Waiters = new Waiters();
  readonly #events: ResponseBodyEvents;
  #controller!: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  #state = OPEN;
  #begun = false;
  /** How long the head says that it is, if it does. */
  #announced: number | null = null;
  /** The host has begun with the response, and can still send another one. */
  #isHeldBack = false;
  /** Told when nothing more will be written. */
  #onEnd: (() => void) | null = null;
  /** The host has asked and was not answered. */
  #wanted = false;
  #chunks: Uint8Array<ArrayBuffer>[] = [];
  /** Text at the end, which is encoded as a whole. */
  #text = "";
  #size = 0;
  /** For the host, which is told when it is over. */
  onOver: (() => void) | null = null;
  /** How many bytes were handed over. */
  bytes = 0;
  /** Whether it is the host that reads it. */
  isWithHost = false;
  /** Whether it was broken off, or its reader left, before any of it was sent. */
  isUnsent = false;
  /** With which status the request is answered instead, if it was broken off so. */
  instead = 500;
  /** How often something was written; whoever is to notice that nothing was looks at it. */
  writes = 0;

  constructor(events: ResponseBodyEvents) {
    this.#events = events;
    this.readable = new ReadableStream({
      start: (controller) => void (this.#controller = controller),
      // No promise: the stream asks again only once it was given something.
      pull: () => this.#asked(),
      cancel: () => this.#left(),
    }, { highWaterMark: 0 });
  }

  /** Whether somebody has begun to read. */
  get begun(): boolean {
    return this.#begun;
  }

  /** Whether the reader has left. */
  get gone(): boolean {
    return this.#state === GONE;
  }

  /** Whether more can be written without being kept for long. */
  get hasRoom(): boolean {
    return this.#size <= HIGH;
  }

  /** Whether nothing is kept. */
  get isEmpty(): boolean {
    return this.#size === 0;
  }

  /**
   * Takes a part of the body, and hands it over if the host waits for one. Once the reader has left, or the body was broken off, it is
   * dropped.
   *
   * @throws {RuntimeError} if the body has ended
   * @throws {TypeError} if it would be longer than its head says
   */
  push(part: string | Uint8Array): void {
    if (this.#state === CLOSED) {
      throw new RuntimeError("Cannot write: the body of the response has ended with the function that produces it.");
    }
    if (this.#state !== OPEN) return;
    this.writes++;
    if (part.length === 0) return;
    if (this.#announced !== null) {
      if (typeof part === "string") part = encoder.encode(part);
      const size = this.bytes + this.#size + part.length;
      if (size > this.#announced) throw wrongLength(size, this.#announced);
    }
    this.#size += part.length;
    if (typeof part === "string") this.#text += part;
    else {
      this.#encodeText();
      this.#chunks.push(part as Uint8Array<ArrayBuffer>);
    }
    this.#handOver();
  }

  /**
   * Refuses to wait for a body that nobody will get.
   *
   * @throws {CancelledError} if the reader has left, or the body was broken off
   */
  check(): void {
    if (this.#state === GONE) throw cancelOf("client left");
    if (this.#state === BROKEN) throw cancelOf("the connection was cut");
  }

  /** For the host, before it takes the response. */
  async begin(isSentAtOnce: boolean, announced: number | null): Promise<void> {
    this.isWithHost = this.#isHeldBack = true;
    this.#announced = announced;
    this.#begin();
    if (this.#state === OPEN) {
      await new Promise<void>((resolve) => {
        this.#onEnd = resolve;
        this.#afterFirstSteps(resolve);
      });
    }
    if (this.#state === BROKEN) throw new UnsentBody(this.instead);
    if (isSentAtOnce) this.sends();
  }

  sends(): void {
    this.#isHeldBack = false;
  }

  /**
   * Calls back when the task has gone as far as it can by itself: its first step may have to wait for the loop, whose slice of time is over, and an
   * async function goes on in the host's turn after it.
   */
  #afterFirstSteps(callback: () => void): void {
    this.#events.soon(() => setImmediate(() => this.#events.soon(callback)));
  }

  /**
   * Everything was written, and what is kept is still handed over.
   *
   * @throws {TypeError} if it is shorter than its head says
   */
  end(): void {
    if (this.#state !== OPEN) return;
    const size = this.bytes + this.#size;
    if (this.#announced !== null && size < this.#announced) throw wrongLength(size, this.#announced);
    this.#state = CLOSED;
    this.#onEnd?.();
    if (this.#size === 0) this.#close();
  }

  /**
   * Ends it so that its reader learns that something is missing, with this as its error. If nothing of it was sent the request is answered with a
   * status instead, 500 by default. Returns false if it had ended before.
   */
  break(error: unknown, instead: number = 500): boolean {
    if (this.#state === GONE || this.#state === BROKEN || (this.#state === CLOSED && this.#size === 0)) return false;
    this.#state = BROKEN;
    this.instead = instead;
    this.isUnsent = !this.#begun || this.#isHeldBack;
    this.#onEnd?.();
    this.onOver?.();
    this.#drop();
    this.#controller.error(this.isUnsent ? new UnsentBody(instead) : error);
    this.wakeUp();
    return true;
  }

  /** The most that is waited for is the host's next question. */
  wakeUp(): void {
    this.waiters.releaseAll();
  }

  #asked(): void {
    this.#wanted = true;
    this.#begin();
    this.#handOver();
  }

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#events.begun();
  }

  #left(): void {
    if (this.#state === BROKEN) return;
    this.#state = GONE;
    this.isUnsent = this.#isHeldBack;
    this.#onEnd?.();
    this.onOver?.();
    this.#drop();
    this.#events.gone();
    this.wakeUp();
  }

  #handOver(): void {
    if (!this.#wanted || this.#size === 0) return;
    this.#encodeText();
    const chunk = concatenate(this.#chunks) as Uint8Array<ArrayBuffer>;
    this.#chunks = [];
    this.#size = 0;
    this.#wanted = false;
    this.bytes += chunk.byteLength;
    this.#controller.enqueue(chunk);
    if (this.#state === CLOSED) this.#close();
    this.wakeUp();
  }

  #close(): void {
    this.onOver?.();
    this.#controller.close();
  }

  #encodeText(): void {
    if (this.#text === "") return;
    this.#chunks.push(encoder.encode(this.#text));
    this.#text = "";
  }

  #drop(): void {
    this.#chunks = [];
    this.#text = "";
    this.#size = 0;
  }
}

/**
 * The error for who writes to nobody. A host may tell within the very write that the client has left, and the task that writes is owed the cancel
 * then: that is this error, and not a second one in the midst of its cleanup.
 */
function cancelOf(message: string): CancelledError {
  const task = runningTask();
  return (task === null ? undefined : takeOwedCancel(task)) ?? new CancelledError(message);
}

/** A wait for something about a body. */
export abstract class BodyWait extends LineWait<undefined> {
  /** The body. */
  readonly body: ResponseBody;

  constructor(body: ResponseBody) {
    super(body.waiters);
    this.body = body;
  }

  /** The call does its work at once: to wait is for those who want to. */
  override hasBegun(): boolean {
    return true;
  }

  /** Whether there is nothing to wait for any more. */
  abstract isOver(): boolean;

  override tryNow(): IteratorReturnResult<undefined> | null {
    return this.woken();
  }

  override woken(): IteratorReturnResult<undefined> | null {
    return this.isOver() ? FINISHED : null;
  }
}

/** `write`: the part goes out at the call, and who awaits it is suspended while too much is kept. */
export class BodyWrite extends BodyWait {
  constructor(body: ResponseBody, part: string | Uint8Array) {
    super(body);
    body.push(part);
  }

  isOver(): boolean {
    this.body.check();
    return this.body.hasRoom;
  }

  override methodName(): string {
    return "write";
  }
}

/** Until everything was handed over, or the reader has left. */
export class BodyFlush extends BodyWait {
  isOver(): boolean {
    return this.body.isEmpty;
  }

  override methodName(): string {
    return "flush";
  }
}

/** Refuses everything but text and bytes. */
export function checkPart(part: unknown, where: string): asserts part is string | Uint8Array {
  if (typeof part === "string" || part instanceof Uint8Array) return;
  const advice = part instanceof ArrayBuffer || ArrayBuffer.isView(part)
    ? "Make a Uint8Array of it."
    : "Give a string, which is sent as UTF-8, or a Uint8Array.";
  throw new TypeError(`Cannot call ${where}() with ${describeKind(part)}: it takes text or bytes. ${advice}`);
}
