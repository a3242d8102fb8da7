/**
 * Headers: what the module takes for them, and those of an upgrade.
 *
 * @module
 */

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
