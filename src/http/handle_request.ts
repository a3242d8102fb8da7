/**
 * From the server's callback to the task of a request.
 *
 * @module
 */
import type { HttpAddress, HttpInfo } from "../adapters/adapter.ts";
import { KeyboardInterrupt, RuntimeError } from "../core/errors.ts";
import type { Awaitable, Coroutine } from "../core/suspend.ts";
import { internalServerError, tooManyRequests } from "./fallback_responses.ts";
import { nameOf } from "./named_by_request.ts";
import { tellFailure } from "./outcome.ts";
import { RequestRun } from "./request_run.ts";
import { RequestTask } from "./request_task.ts";
import type { RunningServer } from "./running_server.ts";

/** What a handler of {@linkcode serve} is told beside the request. */
export interface ServeInfo {
  /**
   * Where the client is.
   *
   * @throws {RuntimeError} if the request has ended
   */
  readonly remoteAddr: HttpAddress;
}

/** Answers a request: a generator function, an async function or a plain one. */
export type ServeHandler = (
  request: Request,
  info: ServeInfo,
) => Response | Coroutine<Response> | Awaitable<Response> | Promise<Response>;

/** Answers a request of the host. Never throws, and the promise never rejects. */
export function handleRequest(
  server: RunningServer,
  request: Request,
  hostInfo: HttpInfo,
): Response | Promise<Response> {
  if (server.limit?.isFull()) return refuse(server, request, hostInfo);
  const info = new Info(server, request, hostInfo);
  const handler = server.handler;
  try {
    if (!server.isGenerator) return call(server, request, info, hostInfo);
    // Calling a generator function runs nothing of its body, but its parameters may throw.
    const source = handler(request, info);
    const task = new RequestTask(source as Coroutine<Response>, server, request, hostInfo);
    return server.isTracked ? task.answerTracked() : task.answer();
  } catch (exception) {
    return answerFailure(server, request, hostInfo, exception);
  }
}

/** Calls a function that is no generator function. */
function call(
  server: RunningServer,
  request: Request,
  info: ServeInfo,
  hostInfo: HttpInfo,
): Response | Promise<Response> {
  const handler = server.handler;
  const run = new RequestRun(() => handler(request, info), "answer by", handler);
  const task = new RequestTask(run as unknown as Coroutine<Response>, server, request, hostInfo);
  return server.isTracked ? task.answerTracked() : task.answer();
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
  const answer = server.answerError(exception, request);
  if (answer === undefined) {
    loop.callExceptionHandler({ message: `Cannot handle ${nameOf(request)}; the client got a 500`, exception });
  }
  const response = answer ?? internalServerError();
  if (server.onOutcome !== null) tellFailure(server, request, hostInfo, response, exception);
  return response;
}

/** As many requests wait as may. */
function refuse(server: RunningServer, request: Request, hostInfo: HttpInfo): Response {
  const response = tooManyRequests();
  if (server.onOutcome !== null) {
    const error = new RuntimeError(
      `Cannot handle ${nameOf(request)}: ${server} is handling as many requests as it may.`,
    );
    tellFailure(server, request, hostInfo, response, error);
  }
  return response;
}

class Info implements ServeInfo {
  readonly #server: RunningServer;
  readonly #request: Request;
  readonly #info: HttpInfo;

  constructor(server: RunningServer, request: Request, info: HttpInfo) {
    this.#server = server;
    this.#request = request;
    this.#info = info;
  }

  get remoteAddr(): HttpAddress {
    const listener = this.#server.listener;
    if (listener === null) {
      throw new RuntimeError("Cannot tell the client's address yet: the server has only begun to listen.");
    }
    return listener.clientAddr(this.#request, this.#info);
  }
}
