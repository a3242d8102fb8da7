/**
 * A listening HTTP server of the loop.
 *
 * @module
 */
import type { HttpAddress, HttpListener } from "../adapters/adapter.ts";
import { noted } from "../core/current.ts";
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import { snapshotVars } from "../core/context.ts";
import type { Vars } from "../core/contract.ts";
import { coroutine } from "../core/coroutine.ts";
import { RuntimeError } from "../core/errors.ts";
import { inNextHostTask } from "../core/lazy_internal.ts";
import { NodeList } from "../core/lists.ts";
import { rememberName } from "../core/repr.ts";
import { type Coroutine, isGeneratorFunction, type LazyAwaitable } from "../core/suspend.ts";
import { DrainSignals } from "../loop/drain_signals.ts";
import type { HostLoop } from "../loop/host_loop.ts";
import type { EndSignal } from "../loop/signals.ts";
import { Event, whenSet } from "../sync/event.ts";
import { BackgroundGroup } from "./background.ts";
import { Closing } from "./closing.ts";
import type { ServeHandler } from "./handle_request.ts";
import type { HandledRequest } from "./handled_request.ts";
import type { RequestOutcome } from "./outcome.ts";
import { ConcurrencyLimit, Deadlines } from "./request_limits.ts";
import type { Settings } from "./serve_options.ts";
import { HttpServer } from "./server.ts";

/** The end of a server, which says whose it is to whoever asks what is waited for. */
class End extends Event {
  readonly #server: HttpServer;

  constructor(server: HttpServer) {
    super();
    this.#server = server;
  }

  override toString(): string {
    return `end of ${this.#server}`;
  }
}

/** A server with all that its requests, its end and its tasks ask of it. */
export class RunningServer extends HttpServer {
  readonly draining: Event = new Event();
  /** Set once it has closed. */
  readonly ended: Event = new End(this);
  /** The loop that it belongs to. */
  readonly loop: HostLoop;
  /** What answers its requests. */
  readonly handler: ServeHandler;
  /** Whether the handler is a generator function: its coroutine is the task's own then. */
  readonly isGenerator: boolean;
  /** The context variables that handlers start with. */
  readonly vars: Vars = snapshotVars();
  /** The requests whose handler has parked, and those of which something still runs. */
  readonly #inFlight: NodeList<HandledRequest> = new NodeList();
  /** What its requests have handed to `background()`. */
  readonly background: BackgroundGroup = new BackgroundGroup();
  /** How many requests are handled at once, if that is limited. */
  readonly limit: ConcurrencyLimit | null;
  /** Answers what a handler has thrown, if the program does that itself. */
  readonly onError: Settings["onError"];
  /** Who is told how requests end. */
  readonly onOutcome: ((outcome: RequestOutcome) => void) | null;
  /** Whether a request may have to wait, or its end is told. */
  readonly isTracked: boolean;
  /** Whether responses are looked at before they go to the host. */
  readonly isStrict: boolean;
  /** Null for the moment between listening and the news of it. */
  listener: HttpListener | null = null;
  readonly #deadlines: Deadlines | null;
  readonly #scheme: string;
  readonly #signals: readonly EndSignal[];
  readonly #signal: AbortSignal | undefined;
  readonly #closing: Closing;
  /** The first of those in flight that have parked since the host had its last turn. What came after it has done so, too. */
  #fresh: HandledRequest | null = null;
  /** Those that had parked before, and whose clients are of interest since. */
  #again: HandledRequest[] = [];
  /** Whether the next turn of the host is waited for. */
  #isHopping = false;
  /** Removes the file of a Unix socket. */
  #clean: () => void = () => {};
  #isClosing = false;
  #foreverWaited = false;

  /** Made before it listens: the first request may come before the news of that. */
  constructor(loop: HostLoop, handler: ServeHandler, settings: Settings) {
    const { gracePeriod, signals, signal, requestTimeout, maxConcurrency, maxWaiting, onError, onOutcome, tls } =
      settings;
    super();
    this.loop = loop;
    this.handler = handler;
    this.isGenerator = isGeneratorFunction(handler);
    if (this.isGenerator) rememberName(handler.prototype as object, handler.name);
    this.limit = maxConcurrency === null ? null : new ConcurrencyLimit(maxConcurrency, maxWaiting ?? Infinity);
    this.onOutcome = onOutcome ?? null;
    this.isTracked = this.limit !== null || this.onOutcome !== null;
    this.isStrict = this.isTracked || onError !== undefined;
    this.#deadlines = requestTimeout === null ? null : new Deadlines(loop, requestTimeout);
    this.onError = onError;
    this.#scheme = tls === undefined ? "http" : "https";
    this.#signals = signals;
    this.#signal = signal;
    this.#closing = new Closing(this, gracePeriod ?? Infinity, () => this.#finish());
    this.background.onEmpty = () => this.checkClosing();
  }

  get addr(): HttpAddress {
    return (this.listener as HttpListener).addr;
  }

  get port(): number {
    const { addr } = this;
    if (addr.transport === "tcp") return addr.port;
    throw new RuntimeError(`Cannot tell the port of ${this}: it listens on a Unix socket, ${addr.path}.`);
  }

