/**
 * A server on sockets of the host.
 *
 * @module
 */
import type { HostListener } from "../adapters/net.ts";
import { snapshotVars } from "../core/context.ts";
import type { Vars } from "../core/contract.ts";
import { coroutine } from "../core/coroutine.ts";
import { current, noted } from "../core/current.ts";
import { isCancelled, RuntimeError } from "../core/errors.ts";
import { type Future, NamedFuture } from "../core/future.ts";
import { runningLoop } from "../core/running.ts";
import type { Coroutine, LazyAwaitable } from "../core/suspend.ts";
import { Server } from "../io/transports.ts";
import type { ListeningSocket } from "../io/socket_infos.ts";
import type { HostLoop } from "../loop/host_loop.ts";
import { sleep } from "../tasks/sleep.ts";
import { formatAddress } from "./addresses.ts";
import type { SocketTransport } from "./socket_transport.ts";

/** A server: what listens, who came by it, and who waits for its end. */
export class SocketServer extends Server {
  readonly loop: HostLoop;
  /** The context variables that connections start with. */
  readonly vars: Vars = snapshotVars();
  readonly #clients = new Set<SocketTransport>();
  readonly #waiters = new Set<() => void>();
  readonly #onClose: (() => void) | null;
  #listeners: HostListener[] = [];
  /**
   * How far it has come. *Idle*: it listens, and those who come have to wait. *Closing*: it has stopped listening, but its addresses are not free yet,
   * or its last connection has not ended.
   */
  #phase: "idle" | "serving" | "closing" | "closed" = "idle";
  #freesAddresses = false;
  #forever: Future<void> | null = null;
  /** Connections that came before it served. */
  #early: SocketTransport[] = [];
  /** Gives a connection to a protocol. */
  onConnection: (transport: SocketTransport) => void = () => {};

  constructor(loop: HostLoop, onClose: (() => void) | null) {
    super();
    this.loop = loop;
    this.#onClose = onClose;
    loop.openSockets.add(this);
    loop.noteOpen(this);
  }

  get sockets(): readonly ListeningSocket[] {
    return this.#listeners.map(({ address }) => ({ getsockname: () => address }));
  }

  get port(): number {
    const address = this.#listeners[0]?.address;
    if (address === undefined || address.family === "unix") {
      throw new RuntimeError(
        `Cannot tell the port of ${this}: it ${address ? "listens on a Unix socket" : "is closed"}.`,
      );
    }
    return address.port;
  }

  getLoop(): HostLoop {
    return this.loop;
  }

  isServing(): boolean {
    return this.#phase === "serving";
  }

  close(): void {
    if (!this.isOpen()) return;
    this.#phase = "closing";
    const listeners = this.#listeners;
    this.#listeners = [];
    // Before the socket is closed: as long as it is open, its file can be told from that of another.
    this.#onClose?.();
    const closings = listeners.map((listener) => listener.close()).filter((closing) => closing !== undefined);
    if (closings.length > 0) void this.#free(closings as Promise<void>[]);
    this.#refuseEarly();
    this.#forever?.cancel();
    this.#forever = null;
    this.#finishIfOver();
  }

