/**
 * Signals that close servers.
 *
 * @module
 */
import type { EventLoop } from "../loop/event_loop.ts";
import { INTERRUPTED, SAME_KEY } from "../loop/interrupt.ts";

/** What a signal closes. */
interface Closable {
  close(): void;
}

const SIGNALS = ["SIGINT", "SIGTERM"];

const drains = new WeakMap<EventLoop, DrainSignals>();

/** SIGINT and SIGTERM of a loop, while they belong to its servers. The first closes them all; a later one ends the process. */
export class DrainSignals {
  readonly #loop: EventLoop;
  readonly #servers = new Set<Closable>();
  #first: number | null = null;

  constructor(loop: EventLoop) {
    this.#loop = loop;
  }

  /** The one of a loop. */
  static of(loop: EventLoop): DrainSignals {
    let drain = drains.get(loop);
    if (drain === undefined) drains.set(loop, drain = new DrainSignals(loop));
    return drain;
  }

  /** The signals belong to this server as well, from now on. */
  add(server: Closable): void {
    this.#servers.add(server);
    if (this.#servers.size > 1) return;
    for (const signal of SIGNALS) {
      try {
        this.#loop.addSignalHandler(signal, this.#onSignal);
      } catch (error) {
        // Windows has no SIGTERM.
        if (!(error instanceof RangeError)) throw error;
      }
    }
  }

  /** The server has closed; with the last one the signals are what they were. */
  remove(server: Closable): void {
    if (!this.#servers.delete(server) || this.#servers.size > 0) return;
    this.#first = null;
    for (const signal of SIGNALS) this.#loop.removeSignalHandler(signal);
  }

  /** Milliseconds in which what comes is still the first signal: a program that ends earlier would die of its echo. */
  echo(): number {
    return this.#first === null ? 0 : Math.max(0, this.#first + SAME_KEY - this.#loop.time());
  }

  readonly #onSignal = (): void => {
    const now = this.#loop.time();
    if (this.#first === null) {
      this.#first = now;
      for (const server of this.#servers) server.close();
    } else if (now - this.#first >= SAME_KEY) {
      this.#loop.adapter.exit?.(INTERRUPTED);
    }
  };
}
