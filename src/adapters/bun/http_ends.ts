/**
 * How the responses of a server end.
 *
 * @module
 */

import type { HttpEnded } from "../adapter.ts";
import { watchSignal } from "../shared/http.ts";
import type { SentBody } from "../shared/sent_body.ts";
import { clearInterval, setImmediate, setInterval } from "../shared/timers.ts";

/** The part of Bun's server that is used here. */
export interface AnsweringServer {
  readonly pendingRequests: number;
  requestIP(request: Request): { readonly address: string; readonly port: number } | null;
}

/** Milliseconds between two looks at whether requests are still in flight. */
export const CHECK = 20;

/** How often a request has to be found over: between the first time and the last Bun looks at all of its sockets. */
const CHECKS_UNTIL_OVER = 3;

/** A response that is on its way. */
export class Sending {
  readonly #ended: HttpEnded;
  /** What it consists of, if that is a stream of somebody else. */
  body: SentBody | null = null;
  /** How long it is, if it is there as a whole. */
  size: number | undefined;
  /** How often it was found to be over. */
  looks = 0;
  #failure: { readonly error: unknown } | null = null;
  #status: number | undefined;

  constructor(ended: HttpEnded) {
    this.#ended = ended;
  }

  /** It cannot be sent, or not to its end. Given a response, that is sent in its place. */
  fail(error: unknown, replacement?: Response): void {
    this.#failure ??= { error };
    this.#status = replacement?.status;
  }

  /** It is over. */
  end(end: "sent" | "gone"): void {
    const size = this.body === null ? this.size : this.body.bytes;
    if (this.#failure !== null) this.#ended("failed", this.#failure.error, size, this.#status);
    // Bun may forget the request before it cancels the stream.
    else this.#ended(this.body?.isWhole === false ? "gone" : end, undefined, size);
  }
}

/**
 * Bun aborts the signal of a request whose client leaves, and tells nobody that a response was sent. It knows the address of a client
 * for as long as the request is in flight, so that is what is asked, again and again while anybody wants to know. Of one that has reset
 * its connection it knows none either, and aborts the signal a turn later: so it is asked until it has had that turn: quirk `address-of-the-reset`.
 */
export class EndWatch {
  readonly #server: AnsweringServer;
  readonly #isUnix: boolean;
  readonly #watched = new Map<Request, Sending>();
  #timer: unknown = null;

  constructor(server: AnsweringServer, isUnix: boolean) {
    this.#server = server;
    this.#isUnix = isUnix;
  }

  add(request: Request, ended: HttpEnded): void {
    const unwatch = watchSignal(request.signal, () => {
      if (this.#watched.delete(request)) sending.end("gone");
    });
    const sending = new Sending((...end) => {
      unwatch();
      ended(...end);
    });
    this.#watched.set(request, sending);
    // Most are sent when the host has had a turn.
    if (this.#watched.size === 1) setImmediate(this.#check);
  }

  /** The response to this request, if somebody wants to know what becomes of it. */
  of(request: Request): Sending | undefined {
    return this.#watched.size === 0 ? undefined : this.#watched.get(request);
  }

  stop(): void {
    this.#look(1);
    for (const sending of this.#watched.values()) sending.end("gone");
    this.#watched.clear();
    this.#rest();
  }

  #rest(): void {
    clearInterval(this.#timer);
    this.#timer = null;
  }

  readonly #check = (): void => {
    this.#look(CHECKS_UNTIL_OVER);
  };

  /** Looks at all of them; one that is found to be over for so many times is. */
  #look(times: number): void {
    const server = this.#server;
    // There is no address behind a Unix socket.
    const areAllSent = this.#isUnix && server.pendingRequests === 0;
    let areSure = true;
    for (const [request, sending] of this.#watched) {
      if (this.#isUnix ? !areAllSent : server.requestIP(request) !== null) continue;
      if (++sending.looks < times) {
        areSure = false;
        continue;
      }
      this.#watched.delete(request);
      sending.end("sent");
    }
    if (this.#watched.size === 0) return this.#rest();
    if (!areSure) setImmediate(this.#check);
    this.#timer ??= setInterval(this.#check, CHECK);
  }
}
