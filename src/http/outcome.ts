/**
 * How requests end.
 *
 * @module
 */
import type { HttpInfo } from "../adapters/adapter.ts";
import { FAILED } from "../core/future.ts";
import type { Task } from "../core/task.ts";
import type { RequestScope } from "./request_scope.ts";
import type { HttpServer } from "./server.ts";

/**
 * How a request ended, in the same words on every runtime.
 *
 * - `delivered`: the handler's response went to the client, a body that is a stream to its end. A body that was there as a whole counts
 *   when the runtime has taken it.
 * - `clientGone`: the client left before, or closed its half of the connection.
 * - `timedOut`: the request's time was over first.
 * - `shutdown`: the server closed, and its grace period was over first.
 * - `failed`: the handler threw, gave no response or was cancelled by somebody else, its body failed, or the server was too busy
 *   to handle it.
 */
export type Outcome = "delivered" | "clientGone" | "timedOut" | "shutdown" | "failed";

/** What the option `onOutcome` of {@linkcode serve} is told of a request that has ended. */
export interface RequestOutcome {
  /** The request. */
  readonly request: Request;
  /** How it ended. */
  readonly outcome: Outcome;
  /** Milliseconds from its arrival until nothing of it was left, with a fraction. */
  readonly duration: number;
  /** What went wrong, if something did: also after the client had left, or the time was over. */
  readonly error?: unknown;
}

/** Waits for the end of one request, and tells of it. */
export class OutcomeWatch {
  readonly #server: HttpServer;
  readonly #scope: RequestScope;
  readonly #began: number;
  #taken = true;
  #over = false;

  constructor(server: HttpServer, scope: RequestScope) {
    this.#server = server;
    this.#scope = scope;
    this.#began = server._loop.time();
  }

  /** The response goes to the host now; with a body that no task produces only the host knows what becomes of it. */
  answered(info: HttpInfo): void {
    const listener = this.#server._listener;
    const scope = this.#scope;
    if (scope._isHeld() || scope._cause !== null || listener === null) return;
    this.#taken = false;
    listener.watchEnd(scope.request, info, responseOf(scope.task), (end, error) => {
      if (end === "gone") scope._cause ??= this.#server._isCut() ? "shutdown" : "clientGone";
      else if (end === "failed") scope._noteFailure(error);
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
    const { request, _error: error } = this.#scope;
    const outcome = this.#scope._outcome();
    const duration = this.#server._loop.time() - this.#began;
    tell(this.#server, error === undefined ? { request, outcome, duration } : { request, outcome, duration, error });
  }
}

/** What a handler has given; null if something else is sent in its place. */
function responseOf(task: Task<unknown>): Response | null {
  if (!task.done() || task.cancelled() || task._state === FAILED) return null;
  const given = task.result();
  return given instanceof Response ? given : null;
}

/** Tells of the end of a request. */
export function tell(server: HttpServer, ended: RequestOutcome): void {
  try {
    server._onOutcome?.(ended);
  } catch (exception) {
    const message = `onOutcome of ${server} failed`;
    server._loop.callExceptionHandler({ message, exception });
  }
}
