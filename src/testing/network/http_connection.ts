/**
 * A simulated connection that HTTP/1.1 is spoken on.
 *
 * @module
 */
import type { HttpListenOptions } from "../../adapters/adapter.ts";
import type { HostStream, StreamEvents } from "../../adapters/net.ts";
import { sendFailed } from "../../adapters/shared/errors.ts";
import { FramedWebSocket } from "../../adapters/shared/framed_web_socket.ts";
import { GrowingBytes } from "../../adapters/shared/growing_bytes.ts";
import { webSocketAnswer } from "../../adapters/shared/web_socket_answer.ts";
import type { HostWebSocketOptions } from "../../adapters/web_socket.ts";
import type { Scheduled } from "./event_queue.ts";
import { BodyReader } from "./http_body_reader.ts";
import { HttpExchange } from "./http_exchange.ts";
import { HeadError, LONGEST_HEAD, parseHead, type RequestHead } from "./http_head.ts";
import { Outbox } from "./http_outbox.ts";
import { headBytes, type Hops, sendResponse } from "./http_response_writer.ts";

/** Milliseconds that a client gets for reading the end before its connection is closed under it. */
const LINGER = 1_000;
/** With more bytes than this that nobody wants yet, nothing more is read. */
const MOST_UNREAD = 65_536;

/** What HTTP needs of time. */
export interface HttpClock {
  /** Calls back after so many milliseconds, unless its `run` is set to null. */
  after(delay: number, run: () => void): Pick<Scheduled, "run">;
  /** Calls back in the next macrotask. */
  readonly timeline: Hops;
}

/** What a connection needs of the listener that has accepted it. */
export interface HttpOwner {
  readonly options: HttpListenOptions;
  readonly queue: HttpClock;
  /** Whether it waits for the end of all. */
  readonly isClosing: boolean;
  /** Makes the request that the handler gets. */
  toRequest(exchange: HttpExchange): Request;
  /** A request is in flight, or not any more. */
  count(change: 1 | -1): void;
  /** The connection is closed. */
  ended(connection: HttpConnection): void;
}

/** One connection. */
export class HttpConnection implements StreamEvents {
  readonly stream: HostStream;
  readonly #owner: HttpOwner;
  readonly #outbox: Outbox;
  readonly #come = new GrowingBytes();
  #current: HttpExchange | null = null;
  #webSocket: FramedWebSocket | null = null;
  /** Nothing more is read but dropped, and nothing more is answered. */
  #isEnding = false;
  #isClosed = false;
  #clientEnded = false;
  /** All of the response is on its way out. */
  #isAnswered = false;
  #limit: Pick<Scheduled, "run"> | null = null;
  #hasBegun = false;

  constructor(owner: HttpOwner, stream: HostStream) {
    this.#owner = owner;
    this.stream = stream;
    this.#outbox = new Outbox(stream);
    stream.start(this);
    this.#awaitHead();
  }

  /** Whether no request is being answered. */
  get isIdle(): boolean {
    return this.#current === null && this.#webSocket === null;
  }

