/**
 * Signals that close servers.
 *
 * @module
 */
import { setTimeout, unrefTimer } from "../adapters/shared/timers.ts";
import type { HostLoop } from "./host_loop.ts";
import { type EndSignal, INTERRUPTED, SAME_KEY } from "./signals.ts";

/** What a signal closes. */
interface Closable {
  close(): void;
}

/** SIGINT and SIGTERM of a loop, or others, while they belong to its servers. The first closes these all; a later one ends the process. */
export class DrainSignals {
  readonly #loop: HostLoop;
  /** With the signals that close each. */
  readonly #servers = new Map<Closable, readonly EndSignal[]>();
  readonly #handled = new Set<EndSignal>();
  #first: number | null = null;

  constructor(loop: HostLoop) {
    this.#loop = loop;
  }

  /** The one of a loop. */
  static of(loop: HostLoop): DrainSignals {
    return loop.drainSignals ??= new DrainSignals(loop);
  }

  /** These signals belong to this server as well, from now on. */
  add(server: Closable, signals: readonly EndSignal[]): void {
    this.#servers.set(server, signals);
    for (const signal of signals) {
      if (this.#handled.has(signal)) continue;
      this.#handled.add(signal);
      try {
        this.#loop.addSignalHandler(signal, this.#onSignal, signal);
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
    if (this.#servers.size > 0) return;
    this.#first = null;
    for (const signal of this.#handled) this.#loop.removeSignalHandler(signal);
    this.#handled.clear();
  };

  readonly #onSignal = (signal: EndSignal): void => {
    const now = this.#loop.time();
    if (this.#first === null) {
      this.#first = now;
      this.#swallowEchoes();
      for (const [server, signals] of this.#servers) if (signals.includes(signal)) server.close();
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
    const kept = [...this.#handled].filter((signal) => {
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
