/**
 * Signals that close servers.
 *
 * @module
 */
import { setTimeout, unrefTimer } from "../adapters/shared/timers.ts";
import type { HostLoop } from "./host_loop.ts";
import { INTERRUPTED, SAME_KEY } from "./signals.ts";

/** What a signal closes. */
interface Closable {
  close(): void;
}

const SIGNALS = ["SIGINT", "SIGTERM"];

/** SIGINT and SIGTERM of a loop, while they belong to its servers. The first closes them all; a later one ends the process. */
export class DrainSignals {
  readonly #loop: HostLoop;
  readonly #servers = new Set<Closable>();
  #handled = false;
  #first: number | null = null;

  constructor(loop: HostLoop) {
    this.#loop = loop;
  }

  /** The one of a loop. */
  static of(loop: HostLoop): DrainSignals {
    return loop.drainSignals ??= new DrainSignals(loop);
  }

  /** The signals belong to this server as well, from now on. */
  add(server: Closable): void {
    this.#servers.add(server);
    if (this.#handled) return;
    this.#handled = true;
    for (const signal of SIGNALS) {
      try {
        this.#loop.addSignalHandler(signal, this.#onSignal);
      } catch (error) {
        // Windows has no SIGTERM.
        if (!(error instanceof RangeError)) throw error;
      }
    }
  }

  /** The server has closed; with the last one the signals are what they were, as soon as no echo of the first can come. */
  remove(server: Closable): void {
    if (!this.#servers.delete(server) || this.#servers.size > 0) return;
    const echo = this.#first === null ? 0 : this.#first + SAME_KEY - this.#loop.time();
    if (echo > 0 && !this.#loop.isClosed()) this.#loop.callLater(echo, this.#letGo);
    else this.#letGo();
  }

  readonly #letGo = (): void => {
    if (this.#servers.size > 0 || !this.#handled) return;
    this.#handled = false;
    this.#first = null;
    for (const signal of SIGNALS) this.#loop.removeSignalHandler(signal);
  };

  readonly #onSignal = (): void => {
    const now = this.#loop.time();
    if (this.#first === null) {
      this.#first = now;
      this.#swallowEchoes();
      for (const server of this.#servers) server.close();
    } else if (now - this.#first >= SAME_KEY && this.#servers.size > 0) {
      this.#loop.adapter.exit?.(INTERRUPTED);
    }
  };

  /**
   * One Ctrl-C may arrive several times, and a program that is done at once must not die of the second while it ends: the loop
   * is closed by then, and what it listens to is gone. Neither the listener nor the timer keeps the process from ending.
   */
  #swallowEchoes(): void {
    const { adapter } = this.#loop;
    const swallow = (): void => {};
    const kept = SIGNALS.filter((signal) => {
      try {
        adapter.addSignalListener?.(signal, swallow);
        return true;
      } catch {
        return false;
      }
    });
    unrefTimer(setTimeout(() => {
      for (const signal of kept) adapter.removeSignalListener?.(signal, swallow);
    }, SAME_KEY));
  }
}
