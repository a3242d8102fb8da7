/**
 * A listening HTTP server of the loop.
 *
 * @module
 */
import type { HttpAddress, HttpListener } from "../adapters/adapter.ts";
import { formatAddress } from "../adapters/shared/errors.ts";
import { snapshotVars, type Vars } from "../core/context.ts";
import { coroutine } from "../core/coroutine.ts";
import { RuntimeError } from "../core/errors.ts";
import type { Future } from "../core/future.ts";
import type { TimerHandle } from "../core/handle.ts";
import { isGeneratorFunction } from "../core/kinds.ts";
import { rememberName } from "../core/repr.ts";
import type { Coroutine, LazyAwaitable } from "../core/suspend.ts";
import type { EventLoop } from "../loop/event_loop.ts";
import { BackgroundGroup } from "./background.ts";
import { DrainSignals } from "./drain_signals.ts";
import type { RequestTask, ServeHandler } from "./request_task.ts";

/** Milliseconds for the answers of cancelled requests to reach their clients before the connections are cut. */
const LAST_WORDS = 100;

/**
 * An HTTP server that listens. Made by {@linkcode serve}.
 *
 * @example Close it when the block ends
 * ```ts
 * import { run, serve } from "@loop/asyncio";
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
  /** @internal */
  readonly _loop: EventLoop;
  /** @internal */
  readonly _handler: ServeHandler;
  /** @internal */
  readonly _steps: boolean;
  /** @internal */
  readonly _vars: Vars = snapshotVars();
  /** @internal */
  readonly _parked: Set<RequestTask> = new Set();
  /** @internal */
  readonly _background: BackgroundGroup = new BackgroundGroup();
  /** @internal */
  _listener: HttpListener | null = null;
  readonly #gracePeriod: number;
  readonly #signals: DrainSignals | null;
  readonly #waiters = new Set<() => void>();
  #closing = false;
  #closed = false;
  #cut = false;
  #foreverWaited = false;
  #timer: TimerHandle | null = null;

  /** @internal Made before it listens: the first request may come before the news of that. */
  constructor(loop: EventLoop, handler: ServeHandler, gracePeriod: number, signals: boolean) {
    this._loop = loop;
    this._handler = handler;
    this._steps = isGeneratorFunction(handler);
    if (this._steps) rememberName(handler.prototype as object, handler.name);
    this.#gracePeriod = gracePeriod;
    this.#signals = signals ? DrainSignals.of(loop) : null;
  }

  /** Where it listens, with the port that was really taken. */
  get addr(): HttpAddress {
    return (this._listener as HttpListener).addr;
  }

  /** Where clients find it, such as `"http://127.0.0.1:8000"`, without a slash at the end. */
  get url(): string {
    const { addr } = this;
    return `http://${addr.transport === "tcp" ? formatAddress(addr) : "localhost"}`;
  }

  /** The loop that it belongs to. */
  getLoop(): EventLoop {
    return this._loop;
  }

  /** Whether it accepts requests: until {@linkcode HttpServer.close}. */
  isServing(): boolean {
    return !this.#closing;
  }

  /**
   * Begins to close: nothing is accepted any more, and requests that are being handled get the grace period to end. Those that do
   * not are cancelled, their clients get a 503, and the loop's exception handler is told. Closing twice is harmless.
   */
  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    (this._listener as HttpListener).close().then(
      () => this.#hostClosed(),
      (error: unknown) => this.#hostFailed(error),
    );
    this.#timer = this._loop.callLater(this.#gracePeriod, () => this.#graceOver());
  }

  /** Waits until it has closed: until no request is left after {@linkcode HttpServer.close}. */
  waitClosed(): LazyAwaitable<void> {
    return waitClosed(this);
  }

  /**
   * Waits until the server has closed. Cancelled, it closes the server, waits for that, and lets the cancellation pass.
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
    const state = this.#closed ? "closed" : this.#closing ? "closing" : "serving";
    return `<HttpServer ${state}${this._listener === null ? "" : ` ${this.url}`}>`;
  }

  /** @internal */
  _listens(): void {
    // The loop keeps the process alive while it runs, and nothing answers when it does not.
    (this._listener as HttpListener).unref();
    this._loop._attached.add(this.#abort);
    this.#signals?.add(this);
  }

  /** @internal */
  _answered(): void {
    if (this.#cut && this._parked.size === 0) this.#cutSoon();
  }

  /** @internal Calls back once it has closed; gives what takes that back. */
  _whenClosed(callback: () => void): () => void {
    if (this.#closed) callback();
    else this.#waiters.add(callback);
    return () => this.#waiters.delete(callback);
  }

  /** @internal Only one may wait for ever. */
  _enterForever(): void {
    if (this.#closing) throw new RuntimeError(`Cannot serve by ${this}: it was closed. Call serve() again.`);
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

  #graceOver(): void {
    this.#cut = true;
    this.#timer = null;
    const tasks = [...this._parked];
    if (tasks.length === 0) {
      this.#cutSoon();
      return;
    }
    for (const task of tasks) task.cancel("server closed");
    const names = tasks.slice(0, 10).map((task) => task.getName()).join(", ");
    this._loop.callExceptionHandler({
      message:
        `${this} cancelled ${tasks.length} request(s) that were not done after the grace period of ${this.#gracePeriod} ms: ` +
        `${names}${tasks.length > 10 ? ", …" : ""}`,
      tasks,
    });
  }

  #cutSoon(): void {
    this.#timer ??= this._loop.callLater(LAST_WORDS, () => this._listener?.abort());
  }

  #hostClosed(): void {
    const echo = this.#signals?.echo() ?? 0;
    if (echo > 0 && !this._loop.isClosed()) this._loop.callLater(echo, () => this.#finish());
    else this.#finish();
  }

  #hostFailed(exception: unknown): void {
    this._loop.callExceptionHandler({ message: `${this} could not close as it should`, exception });
    this.#hostClosed();
  }

  #finish(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#timer = null;
    this.#signals?.remove(this);
    this._loop._attached.delete(this.#abort);
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const waiter of waiters) waiter();
  }

  /** The loop has closed. In this order, since not every host can cut what it has begun to close. */
  readonly #abort = (): void => {
    const listener = this._listener as HttpListener;
    listener.abort();
    if (!this.#closing) listener.close().catch(() => {});
    this.#closing = true;
    this.#finish();
  };
}

const waitClosed = coroutine(function* waitClosed(server: HttpServer): Coroutine<void> {
  // A future for each who waits: one that is cancelled must not end the wait of the others.
  const closed: Future<void> = server._loop.createFuture<void>();
  const forget = server._whenClosed(() => closed.setResult());
  try {
    yield* closed;
  } finally {
    forget();
  }
});

const serveForever = coroutine(function* serveForever(server: HttpServer): Coroutine<void> {
  server._enterForever();
  try {
    yield* waitClosed(server);
  } catch (error) {
    server.close();
    yield* waitClosed(server);
    throw error;
  } finally {
    server._leaveForever();
  }
});
