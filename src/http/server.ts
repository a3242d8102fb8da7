/**
 * A listening HTTP server of the loop.
 *
 * @module
 */
import type { Vars } from "../core/contract.ts";
import type { HttpAddress, HttpListener } from "../adapters/adapter.ts";
import { formatAddress } from "../adapters/shared/errors.ts";
import { snapshotVars } from "../core/context.ts";
import { RuntimeError } from "../core/errors.ts";
import { isGeneratorFunction } from "../core/kinds.ts";
import { rememberName } from "../core/repr.ts";
import { LinkedList } from "../core/linked_list.ts";
import type { LazyAwaitable } from "../core/suspend.ts";
import type { HostLoop } from "../loop/host_loop.ts";
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import { Event } from "../sync/event.ts";
import type { ServeHandler } from "./answer.ts";
import { unavailable } from "./answers.ts";
import { BackgroundGroup } from "./background.ts";
import { Closing } from "./closing.ts";
import { ConcurrencyLimit } from "./concurrency_limit.ts";
import { Deadlines } from "./deadlines.ts";
import { DrainSignals } from "../loop/drain_signals.ts";
import { malformed } from "./http_error.ts";
import type { RequestOutcome } from "./outcome.ts";
import { nameOf } from "./named_by_request.ts";
import type { RequestTask } from "./request_task.ts";
import { bodyFault, headerFault } from "./response_fault.ts";
import type { Settings } from "./serve_options.ts";
import { serveForever, waitClosed } from "./server_waits.ts";

/**
 * An HTTP server that listens. Made by {@linkcode serve}.
 *
 * @example Close it when the block ends
 * ```ts
 * import { run } from "@loop/asyncio";
 * import { serve } from "@loop/asyncio/http";
 * import { assertEquals } from "@std/assert";
 *
 * await run(async () => {
 *   await using server = await serve(() => new Response("hello"), { port: 0 });
 *   const response = await fetch(server.url);
 *   assertEquals(await response.text(), "hello");
 * });
 * ```
 */
export class HttpServer {
  /**
   * Set when the server begins to close: long-lived handlers, such as those of event streams, wait for it and end by themselves.
   *
   * @example A stream of ticks that ends with its server
   * ```ts
   * import { run, wait, createTask, FIRST_COMPLETED, sleep } from "@loop/asyncio";
   * import { serve } from "@loop/asyncio/http";
   * import { assertEquals } from "@std/assert";
   *
   * await run(async () => {
   *   const server = await serve(function* () {
   *     const draining = createTask(server.draining.wait());
   *     yield* wait([draining, createTask(sleep(60_000))], { returnWhen: FIRST_COMPLETED });
   *     return new Response("the server closes");
   *   }, { port: 0 });
   *   const answer = fetch(server.url).then((response) => response.text());
   *   while (server.pending === 0) await sleep(1);
   *   server.close();
   *   assertEquals(await answer, "the server closes");
   *   await server.closed;
   * });
   * ```
   */
  readonly draining: Event = new Event();
  /** @internal */
  readonly _loop: HostLoop;
  /** @internal */
  readonly _handler: ServeHandler;
  /** @internal Whether the handler is a generator function: its coroutine is the task's own then. */
  readonly _steps: boolean;
  /** @internal The context variables that handlers start with. */
  readonly _vars: Vars = snapshotVars();
  /** @internal The requests whose handler has parked, and those of which something still runs. */
  readonly _inFlight: LinkedList<RequestTask> = new LinkedList();
  /** @internal */
  readonly _background: BackgroundGroup = new BackgroundGroup();
  /** @internal */
  readonly _limit: ConcurrencyLimit | null;
  /** @internal */
  readonly _onOutcome: ((outcome: RequestOutcome) => void) | null;
  /** @internal Whether a request may have to wait, or its end is told. */
  readonly _watched: boolean;
  /** @internal Whether responses are looked at before they go to the host. */
  readonly _strict: boolean;
  /** @internal Null for the moment between listening and the news of it. */
  _listener: HttpListener | null = null;
  readonly #deadlines: Deadlines | null;
  readonly #onError: Settings["onError"];
  readonly #secure: boolean;
  readonly #signals: DrainSignals | null;
  readonly #signal: AbortSignal | undefined;
  readonly #closing: Closing;
  readonly #waiters = new Set<() => void>();
  /** The requests that have parked since the host had its last turn. */
  #fresh: RequestTask[] = [];
  /** Removes the file of a Unix socket. */
  #clean: () => void = () => {};
  #isClosing = false;
  #isClosed = false;
  #foreverWaited = false;

