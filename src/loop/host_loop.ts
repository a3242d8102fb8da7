/**
 * The event loop with a runtime, and what is open on it. What works on sockets, processes and threads knows this class and not
 * `EventLoop`, whose methods load it.
 *
 * @module
 */
import type { Adapter, NetAdapter, ProcessAdapter } from "../adapters/adapter.ts";
import { checkRuntime, defaultAdapter } from "../adapters/default_adapter.ts";
import { askForMarks, asksForDebug } from "../core/current_code.ts";
import { BaseEventLoop } from "../core/base_event_loop.ts";
import { debugging, noteMade, runningLoops } from "../core/current.ts";
import { checkDuration, checkOptions, type OptionNames } from "../core/misuse.ts";
import { describeKind } from "../core/repr.ts";
import { NotSupportedError, RuntimeError } from "../core/errors.ts";
import type { Task } from "../core/task.ts";
import type { Logger } from "../core/exception_reports.ts";
import { checkClosed, hearCancels, scheduleAt } from "../core/internal.ts";
import type { LazyAwaitable } from "../core/suspend.ts";
import type { Executor } from "../io/executor.ts";
import type {
  CreateConnectionOptions,
  CreateServerOptions,
  CreateUnixConnectionOptions,
  CreateUnixServerOptions,
  StartTlsOptions,
} from "../io/socket_options.ts";
import type { StreamProtocol } from "../io/protocols.ts";
import type { TlsOptions } from "../io/socket_options.ts";
import type { Server, Transport } from "../io/transports.ts";
import type { SubprocessOptions } from "../io/process.ts";
import type { SubprocessProtocol } from "../io/protocols.ts";
import type { SubprocessTransport } from "../io/transports.ts";
import { Area, hasLoadedWithin, watchForDeadlocks } from "./area.ts";
import type { DrainSignals } from "./drain_signals.ts";
import { SignalHandlers } from "./signals.ts";

// Async code may be met before there is a loop.
askForMarks(defaultAdapter);

/** What describes the tasks of a loop. */
export const inspection = /* @__PURE__ */ new Area(() => import("../inspect/insight.ts"));
/** What debug mode does: the same file, but loaded only once a loop is in debug mode. */
const debugMode = /* @__PURE__ */ new Area(() => import("../inspect/insight.ts"));

/** How many looks find a task in the middle of a cancel before it is told. */
export const LOOKS_BEFORE_REPORT = 4;

/**
 * How an {@linkcode EventLoop} is made.
 *
 * @category Running
 */
export interface EventLoopOptions {
  /** The runtime that it turns on; by default the one that it finds itself in. */
  readonly adapter?: Adapter | undefined;
  /**
   * Whether debug mode is on, which looks for mistakes, and says of each where it was made. By default the variable `ASYNCIO_DEBUG` of the
   * environment says so, if it can be read without asking for a permission: any value but `0` turns it on.
   *
   * With `"stacks"` it keeps a stack of each await, and so knows where each async function waits; else of some of those that one function begins.
   * That costs some microseconds an await. Where coroutines wait is known without.
   */
  readonly debug?: boolean | "stacks" | undefined;
  /** What warnings are written to, and the errors that no exception handler takes; `console` by default. */
  readonly logger?: Logger | undefined;
  /**
   * Whether the steps of coroutines see each AsyncLocalStorage as it was where their task was made; false by default. Async functions do
   * anyway, and so do the tasks of a request under `serve()`. One task is chosen by the option of the same name of `createTask()`.
   */
  readonly asyncLocalStorage?: boolean | undefined;
}

const NAMES: OptionNames<EventLoopOptions> = { adapter: true, debug: true, logger: true, asyncLocalStorage: "boolean" };

/** Whether debug mode is on by an option, which may ask for more of it. */
function isDebug(debug: boolean | "stacks"): boolean {
  if (typeof debug === "boolean") return debug;
  if (debug !== "stacks") {
    throw new TypeError(`Cannot switch debug mode to ${describeKind(debug)}: give true, false or "stacks".`);
  }
  return debugging.keepsStacks = true;
}

/** What finds the loops of a program from outside of it, such as a debugger. */
interface Registration {
  /** The loops that run. */
  readonly loops: () => BaseEventLoop[];
  /** Loads what describes them. */
  readonly load: () => Promise<unknown>;
}

/** Where it stands in the global scope: a list, for a program may have loaded this module twice. */
const REGISTRY = Symbol.for("@loop/asyncio");
let isRegistered = false;

