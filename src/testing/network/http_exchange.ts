/**
 * A request on a simulated connection, and what becomes of its response.
 *
 * @module
 */
import type { HttpCut, HttpEnd, HttpEnded } from "../../adapters/adapter.ts";
import type { BodyReader } from "./http_body_reader.ts";
import type { HttpConnection } from "./http_connection.ts";
import type { RequestHead } from "./http_head.ts";

/** Why the body of a request breaks off, by its error. */
export const cuts: WeakMap<object, HttpCut> = new WeakMap();

/** The error of a body that breaks off. */
export function cutError(why: HttpCut): Error {
  const error = new DOMException(
    why === "gone"
      ? "The client closed the connection."
      : why === "over"
      ? "The request is over."
      : "The body is malformed.",
    "AbortError",
  );
  cuts.set(error, why);
  return error;
}

/** What stands behind the opaque `HttpInfo` here. */
export class HttpExchange {
  readonly connection: HttpConnection;
  readonly head: RequestHead;
  readonly body: BodyReader;
  /** Whether the handler has its request. */
  request: Request | null = null;
  /** How many bytes of the response's body were sent. */
  bytes = 0;
  /** It has become a WebSocket. */
  isWebSocket = false;
  /** Aborts when the client leaves. */
  readonly #left: AbortController = new AbortController();
  #watchers: (() => void)[] = [];
  #ended: HttpEnded | null = null;
  #end: { readonly how: HttpEnd; readonly error?: unknown; readonly status?: number | undefined } | null = null;
  #controller: ReadableByteStreamController | ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | null = null;
  #wanted: (() => void) | null = null;
  #saysContinue: boolean;

  constructor(connection: HttpConnection, head: RequestHead, body: BodyReader) {
    this.connection = connection;
    this.head = head;
    this.body = body;
    this.#saysContinue = head.expectsContinue;
  }

  get signal(): AbortSignal {
    return this.#left.signal;
  }

  /** Whether it is known what became of the response. */
  get isOver(): boolean {
    return this.#end !== null;
  }

  /** The body as a web stream, which takes no more than is read. */
  stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => void (this.#controller = controller),
      pull: () => {
        if (this.#saysContinue) this.connection.sayContinue();
        this.#saysContinue = false;
        return new Promise<void>((resolve) => {
          this.#wanted = resolve;
          this.connection.wantsBody();
        });
      },
      cancel: () => {
        this.#controller = null;
        this.#got();
        this.connection.wantsBody();
      },
    }, { highWaterMark: 0 });
  }

  /** Whether somebody waits for a part of the body, or nobody wants it any more, so that it is dropped. */
  get takesBody(): boolean {
    return this.#wanted !== null || this.#controller === null;
  }

  /** A part of the body has come; null for its end. */
  got(part: Uint8Array<ArrayBuffer> | null): void {
    const controller = this.#controller;
    if (controller !== null) {
      if (part === null) controller.close();
      else (controller as ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>).enqueue(part);
      if (part === null) this.#controller = null;
    }
    this.#got();
  }

  /** The body breaks off. */
  cut(why: HttpCut): void {
    const controller = this.#controller;
    this.#controller = null;
    if (!this.body.isOver) controller?.error(cutError(why));
    this.#got();
  }

  #got(): void {
    const wanted = this.#wanted;
    this.#wanted = null;
    wanted?.();
  }

  watchClient(gone: () => void): () => void {
    if (this.signal.aborted) queueMicrotask(gone);
    else this.#watchers.push(gone);
    return () => {
      this.#watchers = this.#watchers.filter((watcher) => watcher !== gone);
    };
  }

  /** The client has left before the response was sent. */
  clientLeft(): void {
    if (this.isOver) return;
    this.cut("gone");
    for (const gone of this.#watchers.splice(0)) gone();
    this.#left.abort(new DOMException("The client closed the connection.", "AbortError"));
    this.end("gone");
  }

  watchEnd(ended: HttpEnded): void {
    this.#ended = ended;
    if (this.#end !== null) this.#tell();
  }

  /** It is known what became of the response. */
  end(how: HttpEnd, error?: unknown, status?: number): void {
    if (this.#end !== null) return;
    this.#end = { how, error, status };
    if (!this.body.isOver) this.cut("over");
    this.#watchers.length = 0;
    if (this.#ended !== null) this.#tell();
  }

  #tell(): void {
    const ended = this.#ended;
    this.#ended = null;
    const { how, error, status } = this.#end!;
    queueMicrotask(() => ended?.(how, error, this.bytes, status));
  }
}
