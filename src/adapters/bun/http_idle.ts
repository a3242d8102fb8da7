/**
 * How long Bun keeps a connection that is not used.
 *
 * @module
 */

import { LinkedList, type ListEntry } from "../../core/lists.ts";
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
interface Busy {
  readonly request: Request;
  /** Whether Bun counts no more. */
  isLifted: boolean;
}

/** Where it stands. */
export type BusyPlace = ListEntry<Busy>;

/**
 * Tells Bun not to count, in time, while a request is being answered: in a handler that takes its time, and in a stream that is quiet for a
 * while. Most are answered before that. Quirk `idle-while-busy`; for quirk `pipelining` nothing can be done.
 */
export class IdleLimit {
  readonly #server: TimingServer;
  readonly #seconds: number;
  readonly #busy = new LinkedList<Busy>();
  #timer: unknown = null;

  /** Takes what the server counts when nothing is said. */
  constructor(server: TimingServer, seconds: number) {
    this.#server = server;
    this.#seconds = seconds;
  }

  /** The answer to a request takes its time. */
  begin(request: Request): BusyPlace | null {
    if (this.#seconds === 0) return null;
    if (this.#timer === null) {
      this.#timer = setInterval(this.#lift, this.#seconds * 250);
      unrefTimer(this.#timer);
    }
    return this.#busy.add({ request, isLifted: false });
  }

  /** It is answered, and the connection may be idle from now on. */
  end(place: BusyPlace | null): void {
    if (place === null || !this.#busy.remove(place)) return;
    if (place.item.isLifted) this.#server.timeout(place.item.request, this.#seconds);
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
    for (const busy of this.#busy.toArray()) {
      if (!busy.isLifted) this.#server.timeout(busy.request, 0);
      busy.isLifted = true;
    }
  };
}
