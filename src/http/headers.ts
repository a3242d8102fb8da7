/**
 * Headers: what the module takes for them, and what those of a response say of its connection.
 *
 * @module
 */
import { OF_CONNECTION } from "../adapters/shared/response_headers.ts";

/**
 * Headers in one of the forms that `new Headers()` takes: others, pairs of a name and a value, or an object. It is `HeadersInit`, which only
 * the types of browsers and of Deno have.
 *
 * @category Responses
 */
export type HeadersSource =
  | Headers
  | Iterable<readonly string[]>
  | Readonly<Record<string, string>>;

/**
 * Makes headers of their source.
 *
 * @throws {TypeError} if it is not one of them
 */
export function toHeaders(source: HeadersSource | undefined): Headers {
  return new Headers(source as HeadersInit | undefined);
}

/**
 * Takes from a response what the host says by itself: how the body is framed, and that the connection is kept. What a fetched response says
 * of that is of the connection that it came by. That the connection ends stays, and so does the name of another protocol.
 */
export function withoutConnectionHeaders(response: Response): Response {
  try {
    strip(response.headers);
    return response;
  } catch {
    // The headers of a fetched response cannot be changed.
    const { status, statusText } = response;
    const headers = new Headers(response.headers);
    strip(headers);
    return new Response(response.body, { status, statusText, headers });
  }
}

function strip(headers: Headers): void {
  const connection = headers.get("connection") ?? "";
  for (const name of OF_CONNECTION) headers.delete(name);
  const rest = connection.split(",").map((token) => token.trim()).filter((token) => !/^(keep-alive)?$/i.test(token));
  if (rest.length > 0) headers.set("connection", rest.join(", "));
}

/** What the handshake and the connection consist of, and nobody else has to say. */
export const ITS_OWN: RegExp = /^(connection|upgrade|keep-alive|transfer-encoding|content-length|sec-websocket-.*)$/;

/** Makes one. Node lets no copy of a response have the status 101, so there it says 200 until it is sent. */
export function upgradeResponse(headers: HeadersSource | undefined): Response {
  const init = headers === undefined ? {} : { headers: toHeaders(headers) };
  try {
    return new Response(null, { ...init, status: 101 });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return new Response(null, init);
  }
}

/** Whether what a handler has returned after it had asked for a WebSocket leaves it at that: another status or a body says something else. */
export function isUpgrade(answer: unknown): answer is Response {
  return answer instanceof Response && (answer.status === 101 || answer.ok) && answer.body === null;
}

/** What the answer is to say beside the handshake; each cookie is a header of its own. */
export function upgradeHeaders({ headers }: Response): [string, string][] {
  return [...headers].filter(([name]) => !ITS_OWN.test(name));
}
