/**
 * WebSockets on Deno, by `Deno.upgradeWebSocket`.
 *
 * Messages come as events, and there is no way to hold a client up. What is kept to be sent is known only to whoever asks, so it is
 * asked from time to time while somebody waits.
 *
 * @module
 */
import { clearTimeout, setTimeout } from "../shared/timers.ts";
import type { HostWebSocket, HostWebSocketEvents, HostWebSocketOptions } from "../web_socket.ts";

/** Milliseconds between two looks at what is kept: soon at first, then ever more rarely. */
const FIRST_LOOK = 1;
const LAST_LOOK = 64;

/** Milliseconds until it is looked whether a WebSocket has opened whose client was answered, and until the second and last look. */
const OPENING = 500;

/** The open WebSockets of a server. Deno closes them when the server is told to shut down, so that has to wait for their own end. */
export class DenoWebSockets {
  /** Made with the first one, so that servers without any need not look. */
  #asked: WeakMap<Response, HostWebSocketOptions> | null = null;
  #open = 0;
  #onNone: (() => void) | null = null;

  /** Whether the server waits for their end. It cannot stop accepting meanwhile, but it handles no request any more. */
  get isAwaited(): boolean {
    return this.#onNone !== null;
  }

  /** How many there are. */
  get size(): number {
    return this.#open;
  }

  /** Gives a response that stands for the upgrade: Deno would not let the handler give any other after the real one was made. */
  ask(options: HostWebSocketOptions): Response {
    const response = Object.defineProperty(new Response(null), "status", { value: 101 });
    (this.#asked ??= new WeakMap()).set(response, options);
    return response;
  }

  /** Makes the request a WebSocket if the response stands for that, and gives the response to send. */
  begin(response: Response, request: Request, { completed }: Deno.ServeHandlerInfo): Response {
    const options = this.#asked?.get(response);
    if (options === undefined) return response;
    const { events } = options;
    let isOpen = false;
    try {
      return upgradeWebSocket(request, completed, options, {
        ...events,
        opened: (socket) => {
          isOpen = true;
          this.#open++;
          events.opened(socket);
        },
        closed: (code, reason) => {
          if (isOpen) this.#open--;
          events.closed(code, reason);
          if (this.#open === 0) this.#onNone?.();
        },
      });
    } catch {
      // Deno has found something in the headers that it does not like.
      events.closed(1006, "");
      return new Response("Bad Request", { status: 400 });
    }
  }

  /** Resolves when none is left. */
  none(): Promise<void> {
    return new Promise((resolve) => this.#onNone = resolve);
  }
}

function upgradeWebSocket(
  request: Request,
  answered: Promise<void>,
  options: HostWebSocketOptions,
  events: HostWebSocketEvents,
): Response {
  const { protocol, heartbeat } = options;
  const { socket, response } = Deno.upgradeWebSocket(request, {
    ...(protocol === undefined ? {} : { protocol }),
    // Deno pings after half of that time and gives the client the other half to answer. It counts whole seconds; 0 is for never.
    idleTimeout: heartbeat === Infinity ? 0 : Math.max(1, Math.ceil(heartbeat / 500)),
  });
  new DenoWebSocket(socket, events)._opensAfter(answered);
  return response;
}

class DenoWebSocket implements HostWebSocket {
  readonly #socket: WebSocket;
  readonly #events: HostWebSocketEvents;
  #look: ReturnType<typeof setTimeout> | undefined;
  #opening: ReturnType<typeof setTimeout> | undefined;
  #wait = FIRST_LOOK;
  #before = 0;
  #lost = false;
  #closed = false;

  constructor(socket: WebSocket, events: HostWebSocketEvents) {
    this.#socket = socket;
    this.#events = events;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      clearTimeout(this.#opening);
      if (this.#closed) socket.close();
      else events.opened(this);
    };
    socket.onmessage = ({ data }) => events.message(typeof data === "string" ? data : new Uint8Array(data));
    socket.onerror = () => void (this.#lost = true);
    socket.onclose = ({ code, reason }) => this.#ended(code, reason);
  }

  /**
   * @internal Of a client that leaves while the connection becomes a WebSocket Deno tells nothing: neither an error nor an end. One that
   * is there has its WebSocket open a few milliseconds after it was answered; the second look is for a program that was busy.
   */
  _opensAfter(answered: Promise<void>): void {
    const given = (): void => {
      if (!this.#isOpening()) return;
      this.#opening = setTimeout(() => {
        this.#opening = setTimeout(() => {
          if (this.#isOpening()) this.#ended(1006, "");
        }, OPENING);
      }, OPENING);
    };
    answered.then(given, given);
  }

  #isOpening(): boolean {
    return !this.#closed && this.#socket.readyState === WebSocket.CONNECTING;
  }

  get bufferedAmount(): number {
    return this.#socket.readyState === WebSocket.OPEN ? this.#socket.bufferedAmount : 0;
  }

  send(data: string | Uint8Array): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.send(data as Uint8Array<ArrayBuffer>);
    if (this.#look !== undefined || this.bufferedAmount === 0) return;
    this.#wait = FIRST_LOOK;
    this.#lookLater();
  }

  close(code: number, reason: string): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.close(code, reason);
  }

  // Deno has nothing that cuts the connection. One that is closing ends with the client's answer, or when that leaves.
  abort(): void {}

  #lookLater(): void {
    this.#before = this.bufferedAmount;
    this.#look = setTimeout(() => {
      this.#look = undefined;
      const now = this.bufferedAmount;
      this.#wait = now < this.#before ? FIRST_LOOK : Math.min(2 * this.#wait, LAST_LOOK);
      if (now > 0) this.#lookLater();
      if (now < this.#before) this.#events.drained();
    }, this.#wait);
  }

  #ended(code: number, reason: string): void {
    // It is told twice when the client does not answer a ping.
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#opening);
    clearTimeout(this.#look);
    this.#look = undefined;
    if (this.#lost || code === 0) this.#events.closed(1006, "");
    else this.#events.closed(code, reason);
  }
}
