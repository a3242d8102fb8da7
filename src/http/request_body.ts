/**
 * Reading the body of a request from coroutines.
 *
 * @module
 */
import { uploadsRead } from "../adapters/shared/http.ts";
import { noted } from "../core/current.ts";
import { coroutine } from "../core/coroutine.ts";
import { CancelledError, OSError, RuntimeError } from "../core/errors.ts";
import { checkOptions, type OptionNames } from "../core/misuse.ts";
import { describeKind } from "../core/repr.ts";
import { type Coroutine, type LazyAwaitable, NEXT_ITEM } from "../core/suspend.ts";
import { concatenate } from "../io/reader_state.ts";
import { sleep } from "../tasks/sleep.ts";
import { runningScope } from "./current_request.ts";
import { HostReader } from "./host_reader.ts";
import { HttpError, malformed } from "./http_error.ts";
import { checkLimit } from "./option_checks.ts";

/**
 * The options of {@linkcode readBody}.
 *
 * @category Requests
 */
export interface ReadBodyOptions {
  /** The most bytes that are taken; 1 MiB (1,048,576) by default, null for no limit. */
  readonly limit?: number | null | undefined;
}

const NAMES: OptionNames<ReadBodyOptions> = { limit: true };

/** A megabyte, as it is with other servers of this kind: enough for forms and JSON, and too little to hurt. */
const LIMIT = 1_048_576;

/**
 * The body of a request, read part by part. Made by {@linkcode readBody}.
 *
 * An async function can iterate it by `for await`, a coroutine by {@linkcode forEach}. A cancelled read loses nothing: the next one
 * returns what that would have returned.
 *
 * @example Count the lines of an upload
 * ```ts
 * import { run } from "@loop/asyncio";
 * import { readBody } from "@loop/asyncio/http";
 * import { assertEquals } from "@std/assert";
 *
 * function* countLines(request: Request) {
 *   const body = readBody(request, { limit: 100_000_000 });
 *   let lines = 0;
 *   for (let part = yield* body.read(); part !== null; part = yield* body.read()) {
 *     for (const byte of part) if (byte === 10) lines++;
 *   }
 *   return lines;
 * }
 *
 * const request = new Request("http://localhost/", { method: "POST", body: "a\nb\n" });
 * assertEquals(await run(countLines(request)), 2);
 * ```
 *
 * @category Requests
 */
export class RequestBody implements AsyncIterable<Uint8Array<ArrayBuffer>> {
  /** How many bytes the client has announced; null if it has not. */
  readonly length: number | null;
  /** The most bytes that are taken; null for no limit. */
  readonly limit: number | null;
  /** @internal What {@linkcode RequestBody.readAll} has gathered; kept here, so that a cancel does not lose it. */
  gathered: Uint8Array<ArrayBuffer>[] = [];
  readonly #request: Request;
  readonly #reader: HostReader<Uint8Array<ArrayBuffer>> | null;
  #received = 0;
  #refused: Error | null = null;

