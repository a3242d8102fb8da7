/**
 * The body of a request that has its answer.
 *
 * @module
 */

import { uploadsRead } from "../shared/http.ts";

/**
 * Reads nothing more of the body of a request, which is about to be answered. What is left of it Deno drops then, and the connection is
 * free for the next request. Otherwise Deno closes the connection, or leaves it standing if some of the body was read; so it still does
 * where somebody keeps a reader of the stream: quirk `unread-upload`.
 */
export function leaveUpload(request: Request): void {
  try {
    const { body } = request;
    if (body === null) return;
    if (body.locked) uploadsRead.get(body)?.();
    else body.cancel().catch(() => {});
  } catch {
    // The client has left, and the body with it.
  }
}
