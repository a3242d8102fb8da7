/**
 * Accepting connections from a listener of Deno, for as long as it listens.
 *
 * @module
 */

import type { OSError } from "../../core/errors.ts";
import { Outage } from "../shared/outage.ts";
import { clearTimeout, setTimeout } from "../shared/timers.ts";
import { codeOf, toSocketError } from "./errors.ts";

/** How long accepting rests after it failed, in milliseconds: what it wants is not there sooner for being asked for at once. */
export const ACCEPT_PAUSE = 100;

/** What accepting fails with if a client has gone between its connection and here: one is lost, and nothing is wrong. */
const CLIENT_GONE: ReadonlySet<string> = new Set(["ENOTCONN", "ECONNABORTED", "ECONNRESET"]);

/** What it calls. */
export interface AcceptEvents {
  /** Somebody has connected. */
  connection(connection: Deno.Conn): void;
  /** Nobody can connect. Called once for each outage; accepting goes on meanwhile. */
  failed(error: OSError): void;
}

/** Accepts connections until it is closed. */
export class AcceptLoop {
  /** Resolves when it is closed and the last accept is over: until then the address is taken. */
  readonly over: Promise<void>;
  readonly #listener: Deno.Listener<Deno.Conn, Deno.Addr>;
  readonly #events: AcceptEvents;
  readonly #outage = new Outage();
  #isClosed = false;
  #rest: (() => void) | null = null;

  /** Begins. */
  constructor(listener: Deno.Listener<Deno.Conn, Deno.Addr>, events: AcceptEvents) {
    this.#listener = listener;
    this.#events = events;
    this.over = this.#run();
  }

  /** Closes the listener. A second call changes nothing. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#listener.close();
    this.#rest?.();
  }

  async #run(): Promise<void> {
    prepareReport();
    while (!this.#isClosed) {
      let connection: Deno.Conn;
      try {
        connection = await this.#listener.accept();
      } catch (error) {
        if (this.#isClosed) return;
        if (CLIENT_GONE.has(codeOf(error))) continue;
        if (this.#outage.failed()) this.#events.failed(acceptError(error));
        await this.#pause();
        continue;
      }
      if (this.#isClosed) connection.close();
      else this.#events.connection(connection);
    }
  }

  async #pause(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ACCEPT_PAUSE);
    this.#rest = resolve;
    await promise;
    this.#rest = null;
    clearTimeout(timer);
  }
}

/** The error for a connection that could not be accepted. */
export function acceptError(cause: unknown): OSError {
  return toSocketError("Cannot accept a connection", cause);
}

let isPrepared = false;

/**
 * Has Deno read now what it needs to show an error of this module: quirk `stack-needs-file`.
 */
export function prepareReport(): void {
  if (isPrepared) return;
  isPrepared = true;
  // What comes before this module in the stack is not there when it is needed, and to read it costs time.
  const host = Error as unknown as { stackTraceLimit: number };
  const { stackTraceLimit } = host;
  host.stackTraceLimit = 5;
  const error = acceptError(new Error());
  host.stackTraceLimit = stackTraceLimit;
  void [error.stack, (error.cause as Error).stack];
}