  /** @internal */
  constructor(request: Request, limit: number | null) {
    const length = request.headers.get("content-length");
    this.length = length === null || !/^\d+$/.test(length) ? null : Number(length);
    this.limit = limit;
    this.#request = request;
    this.#reader = request.body === null ? null : new HostReader(request.body);
    if (request.body !== null) uploadsRead.set(request.body, () => this.#answered());
  }

  /** How many bytes have come. */
  get received(): number {
    return this.#received;
  }

  /**
   * Reads the next part, of a size that the network has chosen; null at the end.
   *
   * @throws {HttpError} when awaited, with the status 413 if the body is larger than the limit, 400 if it is malformed: {@linkcode serve}
   * answers with it
   * @throws {CancelledError} when awaited, if the client left before the body was whole; elsewhere than in a request of
   * {@linkcode serve} an OSError with the code `"ECONNRESET"`
   * @throws {RuntimeError} when awaited, if another task is reading
   */
  read(): LazyAwaitable<Uint8Array<ArrayBuffer> | null> {
    return read(this);
  }

  /**
   * Reads the rest.
   *
   * @throws {HttpError} when awaited, with the status 413 if the body is larger than the limit
   * @throws {CancelledError} when awaited, if the client left before the body was whole
   * @throws {RuntimeError} when awaited, if another task is reading
   */
  readAll(): LazyAwaitable<Uint8Array<ArrayBuffer>> {
    return noted(readAll(this), "bytes()");
  }

  /**
   * Reads the rest as UTF-8.
   *
   * @throws {HttpError} when awaited, with the status 413 if the body is larger than the limit
   * @throws {CancelledError} when awaited, if the client left before the body was whole
   * @throws {RuntimeError} when awaited, if another task is reading
   */
  text(): LazyAwaitable<string> {
    return text(this);
  }

  /**
   * Reads the rest as JSON. What it is has to be checked: the type is the caller's word for it.
   *
   * @throws {HttpError} when awaited, with the status 400 if it is not JSON, 413 if the body is larger than the limit
   * @throws {CancelledError} when awaited, if the client left before the body was whole
   * @throws {RuntimeError} when awaited, if another task is reading
   *
   * @example Take a JSON document
   * ```ts
   * import { run } from "@loop/asyncio";
   * import { readBody } from "@loop/asyncio/http";
   * import { assertEquals } from "@std/assert";
   *
   * const request = new Request("http://localhost/", { method: "POST", body: '{"name":"ada"}' });
   * const { name } = await run(readBody(request).json<{ name: string }>());
   * assertEquals(name, "ada");
   * ```
   */
  json<T = unknown>(): LazyAwaitable<T> {
    return json(this) as LazyAwaitable<T>;
  }

  /** The parts, one after the other; for `for await` in async functions. A loop that is left can be gone on with. */
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array<ArrayBuffer>, undefined> {
    return { next: async () => await next(this) };
  }

  /** @internal */
  [NEXT_ITEM](): LazyAwaitable<IteratorResult<Uint8Array<ArrayBuffer>, undefined>> {
    return next(this);
  }

  /** @internal */
  *readPart(): Coroutine<Uint8Array<ArrayBuffer> | null> {
    if (this.#refused !== null) throw this.#refused;
    if (this.#reader === null) return null;
    if (this.length !== null && this.#isBeyond(this.length)) throw this.#refuse();
    let part: Uint8Array<ArrayBuffer> | null;
    try {
      do part = yield* this.#reader.read(); while (part?.length === 0);
    } catch (error) {
      throw isOurs(error) ? error : yield* this.#clientLeft(error);
    }
    if (part === null) {
      // Over HTTP/2 what a client has broken off looks whole on some hosts.
      if (this.length === null || this.#received >= this.length) return null;
      throw yield* this.#clientLeft(new Error(`${this.length} bytes were announced`));
    }
    this.#received += part.length;
    if (this.#isBeyond(this.#received)) throw this.#refuse();
    return part;
  }

  #isBeyond(bytes: number): boolean {
    return this.limit !== null && bytes > this.limit;
  }

  /** The request is answered, and nobody waits for more of its body, as it is where that was not wanted after all. */
  #answered(): void {
    if (this.#reader === null || this.#reader.isAwaited || this.#refused !== null) return;
    this.#reader.cancel();
    const { method, url } = this.#request;
    this.#refused = new RuntimeError(
      `Cannot read the body of ${method} ${url}: it is answered, and what was not read is dropped. Read before you answer.`,
    );
  }

  /** What has come is dropped, and what is still to come is not taken: the connection ends with the answer where the host can. */
  #refuse(): HttpError {
    this.gathered = [];
    this.#reader?.cancel();
    const message = `The body of the request is larger than ${this.limit} bytes.`;
    const refused = new HttpError(413, message, { headers: { connection: "close" } });
    this.#refused = refused;
    return refused;
  }

  /** The host's error may come before or after the news that the client left; to the handler it is one and the same. */
  *#clientLeft(cause: unknown): Coroutine<Error> {
    const { method, url } = this.#request;
    const scope = runningScope();
    if (scope?.server?.listener?.cutOffBy(cause, this.#request) === "malformed") return malformed(cause);
    if (scope?.request !== this.#request) {
      return new OSError(
        `Cannot read the body of ${method} ${url}: the client left after ${this.#received} bytes, before it was whole.`,
        { code: "ECONNRESET", cause },
      );
    }
    scope.clientLeft();
    // Where the cancel is thrown in, if this is the task that it is for.
    yield* sleep(0);
    return new CancelledError("client left");
  }
}

/** Whether the error says something about who reads, and not about the connection. */
function isOurs(error: unknown): boolean {
  return error instanceof RuntimeError || error instanceof CancelledError;
}

const read = /* @__PURE__ */ coroutine(function* read(body: RequestBody): Coroutine<Uint8Array<ArrayBuffer> | null> {
  const part = body.gathered.shift();
  return part === undefined ? yield* body.readPart() : part;
});

const next = /* @__PURE__ */ coroutine(
  function* next(body: RequestBody): Coroutine<IteratorResult<Uint8Array<ArrayBuffer>, undefined>> {
    const part = yield* read(body);
    return part === null ? { done: true, value: undefined } : { done: false, value: part };
  },
);

const readAll = /* @__PURE__ */ coroutine(function* readAll(body: RequestBody): Coroutine<Uint8Array<ArrayBuffer>> {
  for (let part = yield* body.readPart(); part !== null; part = yield* body.readPart()) body.gathered.push(part);
  const parts = body.gathered;
  body.gathered = [];
  return concatenate(parts) as Uint8Array<ArrayBuffer>;
});

const text = /* @__PURE__ */ coroutine(function* text(body: RequestBody): Coroutine<string> {
  return new TextDecoder().decode(yield* readAll(body));
});

const json = /* @__PURE__ */ coroutine(function* json(body: RequestBody): Coroutine<unknown> {
  const source = yield* text(body);
  try {
    return JSON.parse(source);
  } catch (cause) {
    throw new HttpError(400, "The body of the request is not JSON.", { cause });
  }
});

/**
 * Reads the body of a request, part by part or as a whole, and never more of it than a limit: the host is asked for a part only when one
 * is wanted, so that a client cannot send faster than it is read.
 *
 * A body beyond the limit ends in an {@linkcode HttpError} with the status 413, which {@linkcode serve} and Hono answer with.
 *
 * @param request a request whose body nobody has read
 * @throws {TypeError} if it is not a request, an option is unknown, or the limit neither a number nor null
 * @throws {RangeError} if the limit is negative, NaN or Infinity
 * @throws {RuntimeError} if the body was read already, or is being read
 *
 * @example An upload with a limit
 * ```ts
 * import { fromPromise, run, use } from "@loop/asyncio";
 * import { readBody, serve } from "@loop/asyncio/http";
 * import { assertEquals } from "@std/assert";
 *
 * function* handler(request: Request) {
 *   const bytes = yield* readBody(request, { limit: 10 }).readAll();
 *   return new Response(`took ${bytes.length} bytes`);
 * }
 *
 * await run(() =>
 *   use(serve(handler, { port: 0 }), function* (server) {
 *     const small = yield* fromPromise(fetch(server.url, { method: "POST", body: "small" }));
 *     assertEquals(yield* fromPromise(small.text()), "took 5 bytes");
 *     const large = yield* fromPromise(fetch(server.url, { method: "POST", body: "much too large" }));
 *     assertEquals([large.status, yield* fromPromise(large.text())], [413, "The body of the request is larger than 10 bytes."]);
 *   })
 * );
 * ```
 *
 * @category Requests
 */
export function readBody(request: Request, options: ReadBodyOptions = {}): RequestBody {
  if (!(request instanceof Request)) {
    throw new TypeError(`Cannot read the body of ${describeKind(request)}: give the request, c.req.raw in Hono.`);
  }
  checkOptions(options, "readBody", NAMES);
  const { limit = LIMIT } = options;
  checkLimit(limit, "read a body", "limit", { unit: "bytes" });
  if (request.bodyUsed || request.body?.locked) {
    throw new RuntimeError(
      `Cannot read the body of ${request.method} ${request.url}: it was read already. Read it once, and pass on what came.`,
    );
  }
  return new RequestBody(request, limit);
}
