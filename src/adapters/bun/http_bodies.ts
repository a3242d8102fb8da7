/**
 * The responses that Bun is given.
 *
 * Of a body that fails Bun tells nobody but its user, by a print, and it has sent no head until the first part has come. So streams are
 * passed on by the adapter, which hears of that, and answers otherwise while it can.
 *
 * @module
 */

import { selfEnding } from "../shared/http.ts";
import { announcedLength, SentBody } from "../shared/sent_body.ts";
import { streamOf } from "./http_body.ts";
import type { EndWatch, Sending } from "./http_ends.ts";
import { type Busy, busyWith, type IdleLimit } from "./http_idle.ts";

type Failed = (error: unknown, request: Request | undefined) => Response;

/** Makes the responses of a server ready to be sent. */
export class Responses {
  readonly #ends: EndWatch;
  readonly #idle: IdleLimit;
  readonly #failed: Failed;

  constructor(ends: EndWatch, idle: IdleLimit, failed: Failed) {
    this.#ends = ends;
    this.#idle = idle;
    this.#failed = failed;
  }

  /** Returns what Bun is to send to the request, which is the one that Bun knows. */
  prepare(response: Response, request: Request): Response | Promise<Response> {
    const stream = streamOf(response);
    return stream === null ? this.sendWhole(response, request) : this.sendStream(stream, response, request);
  }

  /** The same for a response whose body is no stream. */
  sendWhole(response: Response, request: Request): Response {
    const sending = this.#ends.of(request);
    if (sending !== undefined) measure(response, request, sending);
    return response;
  }

  /** The same for one whose body is this stream. */
  sendStream(
    stream: ReadableStream<Uint8Array<ArrayBuffer>>,
    response: Response,
    request: Request,
  ): Response | Promise<Response> {
    const sending = this.#ends.of(request);
    if (request.method === "HEAD") return forHead(response, stream);
    const busy = busyWith(request);
    this.#idle.begin(busy);
    const own = selfEnding.get(stream);
    if (own === undefined) return this.#passOn(stream, response, request, busy, sending);
    own.onOver = () => this.#idle.end(busy);
    return own.begin(true, announcedLength(response.headers)).then(
      () => response,
      (error) => this.#failed(error, request),
    );
  }

  async #passOn(
    stream: ReadableStream<Uint8Array<ArrayBuffer>>,
    response: Response,
    request: Request,
    busy: Busy,
    sending: Sending | undefined,
  ): Promise<Response> {
    const { status, statusText } = response;
    const headers = new Headers(response.headers);
    const body = new SentBody(stream, announcedLength(headers), {
      sent: () => this.#idle.end(busy),
      gone: () => this.#idle.end(busy),
      failed: (error) => {
        this.#idle.end(busy);
        sending?.fail(error);
        this.#failed(error, request);
      },
    });
    let whole: Uint8Array<ArrayBuffer> | null;
    try {
      whole = await body.begin();
    } catch (error) {
      this.#idle.end(busy);
      const replacement = this.#failed(error, request);
      sending?.fail(error, replacement);
      return replacement;
    }
    // Bun drops the response to a client that has left, and does not tell its body.
    if (request.signal.aborted) {
      this.#idle.end(busy);
      body.drop(request.signal.reason);
    }
    if (sending !== undefined && whole === null) sending.body = body;
    if (whole === null) return new Response(body.stream, { status, statusText, headers });
    this.#idle.end(busy);
    if (sending !== undefined) sending.size = whole.byteLength;
    headers.delete("content-length");
    return new Response(whole, { status, statusText, headers });
  }
}

/** The answer to HEAD: what GET would say. Bun says the length of a stream only if there is none. */
function forHead(response: Response, stream: ReadableStream): Response {
  if (announcedLength(response.headers) === null) return response;
  stream.cancel().catch(() => {});
  const { status, statusText, headers } = response;
  return new Response(null, { status, statusText, headers });
}

/** Finds out how long a body is that is there as a whole. */
function measure(response: Response, { method }: Request, sending: Sending): void {
  if (method === "HEAD") sending.size = 0;
  else response.clone().blob().then(({ size }) => sending.size = size, () => {});
}
