/**
 * A connection that HTTP is spoken on.
 *
 * @module
 */

import type { ListEntry } from "../../core/lists.ts";
import type { Dispatch, HttpLane } from "./http_source.ts";
import type { ServeConnection, ServedConnection } from "./internals.ts";

/** What a connection needs of the listener that has accepted it. */
export interface ConnectionOwner {
  /** Counts up from time to time: how long ago something was is a difference. */
  readonly tick: number;
  /** Whether it accepts nothing more, and waits for the end of all. */
  readonly isClosing: boolean;
  /** Answers a request. */
  readonly dispatch: Dispatch;
  /** Something made it impossible to send a response. */
  readonly failed: (error: unknown) => Response;
  /** The connection is closed. */
  ended(connection: DenoConnection): void;
}

/** One connection. */
export class DenoConnection implements HttpLane {
  /** Where it stands among the others. */
  place!: ListEntry<DenoConnection>;
  readonly #owner: ConnectionOwner;
  readonly #served: ServedConnection;
  #busy = 0;
  /** Whether a request has come. */
  #began = false;
  /** When it was accepted, or something was answered. */
  #since: number;

  /** Serves it. */
  constructor(serve: ServeConnection, connection: Deno.Conn, owner: ConnectionOwner) {
    this.#owner = owner;
    this.#since = owner.tick;
    const handler = (request: Request, info: Deno.ServeHandlerInfo) => {
      this.#began = true;
      return owner.dispatch(request, info, this);
    };
    this.#served = serve(connection, handler, owner.failed);
    // Those who wait for something of it get the reason.
    this.#served.finished.then(() => owner.ended(this));
  }

  begins(): void {
    this.#busy++;
  }

  ends(): void {
    this.#busy--;
    this.answered();
  }

  answered(): void {
    this.#since = this.#owner.tick;
    if (this.#owner.isClosing) this.close();
  }

  leaves(): void {
    this.#served.leave();
  }

  /** How many ticks it has waited for its first request; 0 once that has come. */
  get silent(): number {
    return this.#began ? 0 : this.#owner.tick - this.#since;
  }

  /** How many ticks it has waited for a further request; 0 while something is answered. */
  get idle(): number {
    return this.#began && this.#busy === 0 ? this.#owner.tick - this.#since : 0;
  }

  /** Closes it once Deno has sent what it has taken, unless something is being answered. */
  close(): void {
    // There is nothing to send to who has not asked, and a TLS handshake may have no end.
    if (!this.#began) this.#served.cut();
    else if (this.#busy === 0) this.#served.close();
  }

  /** Cuts it, if Deno has not begun to close it. */
  cut(): void {
    this.#served.cut();
  }

  /** It alone does not keep the process alive any more. */
  unref(): void {
    this.#served.unref();
  }
}