  get url(): string {
    const { addr } = this;
    if (addr.transport !== "tcp") return `${this.#scheme}://localhost`;
    const { hostname, port } = addr;
    return `${this.#scheme}://${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
  }

  get pending(): number {
    return Math.max(this.#inFlight.size, this.listener?.pending ?? 0);
  }

  get closed(): LazyAwaitable<void> {
    return noted(waitClosed(this), "waitClosed()");
  }

  getLoop(): BaseEventLoop {
    return this.loop;
  }

  isServing(): boolean {
    return !this.#isClosing;
  }

  close(): void {
    this.#close(false);
  }

  abort(): void {
    if (this.ended.isSet()) return;
    if (this.#isClosing) this.#closing.hurry();
    else this.#close(true);
  }

  waitClosed(): LazyAwaitable<void> {
    return noted(waitClosed(this), "waitClosed()");
  }

  serveForever(): LazyAwaitable<void> {
    return noted(serveForever(this), "serveForever()");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    // Whoever calls this may be on no loop.
    if (!this.ended.isSet()) await new Promise<void>((resolve) => whenSet(this.ended, resolve));
  }

  toString(): string {
    const state = this.ended.isSet() ? "closed" : this.#isClosing ? "closing" : "serving";
    return `<HttpServer ${state}${this.listener === null ? "" : ` ${this.url}`}>`;
  }

  /** It listens from now on. Takes what removes the file of its Unix socket. */
  listens(clean: (() => void) | null): void {
    if (clean !== null) this.#clean = clean;
    // The loop keeps the process alive while it runs, and nothing answers when it does not.
    (this.listener as HttpListener).unref();
    this.loop.onClose.add(this.#loopClosed);
    this.loop.noteOpen(this);
    if (this.#signals.length > 0) DrainSignals.of(this.loop).add(this, this.#signals);
    if (this.#signal?.aborted) this.close();
    else this.#signal?.addEventListener("abort", this.#aborted, { once: true });
  }

  /**
   * A request is in flight from now on. Its client is watched once the host has had a turn. Of most hosts no client can be seen leaving
   * before, most handlers that park are done by then, and to watch is dear.
   */
  enters(request: HandledRequest): void {
    this.#inFlight.push(request);
    this.#fresh ??= request;
    this.#hop();
    if (this.listener?.mayLeaveUnseen?.(request.request)) queueMicrotask(() => request.watch());
    if (this.#deadlines !== null) this.#deadlines.add(request);
  }

  /** Nothing of a request is left. */
  leaves(request: HandledRequest): void {
    if (this.#fresh === request) this.#fresh = request.after;
    this.#inFlight.remove(request);
    if (this.#deadlines !== null) this.#deadlines.remove(request);
    if (this.#isClosing) this.checkClosing();
  }

  /** Watches the client of a request that is in flight, in the same way. */
  watchSoon(request: HandledRequest): void {
    this.#again.push(request);
    this.#hop();
  }

  /** The requests that are in flight, those that came first in front. */
  requests(): HandledRequest[] {
    const requests: HandledRequest[] = [];
    for (let request = this.#inFlight.first(); request !== null; request = request.after) requests.push(request);
    return requests;
  }

  /** Whether nothing of it runs. */
  isIdle(): boolean {
    return this.#inFlight.size === 0 && this.background.size === 0;
  }

  /** Whether it has cut its connections. */
  isCut(): boolean {
    return this.#closing.isCut;
  }

  /** Something has ended that a server which closes waits for. */
  checkClosing(): void {
    if (this.#isClosing && !this.ended.isSet()) this.#closing.check();
  }

  /** Only one may wait for ever. */
  enterForever(): void {
    if (this.#isClosing) throw new RuntimeError(`Cannot serve by ${this}: it was closed. Call serve() again.`);
    if (this.#foreverWaited) {
      throw new RuntimeError(
        `Cannot wait for ${this} twice: serveForever() is being awaited already. Use waitClosed().`,
      );
    }
    this.#foreverWaited = true;
  }

  /** The wait of `serveForever()` is over. */
  leaveForever(): void {
    this.#foreverWaited = false;
  }

  #close(now: boolean): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    // Before the socket is closed: as long as it is open, its file can be told from that of another.
    this.#clean();
    this.draining.set();
    this.#closing.begin(now);
  }

  #finish(): void {
    this.#deadlines?.stop();
    this.loop.drainSignals?.remove(this);
    this.#signal?.removeEventListener("abort", this.#aborted);
    this.loop.onClose.delete(this.#loopClosed);
    this.ended.set();
  }

  #hop(): void {
    if (this.#isHopping) return;
    this.#isHopping = true;
    inNextHostTask(this.loop, this.#watch);
  }

  readonly #watch = (): void => {
    this.#isHopping = false;
    let request = this.#fresh;
    this.#fresh = null;
    while (request !== null) {
      // It may be over then.
      const next: HandledRequest | null = request.after;
      request.watch();
      request = next;
    }
    if (this.#again.length === 0) return;
    const again = this.#again;
    this.#again = [];
    for (const request of again) request.watch();
  };

  readonly #aborted = (): void => this.close();

  readonly #loopClosed = (): void => {
    this.loop.wasLeft(this, "Await serveForever() or waitClosed(), or let await using close it.");
    const listener = this.listener as HttpListener;
    this.#clean();
    listener.abort();
    if (!this.#isClosing) listener.close().catch(() => {});
    this.#isClosing = true;
    this.#closing.end();
  };
}

/** `server.waitClosed()`. */
const waitClosed: (server: RunningServer) => LazyAwaitable<void> = /* @__PURE__ */ coroutine(
  function* waitClosed(server: RunningServer): Coroutine<void> {
    yield* server.ended.wait();
  },
);

/** `server.serveForever()`. */
const serveForever: (server: RunningServer) => LazyAwaitable<void> = /* @__PURE__ */ coroutine(
  function* serveForever(server: RunningServer): Coroutine<void> {
    server.enterForever();
    try {
      yield* waitClosed(server);
    } catch (error) {
      server.close();
      yield* waitClosed(server);
      throw error;
    } finally {
      server.leaveForever();
    }
  },
);
