/**
 * How requests end.
 *
 * @module
 */
import type { HttpAddress, HttpCut, HttpInfo } from "../adapters/adapter.ts";
import { selfEnding, UnsentBody } from "../adapters/shared/http.ts";
import { brokenOff } from "./fallback_responses.ts";
import type { RequestScope } from "./request_scope.ts";
import type { RunningServer } from "./running_server.ts";

/**
 * How a request ended, in the same words on every runtime.
 *
 * - `delivered`: the handler's response went to the client, a body that is a stream to its end. A body that was there as a whole counts
 *   when the runtime has taken it.
 * - `clientGone`: the client left before, or closed its half of the connection.
 * - `timedOut`: the request's time was over first.
 * - `shutdown`: the server closed, and its grace period was over first.
 * - `failed`: the handler threw, returned no response or was cancelled by somebody else, its body failed, or the server was too busy
 *   to handle it.
 *
 * @category Servers
 */
export type Outcome = "delivered" | "clientGone" | "timedOut" | "shutdown" | "failed";

/**
 * What the option `onOutcome` of {@linkcode serve} gets for a request that has ended: enough for a line in a log of accesses.
 *
 * @example A log of accesses
 * ```ts
 * import { fromPromise, run, use } from "@loop/asyncio";
 * import { type RequestOutcome, serve } from "@loop/asyncio/http";
 * import { assertMatch } from "@std/assert";
 *
 * const log: string[] = [];
 * function onOutcome({ remoteAddr, method, url, status, bytes, duration, headers }: RequestOutcome): void {
 *   const client = remoteAddr?.transport === "tcp" ? remoteAddr.hostname : "-";
 *   const { pathname, search } = new URL(url);
 *   const time = `${duration.toFixed(1)} ms`;
 *   log.push(`${client} "${method} ${pathname}${search}" ${status ?? "-"} ${bytes ?? "-"} ${time} "${headers.get("user-agent") ?? "-"}"`);
 * }
 *
 * await run(() =>
 *   use(serve(() => new Response("hello"), { port: 0, onOutcome }), function* (server) {
 *     const headers = { "user-agent": "example" };
 *     yield* fromPromise(fetch(`${server.url}/x?y`, { headers }).then((response) => response.text()));
 *   })
 * );
 * assertMatch(log[0]!, /^127\.0\.0\.1 "GET \/x\?y" 200 (5|-) \d+\.\d ms "example"$/);
 * ```
 *
 * @category Servers
 */
export interface RequestOutcome {
  /** The request. What nobody has read of it before may be out of reach by now; what an outcome has beside it was read in time. */
  readonly request: Request;
  /** Its method. */
  readonly method: string;
  /** Its URL. */
  readonly url: string;
  /** Its headers. */
  readonly headers: Headers;
  /** Where the client is; null if it had left when its request was read, and in the moment in which the server begins to listen. */
  readonly remoteAddr: HttpAddress | null;
  /** How it ended. */
  readonly outcome: Outcome;
  /** The status of the response that was given to the runtime; null if there was none, since the client had left before. */
  readonly status: number | null;
  /** How many bytes of the response's body the runtime was given, before any encoding of the transfer; null where that is not known. */
  readonly bytes: number | null;
  /** Milliseconds from its arrival until nothing of it was left, with a fraction. */
  readonly duration: number;
  /** What went wrong, if something did: also after the client had left, or the time was over. */
  readonly error?: unknown;
}

/** What is known of a request when it arrives. */
type Arrival = Pick<RequestOutcome, "request" | "method" | "url" | "headers" | "remoteAddr">;

/** Reads what an outcome has of a request, while the runtime knows it. */
function arrivalOf(server: RunningServer, request: Request, info: HttpInfo): Arrival {
  const { method, url } = request;
  // A copy: some hosts look a header up when it is asked for, and find none when the request is over.
  const headers = new Headers(request.headers);
  return { request, method, url, headers, remoteAddr: clientOf(server, request, info) };
}

function clientOf(server: RunningServer, request: Request, info: HttpInfo): HttpAddress | null {
  try {
    return server.listener?.clientAddr(request, info) ?? null;
  } catch {
    // It has left already.
    return null;
  }
}

/** Tells how one request has ended, when nothing of it is left. */
export class OutcomeReport {
  readonly #server: RunningServer;
  readonly #scope: RequestScope;
  readonly #began: number;
  readonly #info: HttpInfo;
  readonly #arrival: Arrival;
  #status: number | null = null;
  #bytes: number | null = null;
  /** The status of what the host has sent in its place. */
  #instead: number | undefined;
  #taken = true;
  #over = false;

  constructor(server: RunningServer, scope: RequestScope, info: HttpInfo) {
    this.#server = server;
    this.#scope = scope;
    this.#began = server.loop.time();
    this.#info = info;
    this.#arrival = arrivalOf(server, scope.request, info);
  }

  /** The response goes to the host now; with a body that no task produces only the host knows what becomes of it. */
  answered(status: number, response: Response | Promise<Response>): void {
    const listener = this.#server.listener;
    const scope = this.#scope;
    // To a client that has left it is not sent any more.
    if (scope.cause !== "clientGone") this.#status = status;
    if (scope.cause !== null || listener === null) return;
    if (scope.isHeld() && !isPassedOn(response)) return;
    this.#taken = false;
    listener.watchEnd(scope.request, this.#info, (end, error, bytes, status) => {
      const cut = end === "failed" ? listener.cutOffBy(error, scope.request) : null;
      if (end === "gone" || cut === "gone") scope.cause ??= this.#server.isCut() ? "shutdown" : "clientGone";
      else if (end === "failed" && !isTold(error, cut, scope.request)) scope.noteFailure(error);
      if (bytes !== undefined) this.#bytes = bytes;
      this.#instead = status;
      this.#taken = true;
      this.#tell();
    });
  }

  /** Nothing of the request runs any more. */
  over(): void {
    this.#over = true;
    this.#tell();
  }

  #tell(): void {
    if (!this.#over || !this.#taken) return;
    const scope = this.#scope;
    tell(this.#server, {
      ...this.#arrival,
      outcome: scope.outcome(),
      status: this.#instead ?? (scope.status === undefined ? this.#status : scope.status),
      bytes: this.#bytes ?? scope.bytes,
      duration: this.#server.loop.time() - this.#began,
      ...(scope.error === undefined ? {} : { error: scope.error }),
    });
  }
}

/** Whether what made it impossible to send a body is no more than that its task has broken it off, and knows why. */
function isTold(error: unknown, cut: HttpCut | null, request: Request): boolean {
  if (error instanceof UnsentBody) return true;
  const broken = brokenOff.get(request);
  return broken !== undefined && (error === broken.error || error === undefined || cut === "over");
}

/** Whether it may not be the body that a task produces which is sent, but what somebody makes of that, such as one who compresses it. */
function isPassedOn(response: Response | Promise<Response>): boolean {
  if (response instanceof Promise) return true;
  return response.body !== null && !selfEnding.has(response.body);
}

/** Reports a request that has failed before it was a task. */
export function tellFailure(
  server: RunningServer,
  request: Request,
  info: HttpInfo,
  response: Response,
  error: unknown,
): void {
  const { status } = response;
  tell(server, { ...arrivalOf(server, request, info), outcome: "failed", status, bytes: null, duration: 0, error });
}

function tell(server: RunningServer, ended: RequestOutcome): void {
  try {
    server.onOutcome?.(ended);
  } catch (exception) {
    const message = `onOutcome of ${server} failed`;
    server.loop.callExceptionHandler({ message, exception });
  }
}
