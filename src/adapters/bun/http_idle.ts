/**
 * How long Bun keeps a connection that is not used.
 *
 * @module
 */

import { type ListNode, NodeList } from "../../core/lists.ts";
import { clearInterval, setInterval, unrefTimer } from "../shared/timers.ts";

/** The part of Bun's server that is used here. */
export interface TimingServer {
  timeout(request: Request, seconds: number): void;
}

/** The longest time that Bun takes, in seconds; 0 is for ever. */
const MAX_IDLE_TIMEOUT = 255;

/**
 * What Bun's server is to count, in its seconds. Bun limits the head of the first request of a connection to some ten by itself, in
 * whatever way it comes, and that of a further one by this.
 */
export function toIdleTimeout(keepAliveTimeout = Infinity): number {
  return keepAliveTimeout === Infinity ? 0 : Math.min(MAX_IDLE_TIMEOUT, Math.ceil(keepAliveTimeout / 1_000));
}

/** A request whose answer takes its time. */
export interface Busy extends ListNode<Busy> {
  readonly request: Request;
  /** Whether Bun counts no more. */
  isLifted: boolean;
}

/** A request whose answer takes its time from now on. */
export function busyWith(request: Request): Busy {
  return { before: null, after: null, request, isLifted: false };
}

/**
 * Tells Bun not to count, in time, while a request is being answered: in a handler that takes its time, and in a stream that is quiet for a
 * while. Most are answered before that. Quirk `idle-while-busy`; for quirk `pipelining` nothing can be done.
 */
export class IdleLimit {
  readonly #server: TimingServer;
  readonly #seconds: number;
  readonly #busy = new NodeList<Busy>();
  #timer: unknown = null;

  /** Takes what the server counts when nothing is said. */
  constructor(server: TimingServer, seconds: number) {
    this.#server = server;
    this.#seconds = seconds;
  }

  /** The answer to a request takes its time. */
  begin(busy: Busy): void {
    if (this.#seconds === 0) return;
    if (this.#timer === null) {
      this.#timer = setInterval(this.#lift, this.#seconds * 250);
      unrefTimer(this.#timer);
    }
    this.#busy.push(busy);
  }

  /** It is answered, and the connection may be idle from now on. */
  end(busy: Busy): void {
    if (this.#busy.remove(busy) && busy.isLifted) this.#server.timeout(busy.request, this.#seconds);
  }

  /** The server has closed. */
  stop(): void {
    clearInterval(this.#timer);
  }

  readonly #lift = (): void => {
    if (this.#busy.size === 0) {
      clearInterval(this.#timer);
      this.#timer = null;
      return;
    }
    for (let busy = this.#busy.first(); busy !== null; busy = busy.after) {
      if (!busy.isLifted) this.#server.timeout(busy.request, 0);
      busy.isLifted = true;
    }
  };
}