/** Has the first loop of a program make it possible to find all of them. Importing the module does nothing of the kind. */
function register(): void {
  if (isRegistered) return;
  isRegistered = true;
  const registration: Registration = {
    loops: runningLoops as () => BaseEventLoop[],
    load: () => inspection.loading(),
  };
  const known = (globalThis as unknown as Record<symbol, Registration[] | undefined>)[REGISTRY];
  // A global scope that is frozen refuses it, and the program goes on as ever.
  if (known === undefined) Reflect.set(globalThis, REGISTRY, [registration]);
  else known.push(registration);
}

/** Something that holds a socket of the host. */
export interface OpenSocket {
  /** What the runtime has for a connection. */
  readonly host?: object | null;
  /** Whether it was not closed. */
  isOpen(): boolean;
  /** The loop has closed, and tells no protocol anything any more: closes the socket. */
  abandon(): void;
}

/**
 * A loop on a runtime. It owns what is open: all of it ends when the loop closes. The abstract methods are those of `EventLoop` that
 * streams and subprocesses are made by, so that a class which overrides them is heard.
 *
 * @category Running
 */
export abstract class HostLoop extends BaseEventLoop {
  /** The runtime, as the loop sees it. */
  readonly adapter: Adapter;
  /** @ignore The callbacks of `addSignalHandler()`. */
  readonly signalHandlers: SignalHandlers;
  /** @ignore What SIGINT and SIGTERM do while they belong to servers; null before the first of these. */
  drainSignals: DrainSignals | null = null;
  /** @ignore The sockets that are open: connections, listeners, datagram sockets. */
  readonly openSockets: Set<OpenSocket> = new Set();
  /** @ignore Which of them have descriptors that were opened elsewhere; those that are closed may be among them. Null for none. */
  descriptorOwners: Map<number, WeakRef<OpenSocket>> | null = null;
  /** @ignore Called when the loop closes, by processes that run and servers that listen: each ends what it stands for. */
  readonly onClose: Set<() => void> = new Set();
  /** @ignore The default executor, or threads in its place; null before the first call in it. */
  defaultExecutor: Pick<Executor, "shutdown"> | { shutdown(): Promise<void> } | null = null;
  /** @ignore Whether a call was made in the default executor, or one was set: there is something to shut down. */
  usesDefaultExecutor = false;
  /** @ignore Whether the default executor was shut down, and takes no call any more. */
  defaultExecutorIsShutDown = false;
  #slowCancelDuration: number;
  /** Hears of cancels and looks for tasks that go on after one; null before the first look, with which it is loaded. */
  #slowCancels: { start(task: Task<unknown>): void } | null = null;
  #looksForCancels = false;
  /** @ignore What the runtime does with sockets; null before that is loaded. */
  hostNet: NetAdapter | null = null;
  /** @ignore The same with processes. */
  hostProcesses: ProcessAdapter | null = null;

  /**
   * Makes a loop.
   *
   * @throws {TypeError} if an option is unknown, `adapter` is not an adapter, `logger` is not a logger, or `debug` is neither a boolean nor `"stacks"`
   * @throws {NotSupportedError} if the runtime is too old, such as Node 22
   */
  constructor(options: EventLoopOptions = {}) {
    checkRuntime("make an event loop");
    checkOptions(options, "new EventLoop", NAMES);
    const adapter = options.adapter ?? defaultAdapter();
    if (typeof adapter.hop !== "function") {
      throw new TypeError(`Cannot make an event loop on ${describeKind(adapter)}: give an adapter, or none.`);
    }
    const { debug = asksForDebug(adapter), asyncLocalStorage, logger } = options;
    if (logger !== undefined && !(typeof logger?.warn === "function" && typeof logger.error === "function")) {
      throw new TypeError(
        `Cannot make an event loop with ${describeKind(logger)} as logger: it has no warn() and error().`,
      );
    }
    super({ adapter, debug: isDebug(debug), asyncLocalStorage, logger });
    this.adapter = adapter;
    this.signalHandlers = new SignalHandlers(this, adapter);
    register();
    this.#slowCancelDuration = debug ? 1_000 : 5_000;
    // The time of a simulated host would go on for it.
    if (adapter.parked === undefined) this.#hearCancels();
    if (debug) this.#beginDebug();
  }

  /**
   * A cancelled task that has not ended after so many milliseconds is reported: it has caught the cancel, or waits for what cannot be cancelled.
   * 5,000 by default, in debug mode a second; `Infinity` for never.
   *
   * @throws {TypeError} if it is set to what is not a number
   * @throws {RangeError} if it is set to NaN or less than 0
   */
  get slowCancelDuration(): number {
    return this.#slowCancelDuration;
  }

