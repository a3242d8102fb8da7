/**
 * Signals: their names, those that a loop handles, and those that end a run.
 *
 * @module
 */
import type { Adapter } from "../adapters/adapter.ts";
import { systemSignals } from "../adapters/shared/process.ts";
import { clearTimeout, setTimeout, unrefTimer, wholeDelay } from "../adapters/shared/timers.ts";
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import { placeError } from "../core/error_frames.ts";
import { KeyboardInterrupt, NotSupportedError, RuntimeError } from "../core/errors.ts";
import { type Callback, Handle } from "../core/handle.ts";
import type { Stepper } from "../core/contract.ts";
import { errorWhereWaiting, schedule } from "../core/internal.ts";
import { describeKind } from "../core/repr.ts";
import type { Task } from "../core/task.ts";
import type { HostLoop } from "./host_loop.ts";

/** The signals of all systems. A host that takes listeners for events of any name would wait for a misspelt one in silence. */
export const SIGNALS: ReadonlySet<string> = new Set(
  ("HUP INT QUIT ILL TRAP ABRT BUS EMT FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP BREAK TTIN " +
    "TTOU URG XCPU XFSZ VTALRM PROF WINCH IO POLL PWR INFO SYS").split(" ").map((name) => `SIG${name}`),
);

/** What to write in place of an unknown name. */
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

  /** Whether nobody handles any. */
  isEmpty(): boolean {
    return this.#listeners.size === 0;
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
        `Cannot handle ${signal}: it is for a fault of the running code, after which no JavaScript can go on.`,
      );
    }
    if (this.#adapter.addSignalListener === undefined) {
      throw new NotSupportedError(
        `Cannot handle ${signal}: the adapter "${this.#adapter.name}" has no signals here. They come to the main thread of a process.`,
      );
    }
    // One handle for all calls, as in CPython: each sees the context of here, and what the ones before have set in it.
    const handle = new Handle(this.#loop, callback as Callback, args);
    const listener = () => schedule(this.#loop, handle);
    try {
      this.#adapter.addSignalListener(signal, listener);
    } catch (cause) {
      if (cause instanceof NotSupportedError) throw cause;
      const names = systemSignals().join(", ");
      throw new RangeError(`Cannot handle "${signal}": this system has no such signal, but ${names}.`, { cause });
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

/** Milliseconds: one Ctrl-C reaches a program up to three times in a row when a task runner or npx stands between. */
export const SAME_KEY = 200;

/** The exit code of a program that SIGINT ended. */
export const INTERRUPTED = 130;

/** The signals that ask a program to end, with the exit code of one that they have ended: 128 and their number. */
const EXIT_CODES: Readonly<Record<EndSignal, number>> = {
  SIGHUP: 129,
  SIGINT: INTERRUPTED,
  SIGQUIT: 131,
  SIGTERM: 143,
  SIGBREAK: 149,
};

/** The exit code of a program that a signal has ended. Whoever makes a KeyboardInterrupt may name any. */
export function exitCodeOf(signal: string): number {
  return Object.hasOwn(EXIT_CODES, signal) ? EXIT_CODES[signal as EndSignal] : INTERRUPTED;
}

/**
 * A signal that can cancel the main task of a run; SIGBREAK is that of Windows.
 *
 * @category Running
 */
export type EndSignal = "SIGHUP" | "SIGINT" | "SIGQUIT" | "SIGTERM" | "SIGBREAK";

/** Which signals close a server if nothing else is said. */
export const DRAINING: readonly EndSignal[] = ["SIGINT", "SIGTERM"];

/**
 * Refuses what cannot be the signals that end a run or close a server.
 *
 * @param act what cannot be done, such as `"run"`
 * @throws {TypeError} if it is not an array of names
 * @throws {RangeError} if one does not ask for the end
 */
export function checkSignals(signals: unknown, act: string): asserts signals is readonly EndSignal[] {
  if (!Array.isArray(signals)) {
    throw new TypeError(
      `Cannot ${act} with ${
        describeKind(signals)
      } as signals: give true, false, or an array of names, such as ["SIGINT", "SIGTERM"].`,
    );
  }
  for (const signal of signals) {
    if (typeof signal !== "string") {
      throw new TypeError(`Cannot ${act} with ${describeKind(signal)} as a signal: give its name, such as "SIGTERM".`);
    }
    if (!Object.hasOwn(EXIT_CODES, signal)) {
      throw new RangeError(
        `Cannot ${act} with ${JSON.stringify(signal)} as a signal: those that ask for the end are ${
          Object.keys(EXIT_CODES).join(", ")
        }. Handle others by addSignalHandler().`,
      );
    }
  }
}

/** The program as a whole. */
export const program: {
  /** Whether it is run by `main()`, which nothing awaits at the top level of a module. */
  isMain: boolean;
} = { isMain: false };

/** How many runs listen to each signal. */
const listening = new Map<string, number>();

/** The signals that runs listen to, which nobody waits for. */
export function runSignals(): ReadonlySet<string> {
  return new Set(listening.keys());
}

function count(signal: string, by: 1 | -1): void {
  const now = (listening.get(signal) ?? 0) + by;
  if (now === 0) listening.delete(signal);
  else listening.set(signal, now);
}

/** What writes the tree of the tasks, loaded when a signal has come. */
interface TaskTree {
  readonly loaded: TreeWriter | null;
  loading(): Promise<TreeWriter>;
}

interface TreeWriter {
  writeTasks(loop: HostLoop, why: string): void;
}

/** The first signal cancels the main task; a later one ends the process, and those that the loop has started. */
export class Interrupt {
  readonly #loop: HostLoop;
  readonly #task: Task<unknown>;
  readonly #listeners = new Map<EndSignal, () => void>();
  /** What writes the tree of the tasks; null if it is not to be written. */
  readonly #tree: TaskTree | null;
  #when = -Infinity;
  #first: EndSignal | null = null;
  #timer: unknown = null;
  #error: KeyboardInterrupt | null = null;

  constructor(loop: HostLoop, task: Task<unknown>, signals: readonly EndSignal[], tree: TaskTree | null) {
    this.#loop = loop;
    this.#task = task;
    this.#tree = tree;
    for (const signal of new Set(signals)) {
      const listener = () => this.#heard(signal);
      try {
        loop.adapter.addSignalListener?.(signal, listener);
      } catch {
        // Not every system has all of them, and one that there is not will not come.
        continue;
      }
      this.#listeners.set(signal, listener);
      count(signal, 1);
    }
  }

  /** The signal that came first, or null if none has. */
  get signal(): EndSignal | null {
    return this.#first;
  }

  /** The error that says what the main task waited for when the signal came. Its cause is what that has ended with. */
  errorFor(cause: unknown): KeyboardInterrupt {
    const error = this.#error as KeyboardInterrupt;
    placeError(error);
    return Object.defineProperty(error, "cause", { value: cause, writable: true, configurable: true });
  }

  /** The exit code of a program that it has ended. */
  get exitCode(): number {
    return EXIT_CODES[this.#first ?? "SIGINT"];
  }

  /** Stops listening. */
  remove(): void {
    for (const [signal, listener] of this.#listeners) {
      this.#loop.adapter.removeSignalListener?.(signal, listener);
      count(signal, -1);
    }
    this.#listeners.clear();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #heard(signal: EndSignal): void {
    // Whoever handles the signal on this loop, such as a server that drains, has it to himself.
    if (this.#loop.signalHandlers.has(signal)) return;
    const now = this.#loop.time();
    if (this.#first !== null && now - this.#when < SAME_KEY) return;
    if (this.#first === null) {
      this.#first = signal;
      this.#when = now;
      if (this.#tree !== null) this.#watch(signal, this.#tree);
      this.#error = errorWhereWaiting(
        this.#task as unknown as Stepper,
        (waits) => new KeyboardInterrupt(`The program was interrupted by ${signal}${waits}.`, { signal }),
      );
      if (this.#task.cancel()) return;
    }
    this.#tree?.loaded?.writeTasks(this.#loop, `${signal} ends the process`);
    try {
      // Processes that it has started would go on with nobody to end them.
      this.#loop.endWhatIsOpen();
    } finally {
      this.#loop.adapter.exit?.(EXIT_CODES[signal]);
    }
  }

  /** The first signal has come. What describes the tasks is there for the second. */
  #watch(signal: EndSignal, tree: TaskTree): void {
    const loop = this.#loop;
    if (loop.getDebug()) tree.loaded?.writeTasks(loop, `${signal} cancels the program`);
    // A program that was bundled without it ends without it.
    tree.loading().catch(() => {});
    const after = loop.slowCancelDuration;
    if (!(after < Infinity)) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      const why = `The program has not ended ${after} ms after ${signal}`;
      tree.loading().then(({ writeTasks }) => this.#task.done() || writeTasks(loop, why), () => {});
    }, wholeDelay(after));
    unrefTimer(this.#timer);
  }
}
