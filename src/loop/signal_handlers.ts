/**
 * Signals: their names, and those that a loop handles.
 *
 * @module
 */
import type { Adapter } from "../adapters/adapter.ts";
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import { NotSupportedError, RuntimeError } from "../core/errors.ts";
import { type Callback, Handle } from "../core/handle.ts";
import { schedule } from "../core/internal.ts";
import { describeKind } from "../core/repr.ts";

/** The signals of all systems. A host that takes listeners for events of any name would wait for a misspelt one in silence. */
export const SIGNALS: ReadonlySet<string> = new Set(
  ("HUP INT QUIT ILL TRAP ABRT BUS EMT FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP BREAK TTIN " +
    "TTOU URG XCPU XFSZ VTALRM PROF WINCH IO POLL PWR INFO SYS").split(" ").map((name) => `SIG${name}`),
);

/** What to say to somebody whose name for a signal is none. */
export function suggestSignal(name: string): string {
  const meant = `SIG${name.toUpperCase().replace(/^SIG/, "")}`;
  return SIGNALS.has(meant) ? `Its name is "${meant}".` : 'Names are such as "SIGTERM".';
}

const UNCATCHABLE: ReadonlySet<string> = new Set(["SIGKILL", "SIGSTOP"]);

/**
 * What the processor sends for a fault of the running code itself: it would send it again as soon as the handler is over. The hosts refuse
 * a listener, or crash with one.
 */
const FAULTS: ReadonlySet<string> = new Set(["SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL"]);

/** Signals to callbacks, with the listeners of the host that belong to them. */
export class SignalHandlers {
  readonly #loop: BaseEventLoop;
  readonly #adapter: Adapter;
  readonly #listeners = new Map<string, () => void>();

  constructor(loop: BaseEventLoop, adapter: Adapter) {
    this.#loop = loop;
    this.#adapter = adapter;
  }

  /** Whether somebody handles the signal, so that defaults must keep out. */
  has(signal: string): boolean {
    return this.#listeners.has(signal);
  }

  add<A extends unknown[]>(signal: string, callback: (...args: A) => unknown, args: A): void {
    checkName(signal);
    if (typeof callback !== "function" || Object.prototype.toString.call(callback) !== "[object Function]") {
      throw new TypeError(
        `Cannot handle ${signal} with ${
          describeKind(callback)
        }: give a plain function; it may make a task by createTask().`,
      );
    }
    if (UNCATCHABLE.has(signal)) throw new RuntimeError(`Cannot handle ${signal}: no process can catch it.`);
    if (FAULTS.has(signal)) {
      throw new RuntimeError(
        `Cannot handle ${signal}: it is for a fault of the running code, after which no JavaScript can go on. Leave it to the system.`,
      );
    }
    if (this.#adapter.addSignalListener === undefined) {
      throw new NotSupportedError(`Cannot handle ${signal}: the adapter "${this.#adapter.name}" has no signals.`);
    }
    // One handle for all calls, as in CPython: each sees the context of here, and what the ones before have set in it.
    const handle = new Handle(this.#loop, callback as Callback, args);
    const listener = () => schedule(this.#loop, handle);
    try {
      this.#adapter.addSignalListener(signal, listener);
    } catch (cause) {
      throw new RangeError(`Cannot handle "${signal}": this system has no such signal.`, { cause });
    }
    this.remove(signal);
    this.#listeners.set(signal, listener);
  }

  remove(signal: string): boolean {
    checkName(signal);
    const listener = this.#listeners.get(signal);
    if (listener === undefined) return false;
    this.#listeners.delete(signal);
    this.#adapter.removeSignalListener?.(signal, listener);
    return true;
  }

  clear(): void {
    for (const signal of [...this.#listeners.keys()]) this.remove(signal);
  }
}

function checkName(signal: unknown): asserts signal is string {
  if (typeof signal !== "string") {
    throw new TypeError(`Cannot handle ${describeKind(signal)} as a signal: give its name, such as "SIGTERM".`);
  }
  if (SIGNALS.has(signal)) return;
  throw new RangeError(`Cannot handle "${signal}": there is no such signal. ${suggestSignal(signal)}`);
}