  set slowCancelDuration(duration: number) {
    this.#slowCancelDuration = checkDuration(duration, "slowCancelDuration");
  }

  /**
   * Switches debug mode; `"stacks"` as in the option. What was made before is not known to it.
   *
   * @throws {TypeError} if it is neither a boolean nor `"stacks"`
   */
  override setDebug(enabled: boolean | "stacks"): void {
    super.setDebug(isDebug(enabled));
    if (enabled) this.#beginDebug();
    else debugMode.loaded?.endDebug(this);
  }

  #hearCancels(): void {
    hearCancels(this, (task) => {
      if (this.#slowCancels !== null) this.#slowCancels.start(task);
      else if (!this.#looksForCancels) this.#lookForSlowCancels();
      if (this.getDebug()) debugMode.loaded?.noteCancel(task);
    });
  }

  #lookForSlowCancels(): void {
    if (this.#slowCancelDuration === Infinity || this.isClosed()) return;
    this.#looksForCancels = true;
    const _run = (): void => {
      debugMode.loading().then((loaded) => this.#slowCancels = loaded.lookForSlowCancels(this)).catch((
        exception: unknown,
      ) => this.callExceptionHandler({ message: "Cannot tell which tasks go on after a cancel", exception }));
    };
    const look = { _when: 0, _order: -1, _owner: null, _isCancelled: () => false, _run };
    scheduleAt(this, look, this.time() + this.slowCancelDuration / LOOKS_BEFORE_REPORT);
  }

