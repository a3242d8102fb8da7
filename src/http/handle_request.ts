/**
 * From the server's callback to the task of a request.
 *
 * @module
 */
import type { HttpAddress, HttpAnswers, HttpInfo } from "../adapters/adapter.ts";
import { HERE } from "../core/async_run.ts";
import { KeyboardInterrupt, RuntimeError } from "../core/errors.ts";
import type { Awaitable, Coroutine } from "../core/suspend.ts";
import { answerError, internalServerError, tooBusy } from "./fallback_responses.ts";
import { HandledRequest } from "./handled_request.ts";
import { tellFailure } from "./outcome.ts";
import { nameOf } from "./request_hooks.ts";
import { RequestRun } from "./request_run.ts";
import type { RunningServer } from "./running_server.ts";

/**
 * What a handler of {@linkcode serve} is told beside the request.
 *
 * @category Servers
 */
export interface ServeInfo {
  /**
   * Where the client is.
   *
   * @throws {RuntimeError} if the request has ended
   */
  readonly remoteAddr: HttpAddress;
}

/**
 * Answers a request: a generator function, an async function or a plain one.
 *
 * @category Servers
 */
export type ServeHandler = (
  request: Request,
  info: ServeInfo,
) => Response | Coroutine<Response> | Awaitable<Response> | Promise<Response>;

/** Answers a request of the host. Never throws, and the promise never rejects. */
export function handleRequest(
  server: RunningServer,
  request: Request,
  info: HttpInfo,
  answers?: HttpAnswers,
): Response | Promise<Response> {
  const { handler, limit } = server;
  if (limit?.isFull()) return refuse(server, request, info);
  const handled = new HandledRequest(server, request, info);
  try {
    // Without a line it is called within this callback.
    const frame = limit === null && server.loop.isRunning() ? HERE : undefined;
    // Calling a generator function runs nothing of its body, but its parameters may throw.
    const source = server.isGenerator
      ? handler(request, handled) as Coroutine<unknown>
      : new RequestRun(() => handler(request, handled), "answer by", handler, undefined, frame) as unknown as Coroutine<
        unknown
      >;
    return limit === null ? handled.answer(source, answers) : handled.answerInTurn(source, limit, answers);
  } catch (exception) {
    return answerFailure(server, request, info, exception);
  }
}

function answerFailure(server: RunningServer, request: Request, hostInfo: HttpInfo, exception: unknown): Response {
  const loop = server.loop;
  if (exception instanceof KeyboardInterrupt) {
    // It is to leave the loop, and this is the host's callback.
    loop.callSoon(() => {
      throw exception;
    });
    return internalServerError();
  }
  const answer = answerError(server, exception, request);
  if (answer === undefined) {
    loop.callExceptionHandler({ message: `Cannot handle ${nameOf(request)}; the client got a 500`, exception });
  }
  const response = answer ?? internalServerError();
  if (server.onOutcome !== null) tellFailure(server, request, hostInfo, response, exception);
  return response;
}

/** As many requests wait as may. */
function refuse(server: RunningServer, request: Request, hostInfo: HttpInfo): Response {
  const response = tooBusy();
  if (server.onOutcome !== null) {
    const error = new RuntimeError(
      `Cannot handle ${nameOf(request)}: ${server} is handling as many requests as it may.`,
    );
    tellFailure(server, request, hostInfo, response, error);
  }
  return response;
}
