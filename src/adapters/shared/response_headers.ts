/**
 * A quick look at the headers of a response, and what is taken out of them.
 *
 * @module
 */

/** What is known here of the inside of Deno's Response. */
interface Inner {
  readonly headerList?: readonly (readonly [string, string])[];
}

/**
 * Where Deno's Response keeps what it is made of. Iterating its headers sorts and copies them, which costs more than all the rest of
 * a quick answer. Other hosts have no such key, nor may a later Deno; they are asked for the headers. Edge workers make no Response while they load.
 */
const INNER = "Deno" in globalThis
  ? Object.getOwnPropertySymbols(new Response("")).find(({ description }) => description === "response")
  : undefined;

/** The control characters but the tab, and DEL. Headers refuses only some of them, and a host sends or dies of the others. */
// deno-lint-ignore no-control-regex
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/;

const ENCODING = "content-encoding";

/** What a response says of a connection, which is another one if it was fetched, and of how a body is sent on it, which is the host's to say. */
export const OF_CONNECTION: ReadonlySet<string> = new Set(["trailer", "connection", "keep-alive", "transfer-encoding"]);

/** What a look at the headers has found. */
export interface HeadersLook {
  /** The name of a header whose value has a character that HTTP does not allow, or null. */
  readonly unsendable: string | null;
  /** Whether one says how the body is encoded. */
  readonly isEncoded: boolean;
  /** Whether one says something of the connection, or of how the body is sent on it. */
  readonly isOfConnection: boolean;
}

/** The last look, used again since one is taken for each response. */
const found = { unsendable: null as string | null, isEncoded: false, isOfConnection: false };

/** Looks at the headers of a response. What is found stands until the next look. */
export function lookAtHeaders(response: Response): HeadersLook {
  const list = INNER === undefined ? undefined : (response as unknown as Record<symbol, Inner>)[INNER]?.headerList;
  found.unsendable = null;
  found.isEncoded = found.isOfConnection = false;
  if (list === undefined) response.headers.forEach(look);
  else for (let i = 0; i < list.length; i++) look(list[i]![1], list[i]![0]);
  return found;
}

function look(value: string, name: string): void {
  if (CONTROL.test(value)) found.unsendable = name;
  // Few names have one of these lengths.
  switch (name.length) {
    case ENCODING.length:
      if (name.toLowerCase() === ENCODING) found.isEncoded = true;
      break;
    case 7:
    case 10:
    case 17:
      if (OF_CONNECTION.has(name.toLowerCase())) found.isOfConnection = true;
  }
}

/** The first character of a header's value that HTTP does not allow, such as `"U+0001"`. */
export function unsendableCharacter(value: string): string {
  const code = CONTROL.exec(value)?.[0].charCodeAt(0) ?? 0;
  return `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
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