  closeClients(): void {
    for (const transport of [...this.#clients]) transport.ending.close();
  }

  abortClients(): void {
    for (const transport of [...this.#clients]) transport.ending.abort();
  }

  startServing(): LazyAwaitable<void> {
    return noted(startServing(this));
  }

  serveForever(): LazyAwaitable<void> {
    return noted(serveForever(this));
  }

  waitClosed(): LazyAwaitable<void> {
    return noted(waitClosed(this));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    // In an async function that a task runs, cancelling the task ends the wait; use() sees to that by itself.
    if (current.loop === null && runningLoop() === this.loop) await this.waitClosed();
    else await new Promise<void>((resolve) => this.whenClosed(resolve));
  }

  override toString(): string {
    const where = this.#listeners.map(({ address }) => formatAddress(address)).join(", ");
    const state = !this.isOpen() ? "closed" : this.isServing() ? "serving" : "not serving";
    return `<Server ${state}${where === "" ? "" : ` ${where}`} clients=${this.#clients.size}>`;
  }

  attach(transport: SocketTransport): void {
    this.#clients.add(transport);
  }

  detach(transport: SocketTransport): void {
    this.#clients.delete(transport);
    this.#finishIfOver();
  }

  listensBy(listener: HostListener): void {
    if (!this.isOpen() || this.loop.isClosed()) listener.close();
    else this.#listeners.push(listener);
  }

  /** Takes a connection, now or when it serves. */
  admit(transport: SocketTransport): void {
    if (!this.isOpen()) transport.discard();
    else if (this.isServing()) this.onConnection(transport);
    else this.#early.push(transport);
  }

  serve(): void {
    if (!this.isOpen()) {
      throw new RuntimeError(`Cannot serve by ${this}: it was closed. Make another server.`);
    }
    this.#phase = "serving";
    const early = this.#early;
    this.#early = [];
    for (const transport of early) this.onConnection(transport);
  }

  *serveUntilClosed(): Coroutine<void> {
    if (this.#forever !== null) {
      throw new RuntimeError(
        `Cannot serve by ${this} twice: serveForever() is being awaited already. Use waitClosed().`,
      );
    }
    this.serve();
    const forever = this.#forever = new NamedFuture<void>(this.loop, "serveForever", this);
    try {
      yield* forever;
    } catch (error) {
      if (isCancelled(error)) {
        try {
          this.close();
          this.closeClients();
          yield* this.waitClosed();
          // deno-lint-ignore asyncio/no-swallowed-cancel
        } catch {
          // A second cancel while the last connections end: the first one is what counts.
        }
      }
      throw error;
    } finally {
      if (this.#forever === forever) this.#forever = null;
    }
  }

  /** Calls back once it has closed; returns what takes that back. */
  whenClosed(callback: () => void): () => void {
    if (this.#phase === "closed") callback();
    else this.#waiters.add(callback);
    return () => this.#waiters.delete(callback);
  }

  isOpen(): boolean {
    return this.#phase === "idle" || this.#phase === "serving";
  }

  /** The loop has closed. */
  abandon(): void {
    if (this.isOpen()) this.#onClose?.();
    for (const listener of this.#listeners) listener.close();
    this.#listeners = [];
    this.#finish();
  }

  #refuseEarly(): void {
    for (const transport of this.#early) transport.discard();
    this.#early = [];
  }

  async #free(closings: readonly Promise<void>[]): Promise<void> {
    this.#freesAddresses = true;
    await Promise.all(closings);
    this.#freesAddresses = false;
    this.#finishIfOver();
  }

  #finishIfOver(): void {
    if (this.#phase === "closing" && !this.#freesAddresses && this.#clients.size === 0) this.#finish();
  }

  #finish(): void {
    if (this.#phase === "closed") return;
    this.#phase = "closed";
    this.loop.openSockets.delete(this);
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const waiter of waiters) waiter();
  }
}

const startServing = /* @__PURE__ */ coroutine(function* startServing(server: SocketServer): Coroutine<void> {
  if (server.isServing()) return;
  server.serve();
  yield* sleep(0);
});

const serveForever = /* @__PURE__ */ coroutine(function* serveForever(server: SocketServer): Coroutine<void> {
  yield* server.serveUntilClosed();
});

const waitClosed = /* @__PURE__ */ coroutine(function* waitClosed(server: SocketServer): Coroutine<void> {
  // A future for each who waits: one that is cancelled must not end the wait of the others.
  const closed: Future<void> = new NamedFuture<void>(server.loop, "waitClosed", server);
  const forget = server.whenClosed(() => {
    if (!closed.done()) closed.setResult();
  });
  try {
    if (!closed.done()) yield* closed;
  } finally {
    forget();
  }
});
