/**
 * A datagram socket, as the tests use it: it keeps what the host tells.
 *
 * @module
 */

import { assert, fail } from "@std/assert";
import type {
  DatagramEvents,
  DatagramOptions,
  HostDatagram,
  NetAdapter,
  SocketAddress,
} from "../../src/adapters/adapter.ts";
import { PATIENCE } from "../within.ts";

const LOOPBACK: SocketAddress = { family: "ipv4", address: "127.0.0.1", port: 0 };
const OPTIONS: DatagramOptions = { local: LOOPBACK, remote: null, family: "ipv4", reusePort: false, broadcast: false };

const talkers = new Set<Talker>();

/** Opens a socket on the loopback interface and remembers to close it. */
export async function open(net: NetAdapter, options: Partial<DatagramOptions> = {}): Promise<Talker> {
  const talker = new Talker();
  talker.socket = await net.openDatagram!({ ...OPTIONS, ...options }, talker);
  talkers.add(talker);
  return talker;
}

/** Closes every socket that a test left. For `afterEach`. */
export async function closeAll(): Promise<void> {
  const open = [...talkers];
  talkers.clear();
  await Promise.all(open.map((talker) => talker.close()));
}

/** A socket with what it tells. */
export class Talker implements DatagramEvents {
  /** What was opened. */
  socket!: HostDatagram;
  /** The errors that were told and not asked for. */
  readonly errors: Error[] = [];
  /** Resolves when it is closed. */
  readonly gone: Promise<void>;
  /** Whether it is closed. */
  isClosed = false;
  readonly #came: [Uint8Array, SocketAddress][] = [];
  readonly #resolve: () => void;
  readonly #waiting = new Set<() => void>();

  constructor() {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.gone = promise;
    this.#resolve = resolve;
  }

  /** Where it is bound. */
  get address(): SocketAddress {
    return this.socket.localAddress!;
  }

  /** How many datagrams came and were not asked for. */
  get waiting(): number {
    return this.#came.length;
  }

  /** Sends what must be taken at once. */
  send(bytes: Uint8Array | string, address: SocketAddress | null): void {
    assert(this.socket.send(typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes, address));
  }

  /** The next datagram. */
  async next(): Promise<[Uint8Array, SocketAddress]> {
    await this.#until(() => this.#came.length > 0, "a datagram");
    return this.#came.shift()!;
  }

  /** The next error. */
  async nextError(): Promise<Error> {
    await this.#until(() => this.errors.length > 0, "an error");
    return this.errors.shift()!;
  }

  /** Waits for room. */
  async drained(): Promise<void> {
    let drained = false;
    this.#onDrain = () => drained = true;
    await this.#until(() => drained, "room");
  }

  #onDrain = (): void => {};

  /** Closes it, and waits until it is. */
  async close(): Promise<void> {
    this.socket.close();
    await this.gone;
  }

  datagram(bytes: Uint8Array, address: SocketAddress): void {
    this.#came.push([bytes, address]);
    this.#wake();
  }

  drain(): void {
    this.#onDrain();
    this.#wake();
  }

  error(error: Error): void {
    this.errors.push(error);
    this.#wake();
  }

  closed(error: Error | null): void {
    if (this.isClosed) this.errors.push(new Error("closed() was told twice."));
    if (error !== null) this.errors.push(error);
    this.isClosed = true;
    this.#resolve();
  }

  async #until(condition: () => boolean, what: string): Promise<void> {
    let late = false;
    const patience = setTimeout(() => {
      late = true;
      this.#wake();
    }, PATIENCE);
    while (!condition() && !late) await new Promise<void>((resolve) => this.#waiting.add(resolve));
    clearTimeout(patience);
    if (late) fail(`Waited in vain for ${what}.`);
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
