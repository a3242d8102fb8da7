/**
 * What a server answers in the place of a handler's response, and why that cannot be sent.
 *
 * @module
 */
import { UnsentBody } from "../adapters/shared/http.ts";
import { lookAtHeaders, unsendableCharacter } from "../adapters/shared/response_headers.ts";
import { wasRead } from "../adapters/shared/response_kind.ts";
import { describeKind } from "../core/repr.ts";
import { malformed } from "./http_error.ts";
import { nameOf } from "./request_hooks.ts";
import type { RunningServer } from "./running_server.ts";

/** Seconds after which a client that was sent away may ask again. */
const RETRY_AFTER = "1";

/** How a task has broken off a body: with which error, and with which status the request is answered if nothing was sent. */
export interface BrokenOff {
  readonly error: unknown;
  readonly status: number;
}

/**
 * The requests whose body a task has broken off, of which that is told. Who passes such a body on breaks off with that error, or with one of its
 * own, such as that of a CompressionStream.
 */
export const brokenOff: WeakMap<Request, BrokenOff> = new WeakMap();

/** The handler threw, or returned no Response. What went wrong is not the client's to know. */
export function internalServerError(): Response {
  return new Response("Internal Server Error", { status: 500 });
}

/** The handler was cancelled: the server is closing, or nobody waits for the answer any more. */
export function serviceUnavailable(): Response {
  return new Response("Service Unavailable", { status: 503 });
}

function insteadOf(status: number): Response {
  return status === 504 ? gatewayTimeout() : status === 503 ? serviceUnavailable() : internalServerError();
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

/** Whose response it is: a request's, by its name. It is asked only when there is something to say. */
interface Named {
  getName(): string;
}

/** Where most of them come from. */
const HANDLER = "its handler returned";

/**
 * Why a response cannot be sent, if its headers forbid it. Every response passes here: Headers takes control characters that HTTP
 * does not have, and what the hosts make of those differs from an error to the end of the process.
 */
export function headerFault(response: Response, request: Named, giver = HANDLER): TypeError | null {
  const { unsendable: name } = lookAtHeaders(response);
  if (name === null) return null;
  const character = unsendableCharacter(response.headers.get(name) ?? "");
  return new TypeError(
    `Cannot answer ${request.getName()}: the header "${name}" of the response that ${giver} has the character ${character}, which HTTP does not allow. ` +
      "Take it out, or write the value with encodeURIComponent().",
  );
}

/** Why a response cannot be sent, if its body or its kind forbid it. Hosts find that too, and do not say which request it is. */
export function bodyFault(response: Response, request: Named, giver = HANDLER): TypeError | null {
  if (wasRead(response)) {
    return new TypeError(
      `Cannot answer ${request.getName()}: the body of the response that ${giver} was read already. Return a new Response.`,
    );
  }
  if (response.status !== 0) return null;
  return new TypeError(
    `Cannot answer ${request.getName()}: ${giver} Response.error(), which stands for a fetch that failed and cannot be sent. ` +
      "Throw an HttpError, or return new Response(…) with a status of 500.",
  );
}

/** What was returned is not a Response. */
export function noResponse(value: unknown, request: Named): TypeError {
  const kind = value === undefined ? "nothing" : describeKind(value);
  return new TypeError(
    `Cannot answer ${request.getName()}: ${HANDLER} ${kind}, and a request is answered by a Response. ` +
      "Write return new Response(…), or return yield* … for a task whose result is one.",
  );
}

/** What the option `onError` of the server makes of an error; nothing without one, or if that fails. */
export function answerError(server: RunningServer, error: unknown, request: Request): Response | undefined {
  if (server.onError === undefined) return undefined;
  try {
    const response: unknown = server.onError(error, request);
    if (response instanceof Response) {
      const named = { getName: () => nameOf(request) };
      const fault = headerFault(response, named, "onError returned") ?? bodyFault(response, named, "onError returned");
      if (fault === null) return response;
      throw fault;
    }
  } catch (exception) {
    server.loop.callExceptionHandler({ message: `onError of ${server} failed`, exception });
  }
  return undefined;
}

/** What is sent in the place of a response that could not be, such as one that was read before. */
export function answerUnsent(server: RunningServer, exception: unknown, request: Request | undefined): Response {
  if (exception instanceof UnsentBody) return insteadOf(exception.status);
  const broken = request === undefined ? undefined : brokenOff.get(request);
  // A body that is broken off without a reason, or by its task, is reported by who has done that.
  if (exception === undefined || exception === broken?.error) return insteadOf(broken?.status ?? 500);
  // What is sent may be the request's own body, which its client has broken off.
  const cut = request === undefined ? null : server.listener?.cutOffBy(exception, request) ?? null;
  if (cut === "malformed") return malformed(exception).getResponse();
  if (cut === "gone") return serviceUnavailable();
  // Else it comes from somewhere else, such as a fetch whose answer is passed on.
  if (cut === "over" && broken !== undefined) return insteadOf(broken.status);
  const response = request === undefined ? undefined : answerError(server, exception, request);
  if (response !== undefined) return response;
  server.loop.callExceptionHandler({ message: `${server} could not send the response of a handler`, exception });
  return internalServerError();
}
