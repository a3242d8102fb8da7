/**
 * The responses that a server gives in the place of a handler.
 *
 * @module
 */

/** Seconds after which a client that was sent away may ask again. */
const RETRY_AFTER = "1";

/** The handler threw, or gave no Response. What went wrong is not the client's to know. */
export function internalServerError(): Response {
  return new Response("Internal Server Error", { status: 500 });
}

/** The handler was cancelled: the server is closing, or nobody waits for the answer any more. */
export function serviceUnavailable(): Response {
  return new Response("Service Unavailable", { status: 503 });
}

/** As many requests are being handled and wait as may. */
export function tooBusy(): Response {
  return new Response("Service Unavailable", { status: 503, headers: { "retry-after": RETRY_AFTER } });
}

/** The time of the request was over before its handler was done. */
export function gatewayTimeout(): Response {
  return new Response("Gateway Timeout", { status: 504 });
}

/** Lets go of a response that came too late, so that whatever its body reads from learns of it. */
export function discard({ body }: Response): void {
  if (body !== null && !body.locked) body.cancel().catch(() => {});
}