  /** @internal Made before it listens: the first request may come before the news of that. */
  constructor(loop: HostLoop, handler: ServeHandler, settings: Settings) {
    const { gracePeriod, signals, signal, requestTimeout, maxConcurrency, maxWaiting, onError, onOutcome, tls } =
      settings;
    this._loop = loop;
    this._handler = handler;
    this._steps = isGeneratorFunction(handler);
    if (this._steps) rememberName(handler.prototype as object, handler.name);
    this._limit = maxConcurrency === null ? null : new ConcurrencyLimit(maxConcurrency, maxWaiting ?? Infinity);
    this._onOutcome = onOutcome ?? null;
    this._watched = this._limit !== null || this._onOutcome !== null;
    this._strict = this._watched || onError !== undefined;
    this.#deadlines = requestTimeout === null ? null : new Deadlines(loop, requestTimeout);
    this.#onError = onError;
    this.#secure = tls !== undefined;
    this.#signals = signals ? DrainSignals.of(loop) : null;
    this.#signal = signal;
    this.#closing = new Closing(this, gracePeriod ?? Infinity, () => this.#finish());
    this._background._onEmpty = () => this._checkClosing();
  }

  /** Where it listens, with the port that was really taken. */
  get addr(): HttpAddress {
    return (this._listener as HttpListener).addr;
  }

  /**
   * The port that it listens on.
   *
   * @throws {RuntimeError} if it listens on a Unix socket
   */
  get port(): number {
    const { addr } = this;
    if (addr.transport === "tcp") return addr.port;
    throw new RuntimeError(`Cannot tell the port of ${this}: it listens on a Unix socket, ${addr.path}.`);
  }

  /** Where clients find it, such as `"http://127.0.0.1:8000"`, without a slash at the end. */
  get url(): string {
    const { addr } = this;
    return `http${this.#secure ? "s" : ""}://${addr.transport === "tcp" ? formatAddress(addr) : "localhost"}`;
  }

  /**
   * How many requests are in flight: those that wait or whose handler has parked, and those whose body is being sent or whose tasks
   * still clean up.
   */
  get pending(): number {
    return Math.max(this._inFlight.size, this._listener?.pending ?? 0);
  }

  /** Waits until it has closed, as {@linkcode HttpServer.waitClosed} does: `yield* server.closed`, `await server.closed`. */
  get closed(): LazyAwaitable<void> {
    return waitClosed(this);
  }

  /** The loop that it belongs to. */
  getLoop(): BaseEventLoop {
    return this._loop;
  }

  /** Whether it accepts requests: until {@linkcode HttpServer.close}. */
  isServing(): boolean {
    return !this.#isClosing;
  }

  /**
   * Begins to close: nothing is accepted any more, {@linkcode HttpServer.draining} is set, and what runs gets the grace period to end:
   * the requests with all their tasks, and the background. What does not is cancelled, and its clients get a 503; when the grace
   * period has passed once more, what is left is cut. The loop's exception handler is told what was still running, as a tree of
   * tasks. Closing twice is harmless.
   */
  close(): void {
    this.#close(false);
  }

