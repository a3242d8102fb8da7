/**
 * A connection to a server of `node:http`, and the requests on it that are not answered to their end.
 *
 * Node answers what it has parsed in order, but leaves three things to its user: a request that asks for another protocol while the ones
 * before it are being answered, bytes behind them that are not HTTP, and requests that are not answered when the connection ends.
 *
 * @module
 */

import { codeOf } from "../shared/host_error.ts";
import type { Exchange } from "./http_exchange.ts";
import { endConnection } from "./linger.ts";
import type { HttpSocket } from "./types.ts";
import { handleOf, messageOn, parentOf, setPaused } from "./undocumented.ts";

/** How many bytes are kept that a client sends behind a request for another protocol, before it is held up. */
const MOST_EARLY = 65_536;

/** How many requests of a connection are handled at once, before it is held up. */
const MOST_WAITING = 100;

/** The answer to a malformed request, by the reason; 400 for any other. */
const REFUSALS: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
  HPE_CHUNK_EXTENSIONS_OVERFLOW: "413 Payload Too Large",
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
};

/** One connection. */
export class HttpConnection {
  /** What requests come by. */
  readonly socket: HttpSocket;
  readonly #exchanges = new Set<Exchange>();
  readonly #answered: (connection: HttpConnection) => void;
  #newest: Exchange | null = null;
  #isEnding = false;
  /** The answer to a malformed request, until those before it are answered. */
  #refusal: string | null = null;
  #isRefused = false;
  /** What takes the socket over from Node, when the requests before it are answered. */
  #turn: (() => void) | null = null;
  #isTaken = false;
  #isHeld = false;
  #isEnded = false;
  #early: Uint8Array[] = [];
  #earlySize = 0;