  #beginDebug(): void {
    if (this.isClosed()) return;
    if (debugMode.loaded !== null) return debugMode.loaded.beginDebug(this);
    if (debugging.hooks === null) (debugging.early ??= []).push([this, new Error()]);
    // Whoever waits for it hears of a failure, as does the next who needs it.
    this.debugReady()?.catch(() => {});
  }

  /** @ignore Loads debug mode, before the first step of a program; null if it is loaded, or off. */
  debugReady(): Promise<void> | null {
    if (!this.getDebug() || debugMode.loaded !== null) return null;
    return debugMode.loading().then((loaded) => {
      if (this.getDebug() && !this.isClosed()) loaded.beginDebug(this);
    });
  }

  /** @ignore The main of a program has ended well, and what is left will be cancelled: debug mode reports that. */
  mainHasEnded(): void {
    if (this.getDebug()) debugMode.loaded?.mainHasEnded(this);
  }

  /**
   * Runs until {@linkcode EventLoop.stop} is called.
   *
   * @throws {RuntimeError} if the loop is closed or running, or another loop runs the caller
   */
  override runForever(): Promise<void> {
    return this.debugReady()?.then(() => this.#runWatched()) ?? this.#runWatched();
  }

  #runWatched(): Promise<void> {
    const wasRunning = this.isRunning();
    const running = super.runForever();
    if (this.adapter.idle !== undefined && !wasRunning && this.isRunning()) {
      const unwatch = watchForDeadlocks(this);
      running.then(unwatch, unwatch);
    }
    return running;
  }

  /** See `EventLoop`. */
  abstract createConnection<P extends StreamProtocol>(
    factory: () => P,
    host: string | null,
    port: number,
    options?: CreateConnectionOptions,
  ): LazyAwaitable<[Transport, P]>;

  /** See `EventLoop`. */
  abstract createUnixConnection<P extends StreamProtocol>(
    factory: () => P,
    path: string,
    options?: CreateUnixConnectionOptions,
  ): LazyAwaitable<[Transport, P]>;

  /** See `EventLoop`. */
  abstract createServer(
    factory: () => StreamProtocol,
    host: string | null | readonly (string | null)[],
    port: number,
    options?: CreateServerOptions,
  ): LazyAwaitable<Server>;

  /** See `EventLoop`. */
  abstract createUnixServer(
    factory: () => StreamProtocol,
    path: string,
    options?: CreateUnixServerOptions,
  ): LazyAwaitable<Server>;

  /** See `EventLoop`. */
  abstract subprocessExec<P extends SubprocessProtocol>(
    factory: () => P,
    program: string | URL,
    args?: readonly string[],
    options?: SubprocessOptions,
  ): LazyAwaitable<[SubprocessTransport, P]>;

  /** See `EventLoop`. */
  abstract subprocessShell<P extends SubprocessProtocol>(
    factory: () => P,
    command: string,
    options?: SubprocessOptions,
  ): LazyAwaitable<[SubprocessTransport, P]>;

  /** See `EventLoop`. */
  abstract startTls(
    transport: Transport,
    protocol: StreamProtocol,
    ssl: TlsOptions | true,
    options?: StartTlsOptions,
  ): LazyAwaitable<Transport>;

  /**
   * Calls back, on the loop, whenever the process gets a signal such as `"SIGTERM"`, in place of what would happen otherwise.
   * Replaces an earlier handler of that signal. All calls run in one context, a copy of that of here.
   *
   * Use SIGUSR2 and not SIGUSR1: at that one Deno opens the inspector of V8 even if there is a handler, and Node if there is none.
   *
   * @param signal its name: the numbers are not the same on all systems
   * @throws {TypeError} if the signal is not a name, or the callback not a plain function
   * @throws {RangeError} if there is no such signal
   * @throws {RuntimeError} if the loop is closed, or the signal cannot be caught
   * @throws {NotSupportedError} if the runtime has no signals, or this is a worker: they come to the main thread
   */
  addSignalHandler<A extends unknown[]>(signal: string, callback: (...args: A) => unknown, ...args: A): void {
    checkClosed(this);
    this.signalHandlers.add(signal, callback, args);
  }

  /**
   * Puts back what would happen without a handler; returns whether there was one.
   *
   * @throws {TypeError} if the signal is not a name
   * @throws {RangeError} if there is no such signal
   */
  removeSignalHandler(signal: string): boolean {
    return this.signalHandlers.remove(signal);
  }

  /**
   * Closes the loop for good: what is queued is dropped, signal handlers are removed, servers end, processes are killed, and the default
   * executor is shut down without waiting for its calls. Closing twice is harmless.
   *
   * @throws {RuntimeError} if the loop is running
   */
  override close(): void {
    if (this.getDebug() && !this.isRunning() && !this.isClosed()) debugMode.loaded?.loopCloses(this);
    super.close();
    this.defaultExecutorIsShutDown = true;
    this.defaultExecutor?.shutdown().then(undefined, () => {});
    this.signalHandlers.clear();
    this.endWhatIsOpen();
  }

  /** @ignore What is slow once, since a part of the module was loaded meanwhile. */
  override mayBeSlow(took: number): boolean {
    // Another clock says nothing of how long ago that was.
    const isTimed = this.adapter.now === defaultAdapter().now;
    return hasLoadedWithin(isTimed ? took : 0);
  }

  /** @ignore Has a socket end with the loop; at once, if that has closed while the socket was made. */
  holdSocket(socket: OpenSocket): void {
    if (this.isClosed()) return socket.abandon();
    this.noteOpen(socket);
    this.openSockets.add(socket);
  }

  /** @ignore In debug mode, keeps where something was made that is to be closed. */
  noteOpen(open: object): void {
    if (this.getDebug()) noteMade(open);
  }

  /** @ignore In debug mode, says that something was left open when the loop closed. */
  wasLeft(open: object, advice: string): void {
    if (!this.getDebug()) return;
    this.logger.warn(`${open} was not closed before its loop. ${advice}${debugMode.loaded?.madeAt(open) ?? ""}`);
  }

  /** @ignore Ends sockets, processes and servers, which would outlive the loop. */
  endWhatIsOpen(): void {
    for (const socket of this.openSockets) {
      if (socket.isOpen()) this.wasLeft(socket, "Call close(), or let await using do it.");
      socket.abandon();
    }
    this.openSockets.clear();
    for (const end of this.onClose) end();
    this.onClose.clear();
  }
}

/**
 * A part of the adapter that runtimes may lack.
 *
 * @throws {NotSupportedError} if this one does
 */
export function requireCapability<T>(
  capability: T | undefined,
  what: string,
  adapter: Adapter,
  advice = "Run the loop on Deno, Bun or Node, or give it another adapter.",
): T {
  if (capability !== undefined) return capability;
  throw new NotSupportedError(`Cannot ${what} on "${adapter.name}": this adapter does not offer it. ${advice}`);
}

/**
 * The loop as one on a runtime.
 *
 * @throws {RuntimeError} if it is a bare {@linkcode BaseEventLoop}, which has no sockets, processes or threads
 */
export function requireHostLoop(loop: BaseEventLoop, what: string): HostLoop {
  if (loop instanceof HostLoop) return loop;
  throw new RuntimeError(
    `Cannot ${what} on ${loop}: it is not an EventLoop. Make the loop with new EventLoop({ adapter }).`,
  );
}
