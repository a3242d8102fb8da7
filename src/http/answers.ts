/**
 * The responses that a server gives in the place of a handler.
 *
 * @module
 */

/** The handler threw, or gave no Response. What went wrong is not the client's to know. */
export function failed(): Response {
  return new Response("Internal Server Error", { status: 500 });
}

/** The handler was cancelled: the server is closing, or nobody waits for the answer any more. */
export function unavailable(): Response {
  return new Response("Service Unavailable", { status: 503 });
}
