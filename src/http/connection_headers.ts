/**
 * What a response says of a connection.
 *
 * @module
 */
import { OF_CONNECTION } from "../adapters/shared/response_headers.ts";

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
