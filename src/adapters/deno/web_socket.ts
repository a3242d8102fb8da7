/**
 * WebSockets on Deno, by `Deno.upgradeWebSocket`.
 *
 * Messages come as events, and there is no way to hold a client up. What is kept to be sent is known only to whoever asks, so it is
 * asked from time to time while somebody waits.
 *
 * @module
 */
import { clearTimeout, now, setImmediate, setTimeout } from "../shared/timers.ts";
import type { HostWebSocket, HostWebSocketEvents, HostWebSocketOptions } from "../web_socket.ts";
import type { HttpLane } from "./http_source.ts";
import { cutWebSocket, endPings } from "./internals.ts";

/** Milliseconds between two looks at what is kept: soon at first, then ever more rarely. */
const FIRST_INTERVAL = 1;
const LAST_LOOK = 64;

/** Milliseconds until it is looked whether a WebSocket has opened whose client was answered, and until the second and last look. */
const OPENING = 500;

/** For each so many bytes of the largest message its client has the time of a heartbeat more: Deno does not tell how much of one is sent. */
const LARGE = 1_048_576;

/**
 * So many open at a time. The news that one is open has to come before Deno hears of the end of the HTTP connection, for with that it closes the
 * WebSocket as well. Of a hundred at once some came too late.
 */
const AT_ONCE = 16;

/** Turns of Deno's loop that it takes at most to report a client that has left. */
const NEWS = 3;

/** The open WebSockets of a server, which are not its connections any more. */
export class DenoWebSockets {
  readonly #open = new Set<DenoWebSocket>();
  /** How many clients are looked at before they are answered. */
  #asked = 0;
  /** The answers that are on their way to Deno. */
  readonly #answers = new Map<Response, DenoWebSocket>();
  #apart = 0;
  /** How many are about to open, and those that wait for that. */
  #opening = 0;
  readonly #waiting: (() => void)[] = [];
  #onNone: (() => void) | null = null;

  /** How many there are. */
  get size(): number {
    return this.#open.size + this.#asked;
  }

  /** How many are open, and count as connections of HTTP no more. */
  get apart(): number {
    return this.#apart;
  }

  /** Whether an answer of this is on its way to Deno. */
  get isAnswering(): boolean {
    return this.#answers.size > 0;
  }

  /** A response goes to Deno on this connection. */
  answers(response: Response, lane: HttpLane): void {
    const webSocket = this.#answers.get(response);
    if (webSocket !== undefined) webSocket.lane = lane;
    this.#answers.delete(response);
  }

  /** Makes the request a WebSocket, and returns the response to send. */
  async begin(request: Request, options: HostWebSocketOptions): Promise<Response> {
    const { events } = options;
    this.#asked++;
    const isThere = await isClientThere(request);
    await this.#turn();
    this.#asked--;
    if (!isThere || request.signal.aborted) {
      this.#pass();
      events.closed(1006, "");
      this.#ended();
      return new Response(null, { status: 503 });
    }
    let made: ReturnType<typeof Deno.upgradeWebSocket>;
    try {
      made = Deno.upgradeWebSocket(request, { idleTimeout: toIdleTimeout(options.heartbeat) });
    } catch {
      // Deno has found something in the headers that it does not like.
      this.#pass();
      events.closed(1006, "");
      this.#ended();
      return new Response("Bad Request", { status: 400 });
    }
    let isOpen = false;
    const webSocket: DenoWebSocket = new DenoWebSocket(made.socket, {
      ...events,
      opened: (opened) => {
        isOpen = true;
        this.#apart++;
        this.#pass();
        events.opened(opened);
      },
      closed: (code, reason) => {
        if (isOpen) this.#apart--;
        else this.#pass();
        this.#open.delete(webSocket);
        events.closed(code, reason);
        this.#ended();
      },
    }, options.heartbeat);
    this.#open.add(webSocket);
    const { headers } = made.response;
    // Deno itself finds a protocol only if there is a space after each comma.
    if (options.protocol !== undefined) headers.set("sec-websocket-protocol", options.protocol);
    for (const [name, value] of options.headers) headers.append(name, value);
    this.#answers.set(made.response, webSocket);
    return made.response;
  }

  /** Waits until few others are about to open. */
  async #turn(): Promise<void> {
    if (this.#opening < AT_ONCE) this.#opening++;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** One has opened, or will not; its turn goes to the next. */
  #pass(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#opening--;
    else next();
  }

  /** Cuts all of them. */
  cut(): void {
    for (const webSocket of this.#open) webSocket.abort();
  }

  /** Resolves when none is left. */
  none(): Promise<void> {
    return new Promise((resolve) => {
      this.#onNone = resolve;
      this.#ended();
    });
  }

  #ended(): void {
    if (this.size === 0) this.#onNone?.();
  }
}

/**
 * Whether the client is still there when Deno has looked at its connection: quirk `upgrade-after-reset`. One that resets it at once is seen
 * so; what is left is the time between this look and the answer.
 */
async function isClientThere({ signal }: Request): Promise<boolean> {
  // With a timer all sockets are looked at; the events of that come in the turns that follow.
  await new Promise<void>((resolve) => setTimeout(resolve, 0));
  for (let turns = 0; turns < NEWS; turns++) await new Promise<void>(setImmediate);
  return !signal.aborted;
}