  /**
   * Closes at once: every connection is cut and every task of the server cancelled. Those that clean up for longer than the grace period
   * are not waited for. May follow {@linkcode HttpServer.close}.
   */
  abort(): void {
    if (this.#isClosed) return;
    if (this.#isClosing) this.#closing.hurry();
    else this.#close(true);
  }

  /** Waits until it has closed: until no request is left after {@linkcode HttpServer.close}. */
  waitClosed(): LazyAwaitable<void> {
    return waitClosed(this);
  }

  /**
   * Waits until the server has closed. Cancelled, it closes the server, waits for that, and lets the cancellation pass: in a task
   * group the server ends with the group.
   *
   * @throws {RuntimeError} if the server is closed, or somebody waits here already
   */
  serveForever(): LazyAwaitable<void> {
    return serveForever(this);
  }

  /** Closes and waits until it has closed; for `await using`, and for `use` in coroutines. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await new Promise<void>((resolve) => this._whenClosed(resolve));
  }

  /** Readable form. */
  toString(): string {
    const state = this.#isClosed ? "closed" : this.#isClosing ? "closing" : "serving";
    return `<HttpServer ${state}${this._listener === null ? "" : ` ${this.url}`}>`;
  }

  /** @internal */
  _listens(clean: (() => void) | null): void {
    if (clean !== null) this.#clean = clean;
    // The loop keeps the process alive while it runs, and nothing answers when it does not.
    (this._listener as HttpListener).unref();
    this._loop.onClose.add(this.#loopClosed);
    this.#signals?.add(this);
    if (this.#signal?.aborted) this.close();
    else this.#signal?.addEventListener("abort", this.#aborted, { once: true });
  }

  /** @internal A request is in flight from now on. */
  _enters(task: RequestTask): void {
    task._place = this._inFlight.add(task);
    this.#deadlines?.add(task);
  }

  /** @internal Nothing of a request is left. */
  _leaves(task: RequestTask): void {
    if (task._place !== null) this._inFlight.remove(task._place);
    task._place = null;
    this.#deadlines?.remove(task);
    if (this.#isClosing) this._checkClosing();
  }

  /**
   * @internal Watches the client of a request once the host has had a turn. No client can be seen leaving before, most handlers
   * that park are done by then, and to watch is dear.
   */
  _watchSoon(task: RequestTask): void {
    if (this.#fresh.push(task) === 1) this._loop._adapter.hop(this.#watch);
  }

  /** @internal What the user makes of an error. */
  _answerError(error: unknown, request: Request): Response | undefined {
    if (this.#onError === undefined) return undefined;
    try {
      const response: unknown = this.#onError(error, request);
      if (response instanceof Response) {
        const named = { getName: () => nameOf(request) };
        const fault = headerFault(response, named, "onError gave") ?? bodyFault(response, named, "onError gave");
        if (fault === null) return response;
        throw fault;
      }
    } catch (exception) {
      this._loop.callExceptionHandler({ message: `onError of ${this} failed`, exception });
    }
    return undefined;
  }

  /** @internal A response of a handler could not be sent: one that was read before, for example. */
  _sendFailed(exception: unknown, request: Request | undefined): Response | undefined {
    // A body that is broken off without a reason is reported by who has done that.
    if (exception === undefined) return undefined;
    // What is sent may be the request's own body, which its client has broken off.
    const cut = request === undefined ? null : this._listener?.cutOffBy(exception, request) ?? null;
    if (cut !== null) return cut === "malformed" ? malformed(exception).getResponse() : unavailable();
    const response = request === undefined ? undefined : this._answerError(exception, request);
    if (response === undefined) {
      this._loop.callExceptionHandler({ message: `${this} could not send the response of a handler`, exception });
    }
    return response;
  }

  /** @internal Whether nothing of it runs. */
  _isIdle(): boolean {
    return this._inFlight.size === 0 && this._background.size === 0;
  }

  /** @internal Whether it has cut its connections. */
  _isCut(): boolean {
    return this.#closing.isCut;
  }

  /** @internal */
  _checkClosing(): void {
    if (this.#isClosing && !this.#isClosed) this.#closing.check();
  }

  /** @internal Calls back once it has closed; gives what takes that back. */
  _whenClosed(callback: () => void): () => void {
    if (this.#isClosed) callback();
    else this.#waiters.add(callback);
    return () => this.#waiters.delete(callback);
  }

  /** @internal Only one may wait for ever. */
  _enterForever(): void {
    if (this.#isClosing) throw new RuntimeError(`Cannot serve by ${this}: it was closed. Call serve() again.`);
    if (this.#foreverWaited) {
      throw new RuntimeError(
        `Cannot wait for ${this} twice: serveForever() is being awaited already. Use waitClosed().`,
      );
    }
    this.#foreverWaited = true;
  }

  /** @internal */
  _leaveForever(): void {
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
    this.#isClosed = true;
    this.#deadlines?.stop();
    this.#signals?.remove(this);
    this.#signal?.removeEventListener("abort", this.#aborted);
    this._loop.onClose.delete(this.#loopClosed);
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const waiter of waiters) waiter();
  }

  readonly #watch = (): void => {
    const fresh = this.#fresh;
    this.#fresh = [];
    for (const task of fresh) task._watch();
  };

  readonly #aborted = (): void => this.close();

  readonly #loopClosed = (): void => {
    const listener = this._listener as HttpListener;
    this.#clean();
    listener.abort();
    if (!this.#isClosing) listener.close().catch(() => {});
    this.#isClosing = true;
    this.#closing.end();
  };
}