  /** Calls back whenever the last of its requests is answered. */
  constructor(socket: HttpSocket, answered: (connection: HttpConnection) => void) {
    this.socket = socket;
    this.#answered = answered;
    // Node calls this after a response that is the last one. It would cut the connection while the client still sends.
    socket.destroySoon = () => this.end();
    // Node listens until the first error, or until it lets go of the socket: then one without a listener would end the process, and one
    // of TLS leaves the socket open.
    socket.on("error", () => socket.destroy());
    socket.on("end", this.#left);
    socket.once("close", () => {
      // Nobody else tells those that wait behind another.
      for (const exchange of this.#exchanges) exchange.abandon();
    });
  }

  /** Whether no request on it waits for its answer. */
  get isIdle(): boolean {
    return this.#exchanges.size === 0;
  }

  /** Whether what comes now is not answered any more. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** Whether no request came after this one. */
  isNewest(exchange: Exchange): boolean {
    return exchange === this.#newest;
  }

  /** Whether no request before this one waits for its answer. */
  isFirst(exchange: Exchange): boolean {
    if (this.#exchanges.size <= 1) return true;
    const [first] = this.#exchanges;
    return first === exchange || !this.#exchanges.has(exchange);
  }

  /** A request has come. */
  enter(exchange: Exchange): void {
    this.#newest = exchange;
    this.#exchanges.add(exchange);
    if (this.#exchanges.size > MOST_WAITING) this.#hold();
  }

  /** A request is over. False if it was before. */
  leave(exchange: Exchange): boolean {
    if (!this.#exchanges.delete(exchange)) return false;
    if (this.#exchanges.size === MOST_WAITING) this.#goOn();
    // One that is over before its turn lets go of its response.
    exchange.takeTurn();
    if (this.#exchanges.size > 0 && !this.socket.destroyed) {
      const [next] = this.#exchanges;
      next!.takeTurn();
    }
    if (this.#refusal !== null) this.#refuse();
    else if (this.#exchanges.size === 0) {
      this.#answered(this);
      if (this.#turn !== null) this.#takeTurn();
    }
    return true;
  }

  /** The response that is being sent is the last one. */
  isLast(): void {
    this.#isEnding = true;
  }

  /** Ends it after what was written; what the client still sends is dropped. */
  end(mayReceive: boolean = this.#isTaken || this.#newest?.incoming.complete === false): void {
    this.#isEnding = true;
    if (this.#isEnded || this.socket.destroyed) return;
    this.#isEnded = true;
    this.#goOn();
    endConnection(this.socket, mayReceive);
  }

  /** The client has sent a malformed request, or the connection has failed. */
  fail(error: unknown): void {
    const code = codeOf(error);
    const { socket } = this;
    if (!code.startsWith("HPE_") && code !== "ERR_HTTP_REQUEST_TIMEOUT") return void socket.destroy();
    // The client has ended its half in the middle of a request.
    if (code === "HPE_INVALID_EOF_STATE" && !this.isIdle) return;
    // What comes after the last request is of no interest, but that may have broken off; and what comes after an error is one again.
    if (this.#isRefused || (this.#isEnding && this.#newest?.incoming.complete !== false)) return;
    this.#isRefused = true;
    this.#isEnding = true;
    this.#refusal = REFUSALS[code] ?? "400 Bad Request";
    this.#refuse();
  }

  /**
   * A request has come that asks for another protocol, and Node has let go of the socket. Calls back when those before it are answered, or
   * never.
   */
  take(head: Uint8Array, turn: () => void): void {
    const { socket } = this;
    this.#isTaken = true;
    this.#goOn();
    socket.setTimeout(0);
    socket.on("drain", this.#drained);
    if (head.length > 0) this.#keep(head);
    // Only who reads learns that the client leaves.
    socket.on("data", this.#keep);
    readOn(socket);
    this.#turn = turn;
    if (this.#exchanges.size === 0) this.#takeTurn();
  }

  /** Lets go of the socket; returns what has come meanwhile. */
  handOver(): Uint8Array[] {
    const { socket } = this;
    this.#isEnding = true;
    socket.removeListener("end", this.#left);
    socket.removeListener("data", this.#keep);
    return this.#early.splice(0);
  }

  /** Takes no more from the client, in the way that Node does it: what only pauses the socket is undone by the next request. */
  #hold(): void {
    const { socket } = this;
    // Node's parser takes what TLS has decrypted by then for an error.
    if (parentOf(socket) !== undefined) return;
    this.#isHeld = true;
    setPaused(socket, true);
    socket.pause();
  }

  #goOn(): void {
    if (!this.#isHeld) return;
    const { socket } = this;
    this.#isHeld = false;
    setPaused(socket, false);
    socket.parser?.resume();
    socket.resume();
  }

  #takeTurn(): void {
    // Node answers some requests by itself, and in their turn: quirk `own-answers`.
    const own = messageOn(this.socket);
    if (own !== null) return void own.once("close", () => this.#takeTurn());
    const turn = this.#turn;
    this.#turn = null;
    if (turn === null) return;
    if (!this.#isEnding && !this.socket.destroyed) turn();
  }

  /** Answers a malformed request once those before it are answered. One that has broken off in its body waits for no answer. */
  #refuse(): void {
    const { socket } = this;
    let isBegun = false;
    for (const { incoming, outgoing } of this.#exchanges) {
      if (incoming.complete) return;
      isBegun = outgoing.headersSent;
    }
    if (socket.writable && !isBegun) socket.write(`HTTP/1.1 ${this.#refusal}\r\nConnection: close\r\n\r\n`);
    this.#refusal = null;
    this.end(true);
    for (const exchange of this.#exchanges) exchange.abandon();
  }

  readonly #drained = (): void => {
    // Node has taken its own listener away.
    const [first] = this.#exchanges;
    first?.outgoing.emit("drain");
  };

  /** The client has ended its half: it is gone, and what is not answered by now will not be. */
  readonly #left = (): void => this.end(false);

  readonly #keep = (bytes: Uint8Array): void => {
    if (this.#isEnding) return;
    this.#early.push(bytes);
    this.#earlySize += bytes.length;
    if (this.#earlySize > MOST_EARLY) this.socket.pause();
  };
}

/** Node may have stopped to read, for a body that nobody took, and takes the socket for one that is being read when it lets go of it. */
function readOn(socket: HttpSocket): void {
  const handle = handleOf<{ reading: boolean; readStart(): void }>(socket);
  if (handle === null || handle.reading !== false) return;
  handle.reading = true;
  handle.readStart?.();
}
