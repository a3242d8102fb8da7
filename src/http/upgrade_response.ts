/**
 * The response that stands for a WebSocket on its way from the handler to the host.
 *
 * Everybody between may add headers, or put a copy in its place, as frameworks do. So it is not known by what it is: a request that has
 * asked for a WebSocket gets one unless what comes out in the end says something else.
 *
 * @module
 */
import { type HeadersSource, toHeaders } from "./headers_source.ts";

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

/** Whether what a handler has given after it had asked for a WebSocket leaves it at that: another status or a body says something else. */
export function isUpgrade(given: unknown): given is Response {
  return given instanceof Response && (given.status === 101 || given.ok) && given.body === null;
}

/** What the answer is to say beside the handshake; each cookie is a header of its own. */
export function upgradeHeaders({ headers }: Response): [string, string][] {
  return [...headers].filter(([name]) => !ITS_OWN.test(name));
}
