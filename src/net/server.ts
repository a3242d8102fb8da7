/**
 * A server: sockets that listen, and the connections that came by them.
 *
 * @module
 */
import type { HostListener, SocketAddress } from "../adapters/net.ts";
import { snapshotVars, type Vars } from "../core/context.ts";
import { coroutine } from "../core/coroutine.ts";
import { current } from "../core/current.ts";
import { isCancelled } from "../core/cancelled_error.ts";
import { RuntimeError } from "../core/errors.ts";
import type { Future } from "../core/future.ts";
import { runningLoop } from "../core/running.ts";
import type { Coroutine, LazyAwaitable } from "../core/suspend.ts";
import type { HostLoop } from "../loop/host_loop.ts";
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import { sleep } from "../tasks/sleep.ts";
import { formatAddress } from "./extra_info.ts";
import type { Transport } from "./transport.ts";

/** A socket that listens. */
export interface ListeningSocket {
  /** Where it listens, with the port that was really taken. */
  getsockname(): SocketAddress;
}

/**
 * A server that listens. Made by `loop.createServer()`, `startServer()` and their siblings for Unix sockets.
 *
 * @example Serve until the block ends
 * ```ts
 * import { openConnection, run, startServer, type StreamReader, type StreamWriter } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * await run(async () => {
 *   await using server = await startServer(async (reader: StreamReader, writer: StreamWriter) => {
 *     writer.write(await reader.readline());
 *     writer.close();
 *   }, "127.0.0.1", 0);
 *
 *   const [reader, writer] = await openConnection("127.0.0.1", server.port);
 *   writer.write(new TextEncoder().encode("hello\n"));
 *   assertEquals(new TextDecoder().decode(await reader.read()), "hello\n");
 *   writer.close();
 *   await writer.waitClosed();
 * });
 * ```
 */
export class Server {
  /** @internal */
  readonly _loop: HostLoop;
  /** @internal The context variables that connections start with. */
  readonly _vars: Vars = snapshotVars();
  readonly #clients = new Set<Transport>();
  readonly #waiters = new Set<() => void>();
  readonly #onClose: (() => void) | null;
  /** Null once it was closed. */
  #listeners: HostListener[] | null = [];
  #serving = false;
  /** Its addresses are not free yet. */
  #freeing = false;
  #closed = false;
  #forever: Future<void> | null = null;
  /** Connections that came before it served. */
  #early: Transport[] = [];
  /** @internal Gives a connection to a protocol. */
  _onConnection: (transport: Transport) => void = () => {};

  /** @internal */
  constructor(loop: HostLoop, onClose: (() => void) | null) {
    this._loop = loop;
    this.#onClose = onClose;
    loop.openSockets.add(this);
  }