/** Deno pings after half of that time and gives the client the other half to answer. It counts whole seconds; 0 is for never. */
function toIdleTimeout(heartbeat: number): number {
  return heartbeat === Infinity ? 0 : Math.max(1, Math.ceil(heartbeat / 500));
}

class DenoWebSocket implements HostWebSocket {
  /** The connection that it is made of. */
  lane: HttpLane | null = null;
  readonly #socket: WebSocket;
  readonly #events: HostWebSocketEvents;
  #look: ReturnType<typeof setTimeout> | undefined;
  #opening: ReturnType<typeof setTimeout> | undefined;
  readonly #heartbeat: number;
  #wait = FIRST_INTERVAL;
  #before = 0;
  /** Bytes of everything that was given to Deno, of the largest message, and of what was sent at the last look. */
  #given = 0;
  #largest = 0;
  #sent = 0;
  /** When something was last seen to be sent. */
  #progress = 0;
  #lost = false;
  #closed = false;
  /** It was closed here. */
  #isClosing = false;
  /** It was cut here, and Deno has not told its end yet: quirk `cut-web-socket`. */
  #isCut = false;

  constructor(socket: WebSocket, events: HostWebSocketEvents, heartbeat: number) {
    this.#socket = socket;
    this.#events = events;
    this.#heartbeat = heartbeat;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      clearTimeout(this.#opening);
      this.lane?.leaves();
      if (this.#isCut) cutWebSocket(socket);
      else if (this.#closed) socket.close();
      else events.opened(this);
    };
    socket.onmessage = ({ data }) => events.message(typeof data === "string" ? data : new Uint8Array(data));
    socket.onerror = () => void (this.#lost = true);
    socket.onclose = ({ code, reason }) => this.#ended(code, reason);
    this.#opensSoon();
  }

  /**
   * Of a client that leaves while the connection becomes a WebSocket Deno tells nothing: neither an error nor an end. One that is there has its
   * WebSocket open a few milliseconds after it was answered; the second look is for a program that was busy.
   */
  #opensSoon(): void {
    this.#opening = setTimeout(() => {
      this.#opening = setTimeout(() => {
        if (this.#isOpening()) this.#ended(1006, "");
      }, OPENING);
    }, OPENING);
  }

  #isOpening(): boolean {
    return !this.#closed && this.#socket.readyState === WebSocket.CONNECTING;
  }

  // When Deno has found the client to be leaving, or not to answer a ping, it reports that once all is sent. Until then there is no room:
  // whoever sent on and on would have nothing to wait for, and not let the news come.
  get bufferedAmount(): number {
    if (this.#isCut) return this.#closed ? 0 : Infinity;
    const { readyState, bufferedAmount } = this.#socket;
    if (readyState === WebSocket.OPEN) return bufferedAmount;
    return this.#closed || this.#isClosing || readyState === WebSocket.CONNECTING ? 0 : Infinity;
  }

  send(data: string | Uint8Array): void {
    if (this.#isCut || this.#socket.readyState !== WebSocket.OPEN) return;
    const before = this.bufferedAmount;
    this.#socket.send(data as Uint8Array<ArrayBuffer>);
    const kept = this.bufferedAmount;
    this.#given += kept - before;
    this.#largest = Math.max(this.#largest, kept - before);
    if (this.#look !== undefined || kept === 0) return;
    this.#wait = FIRST_INTERVAL;
    this.#progress = now();
    this.#lookLater();
  }

  close(code: number, reason: string): void {
    if (this.#isCut || this.#socket.readyState !== WebSocket.OPEN) return;
    this.#isClosing = true;
    this.#socket.close(code, reason);
  }

  abort(): void {
    this.#isCut = true;
    clearTimeout(this.#look);
    this.#look = undefined;
    cutWebSocket(this.#socket);
  }

  #lookLater(): void {
    this.#before = this.bufferedAmount;
    this.#look = setTimeout(() => {
      this.#look = undefined;
      const now = this.bufferedAmount;
      this.#wait = now < this.#before ? FIRST_INTERVAL : Math.min(2 * this.#wait, LAST_LOOK);
      if (this.#isDeaf(now)) return this.#giveUp();
      if (now > 0) this.#lookLater();
      if (now < this.#before) this.#events.drained();
    }, this.#wait);
  }

  /** Whether the client takes nothing. Deno's own pings wait behind what is to be sent: quirk `deaf-web-socket`. */
  #isDeaf(kept: number): boolean {
    const sent = this.#given - kept;
    const time = now();
    if (sent !== this.#sent || kept === 0) {
      this.#sent = sent;
      this.#progress = time;
    }
    return time - this.#progress > this.#heartbeat * (1 + this.#largest / LARGE);
  }

  #giveUp(): void {
    this.abort();
    this.#ended(1006, "");
  }

  #ended(code: number, reason: string): void {
    // The event comes twice when the client does not answer a ping.
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#opening);
    clearTimeout(this.#look);
    this.#look = undefined;
    endPings(this.#socket);
    if (this.#lost || code === 0) this.#events.closed(1006, "");
    else this.#events.closed(code, reason);
  }
}
