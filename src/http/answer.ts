/**
 * From the host's callback to the task of a request.
 *
 * @module
 */
import type { HttpAddress, HttpInfo } from "../adapters/adapter.ts";
import { KeyboardInterrupt, RuntimeError } from "../core/errors.ts";
import type { Awaitable, Coroutine } from "../core/suspend.ts";
import { busy, failed } from "./answers.ts";
import { nameOf } from "./named_by_request.ts";
import { tellFailure } from "./outcome.ts";
import { RequestRun } from "./request_run.ts";
import { RequestTask } from "./request_task.ts";
import type { HttpServer } from "./server.ts";

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
export function answer(host: HttpServer, request: Request, hostInfo: HttpInfo): Response | Promise<Response> {
  if (host._limit?.isFull()) return refuse(host, request, hostInfo);
  const info = new Info(host, request, hostInfo);
  const handler = host._handler;
  try {
    if (!host._steps) return call(host, request, info, hostInfo);
    // Calling a generator function runs nothing of its body, but its parameters may throw.
    const source = handler(request, info);
    const task = new RequestTask(source as Coroutine<Response>, host, request, hostInfo);
    return host._watched ? task._answerWatched() : task._answer();
  } catch (exception) {
    return answerFailure(host, request, hostInfo, exception);
  }
}

/** Calls a function that is no generator function. */
function call(host: HttpServer, request: Request, info: ServeInfo, hostInfo: HttpInfo): Response | Promise<Response> {
  const handler = host._handler;
  const run = new RequestRun(() => handler(request, info), "answer by", handler);
  const task = new RequestTask(run as unknown as Coroutine<Response>, host, request, hostInfo);
  return host._watched ? task._answerWatched() : task._answer();
}

function answerFailure(host: HttpServer, request: Request, hostInfo: HttpInfo, exception: unknown): Response {
  const loop = host._loop;
  if (exception instanceof KeyboardInterrupt) {
    // It is to leave the loop, and this is the host's callback.
    loop.callSoon(() => {
      throw exception;
    });
    return failed();
  }
  const answer = host._answerError(exception, request);
  if (answer === undefined) {
    loop.callExceptionHandler({ message: `Cannot handle ${nameOf(request)}; the client got a 500`, exception });
  }
  const response = answer ?? failed();
  if (host._onOutcome !== null) tellFailure(host, request, hostInfo, response, exception);
  return response;
}

/** As many requests wait as may. */
function refuse(host: HttpServer, request: Request, hostInfo: HttpInfo): Response {
  const response = busy();
  if (host._onOutcome !== null) {
    const error = new RuntimeError(`Cannot handle ${nameOf(request)}: ${host} is handling as many requests as it may.`);
    tellFailure(host, request, hostInfo, response, error);
  }
  return response;
}

class Info implements ServeInfo {
  readonly #host: HttpServer;
  readonly #request: Request;
  readonly #info: HttpInfo;

  constructor(host: HttpServer, request: Request, info: HttpInfo) {
    this.#host = host;
    this.#request = request;
    this.#info = info;
  }

  get remoteAddr(): HttpAddress {
    const listener = this.#host._listener;
    if (listener === null) {
      throw new RuntimeError("Cannot tell the client's address yet: the server has only begun to listen.");
    }
    return listener.clientAddr(this.#request, this.#info);
  }
}