  /** The sockets that listen; none once the server was closed. */
  get sockets(): readonly ListeningSocket[] {
    return (this.#listeners ?? []).map(({ address }) => ({ getsockname: () => address }));
  }

  /**
   * The port of the first socket.
   *
   * @throws {RuntimeError} if it has none: the server was closed, or listens on a Unix socket
   */
  get port(): number {
    const address = this.#listeners?.[0]?.address;
    if (address === undefined || address.family === "unix") {
      throw new RuntimeError(
        `Cannot tell the port of ${this}: it ${address ? "listens on a Unix socket" : "is closed"}.`,
      );
    }
    return address.port;
  }

  /** The loop that it belongs to. */
  getLoop(): BaseEventLoop {
    return this._loop;
  }

  /** Whether it takes connections. */
  isServing(): boolean {
    return this.#serving;
  }

  /** Stops listening, and cancels {@linkcode Server.serveForever}. Connections go on. A second call changes nothing. */
  close(): void {
    const listeners = this.#listeners;
    if (listeners === null) return;
    this.#listeners = null;
    this.#serving = false;
    // Before the socket is closed: as long as it is open, its file can be told from that of another.
    this.#onClose?.();
    const closings = listeners.map((listener) => listener.close()).filter((closing) => closing !== undefined);
    if (closings.length > 0) void this.#free(closings as Promise<void>[]);
    this.#refuseEarly();
    this.#forever?.cancel();
    this.#forever = null;
    this.#finishIfOver();
  }

  /** Closes every connection, each once what was written to it is sent. */
  closeClients(): void {
    for (const transport of [...this.#clients]) transport._ending.close();
  }

  /** Closes every connection at once. */
  abortClients(): void {
    for (const transport of [...this.#clients]) transport._ending.abort();
  }

  /** Takes connections, if it was made with `startServing: false`. A second call changes nothing. */
  startServing(): LazyAwaitable<void> {
    return startServing(this);
  }

  /**
   * Serves until it is cancelled, or {@linkcode Server.close} is called: both end it with a {@linkcode CancelledError}, after the server was
   * closed, its connections too, and all of them have ended. One whose other side does not read has not: {@linkcode Server.abortClients} ends
   * it, and a second cancel (the second Ctrl-C of a program) ends the wait.
   *
   * @throws {RuntimeError} when awaited, if the server was closed, or somebody awaits this already
   */
  serveForever(): LazyAwaitable<void> {
    return serveForever(this);
  }

  /** Waits until the server was closed, its addresses are free again, and its last connection has ended. */
  waitClosed(): LazyAwaitable<void> {
    return waitClosed(this);
  }

  /** Closes it and waits until the last connection has ended; for `await using`, and for `use` in coroutines. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    // In an async function that a task runs, cancelling the task ends the wait; use() sees to that by itself.
    if (current.loop === null && runningLoop() === this._loop) await this.waitClosed();
    else await new Promise<void>((resolve) => this._whenClosed(resolve));
  }

  /** Readable form. */
  toString(): string {
    const where = (this.#listeners ?? []).map(({ address }) => formatAddress(address)).join(", ");
    const state = this.#listeners === null ? "closed" : this.#serving ? "serving" : "not serving";
    return `<Server ${state}${where === "" ? "" : ` ${where}`} clients=${this.#clients.size}>`;
  }

  /** @internal */
  _attach(transport: Transport): void {
    this.#clients.add(transport);
  }

  /** @internal */
  _detach(transport: Transport): void {
    this.#clients.delete(transport);
    this.#finishIfOver();
  }

  /** @internal */
  _listensBy(listener: HostListener): void {
    if (this.#listeners === null || this._loop.isClosed()) listener.close();
    else this.#listeners.push(listener);
  }

  /** @internal Takes a connection, now or when it serves. */
  _admit(transport: Transport): void {
    if (this.#listeners === null) transport._discard();
    else if (this.#serving) this._onConnection(transport);
    else this.#early.push(transport);
  }

  /** @internal */
  _serve(): void {
    if (this.#listeners === null) {
      throw new RuntimeError(`Cannot serve by ${this}: it was closed. Make another server.`);
    }
    this.#serving = true;
    const early = this.#early;
    this.#early = [];
    for (const transport of early) this._onConnection(transport);
  }

  /** @internal */
  *_forever(): Coroutine<void> {
    if (this.#forever !== null) {
      throw new RuntimeError(
        `Cannot serve by ${this} twice: serveForever() is being awaited already. Use waitClosed().`,
      );
    }
    this._serve();
    const forever = this.#forever = this._loop.createFuture<void>();
    try {
      yield* forever;
    } catch (error) {
      if (isCancelled(error)) {
        try {
          this.close();
          this.closeClients();
          yield* this.waitClosed();
        } catch {
          // A second cancel while the last connections end: the first one is what counts.
        }
      }
      throw error;
    } finally {
      if (this.#forever === forever) this.#forever = null;
    }
  }

  /** @internal Calls back once it has closed; gives what takes that back. */
  _whenClosed(callback: () => void): () => void {
    if (this.#closed) callback();
    else this.#waiters.add(callback);
    return () => this.#waiters.delete(callback);
  }

  /** @internal */
  isOpen(): boolean {
    return this.#listeners !== null;
  }

  /** @internal The loop has closed. */
  abandon(): void {
    if (this.#listeners !== null) this.#onClose?.();
    for (const listener of this.#listeners ?? []) listener.close();
    this.#listeners = null;
    this.#serving = false;
    this.#finish();
  }

  #refuseEarly(): void {
    for (const transport of this.#early) transport._discard();
    this.#early = [];
  }

  async #free(closings: readonly Promise<void>[]): Promise<void> {
    this.#freeing = true;
    await Promise.all(closings);
    this.#freeing = false;
    this.#finishIfOver();
  }

  #finishIfOver(): void {
    if (this.#listeners === null && !this.#freeing && this.#clients.size === 0) this.#finish();
  }

  #finish(): void {
    if (this.#closed) return;
    this.#closed = true;
    this._loop.openSockets.delete(this);
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const waiter of waiters) waiter();
  }
}

const startServing = coroutine(function* startServing(server: Server): Coroutine<void> {
  if (server.isServing()) return;
  server._serve();
  yield* sleep(0);
});

const serveForever = coroutine(function* serveForever(server: Server): Coroutine<void> {
  yield* server._forever();
});

const waitClosed = coroutine(function* waitClosed(server: Server): Coroutine<void> {
  // A future for each who waits: one that is cancelled must not end the wait of the others.
  const closed: Future<void> = server._loop.createFuture<void>();
  const forget = server._whenClosed(() => {
    if (!closed.done()) closed.setResult();
  });
  try {
    if (!closed.done()) yield* closed;
  } finally {
    forget();
  }
});
