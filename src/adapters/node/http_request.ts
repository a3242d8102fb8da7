/**
 * Makes the web's Request out of what `node:http` received.
 *
 * @module
 */

import type { HttpAddress } from "../adapter.ts";
import { isHost, ownHost } from "../shared/host_header.ts";
import type { IncomingMessage, ServerResponse } from "./types.ts";

/**
 * The client of a request has left. Copies that `new Request()` makes, and `fetch()`, follow the signal that Node has made for this request
 * and nobody else sees. Nothing can abort that, but it can say that it is aborted.
 */
export let abandon: (request: IncomingRequest) => void;

/** A request whose signal is made when it is first asked for: few handlers do, and a signal is dear. */
export class IncomingRequest extends Request {
  readonly #outgoing: ServerResponse;
  #signal: AbortSignal | undefined;

  constructor(url: string, init: RequestInit, outgoing: ServerResponse) {
    super(url, init);
    this.#outgoing = outgoing;
  }

  override get signal(): AbortSignal {
    if (this.#signal !== undefined) return this.#signal;
    const controller = new AbortController();
    if (this.#outgoing.destroyed && !this.#outgoing.writableEnded) controller.abort();
    else whenClientLeaves(this.#outgoing, () => controller.abort());
    return this.#signal = controller.signal;
  }

  override clone(): Request {
    return new Request(super.clone(), { signal: this.signal });
  }

  static {
    abandon = (request) => {
      const signal = request.#inner;
      const reason = new DOMException("The client closed the connection.", "AbortError");
      Object.defineProperties(signal, { aborted: { value: true }, reason: { value: reason } });
      signal.dispatchEvent(new Event("abort"));
    };
  }

  get #inner(): AbortSignal {
    return super.signal;
  }
}

/**
 * Makes the request that a handler gets.
 *
 * @throws {TypeError} if its target or its host make no URL, or its method is one that web requests do not have
 */
export function toRequest(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  addr: HttpAddress,
  secure: boolean,
): IncomingRequest {
  const method = incoming.method ?? "GET";
  const host = hostOf(incoming.rawHeaders) || ownHost(addr);
  if (!isHost(host)) throw new TypeError(`${host} is not the host of a URL.`);
  const init: RequestInit & { duplex?: "half" } = { method, headers: toHeaders(incoming.rawHeaders) };
  if (hasBody(incoming, method)) {
    init.body = toStream(incoming, outgoing);
    init.duplex = "half";
  }
  return new IncomingRequest(toURL(incoming, host, secure), init, outgoing);
}

/**
 * Calls back once if the client leaves before its response was written, until the function that it returns is called. It may not be seen:
 * quirk `unseen-leave`.
 */
export function whenClientLeaves(outgoing: ServerResponse, gone: () => void): () => void {
  let watching = true;
  const closed = (): void => {
    if (!watching) return;
    watching = false;
    if (!outgoing.writableEnded) gone();
  };
  if (outgoing.destroyed) queueMicrotask(closed);
  else outgoing.once("close", closed);
  return () => {
    watching = false;
    outgoing.removeListener("close", closed);
  };
}

function toURL(incoming: IncomingMessage, host: string, secure: boolean): string {
  const target = incoming.url ?? "/";
  // A proxy's request names the whole URL.
  if (/^https?:\/\//i.test(target)) return target;
  return `http${secure ? "s" : ""}://${host}${target.startsWith("/") ? "" : "/"}${target}`;
}

/** The value of the header `Host`; two of them come joined as in Headers, which makes them no host. */
function hostOf(raw: readonly string[]): string {
  let host: string | undefined;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!;
    if (name.length === 4 && name.toLowerCase() === "host") {
      host = host === undefined ? raw[i + 1]! : `${host}, ${raw[i + 1]}`;
    }
  }
  return host ?? "";
}

function toHeaders(raw: readonly string[]): Headers {
  const headers = new Headers();
  for (let i = 0; i + 1 < raw.length; i += 2) headers.append(raw[i]!, raw[i + 1]!);
  return headers;
}

function hasBody({ headers }: IncomingMessage, method: string): boolean {
  if (method === "GET" || method === "HEAD") return false;
  const length = headers["content-length"];
  return headers["transfer-encoding"] !== undefined || (length !== undefined && length !== "0");
}

/** The body as a web stream that takes no more from the client than is read from it. */
function toStream(incoming: IncomingMessage, outgoing: ServerResponse): ReadableStream<Uint8Array<ArrayBuffer>> {
  let ended = false;
  return new ReadableStream({
    start(controller) {
      const fail = (error?: unknown): void => {
        if (ended) return;
        ended = true;
        controller.error(error ?? new DOMException("The request ended before its body was read.", "AbortError"));
      };
      incoming.on("data", (chunk: Uint8Array<ArrayBuffer>) => {
        if (ended) return;
        // A plain view, since a Buffer would change what methods such as slice() mean to the reader.
        controller.enqueue(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
        incoming.pause();
      });
      incoming.on("end", () => {
        if (ended) return;
        ended = true;
        controller.close();
      });
      incoming.on("error", fail);
      incoming.on("close", () => fail());
      // Once the response is sent Node drops what is still to come of the request, and says nothing to who reads.
      outgoing.on("close", () => {
        fail();
        // What is still to come has to be taken and dropped, or the next request would not be read.
        incoming.resume();
      });
      incoming.pause();
    },
    pull() {
      incoming.resume();
    },
    cancel() {
      ended = true;
      incoming.resume();
    },
  }, { highWaterMark: 0 });
}