  data(bytes: Uint8Array): void {
    if (this.#isEnding) return;
    if (this.#webSocket !== null) return this.#webSocket.take(bytes);
    if (this.#come.size === 0 && this.#current === null) this.#limitTime(this.#owner.options.headTimeout);
    this.#come.push(bytes);
    this.#advance();
  }

  end(): void {
    this.#clientEnded = true;
    if (this.#webSocket !== null) this.#webSocket.ended();
    else if (this.#isEnding) this.#outbox.whenSent(() => this.stream.close());
    else if (this.#current === null) this.stream.close();
    // Whoever ends while a request of its own is being answered has left, as all hosts see it.
    else if (!this.#isAnswered) this.stream.close();
  }

  drain(taken: number): void {
    if (this.#outbox.drained(taken)) this.#webSocket?.drained();
  }

  closed(): void {
    this.#isClosed = true;
    this.#outbox.drop();
    this.#callOffLimit();
    this.#webSocket?.lost();
    const exchange = this.#current;
    if (exchange !== null) this.#over(exchange, () => exchange.clientLeft());
    this.#owner.ended(this);
  }

  /** It is not used again: closed now if nothing is being answered. */
  close(): void {
    if (this.isIdle) this.stream.close();
  }

  /** Ends it at once. */
  cut(): void {
    this.stream.abort();
  }

  /** The body of the request is asked for, or nobody wants it any more. */
  wantsBody(): void {
    this.#owner.queue.after(0, () => this.#advance());
  }

  /** The client may send the body. */
  sayContinue(): void {
    this.#outbox.write(headBytes("HTTP/1.1 100 Continue\r\n\r\n"));
  }

  /** Answers a request by what makes the connection a WebSocket. */
  becomeWebSocket(exchange: HttpExchange, options: HostWebSocketOptions): Response {
    const key = exchange.head.headers.get("sec-websocket-key");
    if (key === null || this.#isClosed || exchange !== this.#current) {
      options.events.closed(1006, "");
      return new Response("Bad Request", { status: 400 });
    }
    exchange.isWebSocket = true;
    this.#outbox.write(headBytes(webSocketAnswer(key, options)));
    const outbox = this.#outbox;
    const webSocket = this.#webSocket = new FramedWebSocket(
      {
        get unsent() {
          return outbox.kept;
        },
        write: (head, payload) => {
          outbox.write(head);
          outbox.write(payload.slice());
        },
        pause: () => this.stream.pauseReading(),
        resume: () => this.stream.resumeReading(),
        end: (mayReceive) => mayReceive && !this.#clientEnded ? this.#linger() : this.#endSoon(),
        cut: () => this.stream.abort(),
      },
      options,
      (error) => this.#broken(error),
    );
    this.#over(exchange, () => exchange.end("sent"));
    options.events.opened(webSocket);
    const early = this.#come.bytes.slice();
    this.#come.drop(early.length);
    if (early.length > 0) this.#owner.queue.after(0, () => webSocket.take(early));
    this.stream.resumeReading();
    return Object.defineProperty(new Response(null), "status", { value: 101 });
  }

  /** Goes on with what has come. */
  #advance(): void {
    try {
      while (!this.#isClosed && !this.#isEnding && this.#webSocket === null) {
        if (this.#current !== null) return this.#feed(this.#current);
        const head = this.#nextHead();
        if (head === null) break;
        this.#begin(head);
      }
    } catch (error) {
      if (error instanceof HeadError) this.#refuse(error);
      else this.#broken(error);
    }
    if (this.#clientEnded && this.#current === null && !this.#isClosed && !this.#isEnding) this.stream.close();
  }

  #nextHead(): RequestHead | null {
    const { bytes } = this.#come;
    const text = new TextDecoder("latin1").decode(bytes.subarray(0, LONGEST_HEAD + 4));
    // Empty lines before a request are let pass.
    const [{ length: skipped }] = /^(?:\r\n)*/.exec(text)!;
    const end = text.indexOf("\r\n\r\n", skipped);
    if (end < 0) {
      if (bytes.length > LONGEST_HEAD) throw new HeadError(431, "a head that is too long");
      return null;
    }
    const head = parseHead(text.slice(skipped, end));
    this.#come.drop(end + 4);
    return head;
  }

  #begin(head: RequestHead): void {
    this.#callOffLimit();
    this.#hasBegun = true;
    const exchange = this.#current = new HttpExchange(this, head, new BodyReader(head.body));
    this.#owner.count(1);
    let request: Request;
    try {
      request = exchange.request = this.#owner.toRequest(exchange);
    } catch {
      // A target that is no URL, or a method that the web's Request refuses.
      void this.#send(new Response("Bad Request", { status: 400 }), exchange);
      return;
    }
    const response = this.#owner.options.handler(request, exchange);
    if (response instanceof Response) void this.#send(response, exchange);
    else response.then((response) => this.#send(response, exchange));
  }

  /** Hands on what has come of the body. */
  #feed(exchange: HttpExchange): void {
    const { body } = exchange;
    while (!body.isOver && exchange.takesBody) {
      const part = body.next(this.#come);
      if (part !== null) exchange.got(part);
      else if (!body.isOver) break;
      if (body.isOver) exchange.got(null);
    }
    if (body.isOver && exchange.isOver) return this.#next(exchange);
    if (this.#come.size > MOST_UNREAD) this.stream.pauseReading();
    else this.stream.resumeReading();
  }

  async #send(response: Response, exchange: HttpExchange): Promise<void> {
    if (exchange.isWebSocket || exchange.isOver) return;
    const { queue, options } = this.#owner;
    const outbox = this.#outbox;
    const before = outbox.written;
    const parts = { exchange, outbox, timeline: queue.timeline, isLast: this.#owner.isClosing };
    let isLast: boolean;
    try {
      isLast = await sendResponse(response, parts);
    } catch (error) {
      if (exchange.isOver) return;
      const replacement = (options.failed ?? sendFailed)(error, exchange.request ?? undefined);
      const hasBegun = outbox.written > before;
      if (hasBegun) {
        this.#over(exchange, () => exchange.end("failed", error));
        return this.cut();
      }
      isLast = await sendResponse(replacement, parts);
      return this.#sent(exchange, isLast, () => exchange.end("failed", error, replacement.status));
    }
    this.#sent(exchange, isLast, () => exchange.end("sent"));
  }

  #sent(exchange: HttpExchange, isLast: boolean, end: () => void): void {
    if (exchange.isOver) return;
    this.#isAnswered = true;
    this.#outbox.whenSent(() => {
      if (exchange.isOver) return;
      const isComplete = exchange.body.isOver;
      this.#over(exchange, end);
      if (isLast || this.#owner.isClosing || (!isComplete && exchange.head.expectsContinue)) return this.#linger();
      this.#owner.queue.after(0, () => this.#advance());
    });
  }

  /** It is known what became of a response. */
  #over(exchange: HttpExchange, end: () => void): void {
    if (exchange.isOver) return;
    end();
    this.#owner.count(-1);
    if (exchange.body.isOver) this.#next(exchange);
  }

  #next(exchange: HttpExchange): void {
    if (this.#current !== exchange) return;
    this.#current = null;
    this.#isAnswered = false;
    if (this.#isClosed || this.#isEnding || this.#webSocket !== null) return;
    this.#awaitHead();
    this.stream.resumeReading();
    if (this.#come.size > 0 || this.#clientEnded) this.#owner.queue.after(0, () => this.#advance());
  }

  #awaitHead(): void {
    const { headTimeout, keepAliveTimeout } = this.#owner.options;
    this.#limitTime(this.#hasBegun && this.#come.size === 0 ? keepAliveTimeout : headTimeout);
  }

  #limitTime(time = Infinity): void {
    this.#callOffLimit();
    if (time === Infinity) return;
    this.#limit = this.#owner.queue.after(time, () => {
      if (this.#current === null && this.#webSocket === null) this.stream.close();
    });
  }

  #callOffLimit(): void {
    if (this.#limit !== null) this.#limit.run = null;
    this.#limit = null;
  }

  #refuse({ status, message }: HeadError): void {
    const exchange = this.#current;
    const text =
      `HTTP/1.1 ${status} Bad Request\r\ncontent-length: ${message.length}\r\nconnection: close\r\n\r\n${message}`;
    if (exchange !== null) {
      // The body is malformed, and the response may be on its way.
      exchange.cut("malformed");
      return;
    }
    this.#outbox.write(headBytes(text));
    this.#linger();
  }

  /** Something is wrong here. */
  #broken(error: unknown): void {
    this.cut();
    (this.#owner.options.failed ?? sendFailed)(error, undefined);
  }

  #endSoon(): void {
    this.#isEnding = true;
    this.#outbox.whenSent(() => this.stream.close());
  }

  /** Ends it once everything is sent; what the client still sends is dropped until it has read that, lest it is reset. */
  #linger(): void {
    if (this.#isEnding || this.#isClosed) return;
    this.#isEnding = true;
    this.stream.resumeReading();
    this.#outbox.whenSent(() => {
      if (this.#clientEnded) return this.stream.close();
      this.stream.endWriting();
      this.#callOffLimit();
      if (!this.#isClosed) this.#limit = this.#owner.queue.after(LINGER, () => this.stream.close());
    });
  }
}
