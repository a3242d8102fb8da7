/**
 * Errors that are answers.
 *
 * @module
 */
import { checkOptions, type OptionNames } from "../core/misuse.ts";
import { describeKind } from "../core/repr.ts";
import { type HeadersSource, toHeaders } from "./headers.ts";

/**
 * The options of {@linkcode HttpError}.
 *
 * @category Requests
 */
export interface HttpErrorOptions extends ErrorOptions {
  /** Headers of the answer, such as `{ "retry-after": "5" }`. */
  readonly headers?: HeadersSource | undefined;
}

const NAMES: OptionNames<HttpErrorOptions> = { headers: true, cause: true };

/**
 * What a handler throws to answer with a status: {@linkcode serve} sends the message as plain text, and reports nothing. Hono does
 * the same with it by itself, unless the app has an `onError` of its own.
 *
 * @example Refuse from anywhere below the handler
 * ```ts
 * import { fromPromise, run } from "@loop/asyncio";
 * import { HttpError, serve } from "@loop/asyncio/http";
 * import { assertEquals } from "@std/assert";
 *
 * function find(id: string | null): string {
 *   if (id === null) throw new HttpError(400, "There is no id in the query.");
 *   return `the thing ${id}`;
 * }
 *
 * await run(function* () {
 *   const server = yield* serve((request) => new Response(find(new URL(request.url).searchParams.get("id"))), { port: 0 });
 *   const response = yield* fromPromise(fetch(server.url));
 *   assertEquals(response.status, 400);
 *   assertEquals(yield* fromPromise(response.text()), "There is no id in the query.");
 *   server.close();
 *   yield* server.waitClosed();
 * });
 * ```
 *
 * @category Requests
 */
export class HttpError extends Error {
  /** The status of the answer, 400 to 599. */
  readonly status: number;
  /** The headers of the answer. */
  readonly headers: Headers;

  /**
   * Makes the error. The message goes to the client as it is.
   *
   * @throws {TypeError} if the status is not a number, the message not text, an option is unknown, or the headers have the wrong type
   * @throws {RangeError} if it is not a whole number from 400 to 599
   */
  constructor(status: number, message: string = "", options: HttpErrorOptions = {}) {
    if (typeof status !== "number") {
      throw new TypeError(`Cannot make an HttpError of ${describeKind(status)}: give a status, such as 404.`);
    }
    if (!Number.isInteger(status) || status < 400 || status > 599) {
      throw new RangeError(
        `Cannot make an HttpError with the status ${status}: errors are 400 to 599. Return a Response for others.`,
      );
    }
    if (typeof message !== "string") {
      throw new TypeError(
        `Cannot make an HttpError with ${
          describeKind(message)
        } as its message: give the text that the client gets, and options behind it, ` +
          'as in new HttpError(401, "Who are you?", { headers }).',
      );
    }
    checkOptions(options, "new HttpError", NAMES);
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.status = status;
    this.headers = toHeaders(options.headers);
  }

  /** Makes the answer. The name is the one by which Hono asks its own errors. */
  getResponse(): Response {
    return new Response(this.message, { status: this.status, headers: this.headers });
  }
}
Object.defineProperty(HttpError.prototype, "name", { value: "HttpError", writable: true, configurable: true });

/** The answer to a request whose body is not what HTTP allows. */
export function malformed(cause: unknown): HttpError {
  return new HttpError(400, "The body of the request is malformed.", { headers: { connection: "close" }, cause });
}
