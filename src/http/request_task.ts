/**
 * The task of a request.
 *
 * Its first step is taken in the host's callback. Most handlers end in it, so a request costs a task and nothing more until
 * its handler parks: no promise, no turn of the loop, no signal, no name.
 *
 * @module
 */
import type { HttpAddress, HttpInfo, HttpListener } from "../adapters/adapter.ts";
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import { ScopedVars, UNREAD_VARS, type Vars, type VarsMaker } from "../core/context.ts";
import type { TaskSource } from "../core/coroutine.ts";
import { KeyboardInterrupt, RuntimeError } from "../core/errors.ts";
import { CANCELLED } from "../core/future.ts";
import { describeKind } from "../core/repr.ts";
import { SnapshotTask } from "../core/snapshot_task.ts";
import type { Awaitable, Coroutine } from "../core/suspend.ts";
import { failed, unavailable } from "./answers.ts";
import { HttpError } from "./http_error.ts";
import { RequestRun } from "./request_run.ts";
import { RequestScope } from "./request_scope.ts";
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

/** The options of all; the empty name says that it is made when somebody reads it. */
const UNNAMED = { name: "" };

/** A task that is named after a request, `GET /path`. It begins when told to. */
export class NamedByRequest<T> extends SnapshotTask<T> {
  /** @internal */
  readonly _request: Request;

  constructor(source: TaskSource<T>, loop: BaseEventLoop, request: Request) {
    super(source, loop, UNNAMED);
    this._request = request;
  }

  /** @internal Not from the constructor: the fields of this class do not exist by then. */
  override _begin(): void {}

  /** @internal Takes the first step at once, if the loop runs. */
  _beginNow(): void {
    super._begin(this._loop.isRunning());
  }

  /** The method and the path, without the query. */
  override getName(): string {
    if (this._name === "") this._name = nameOf(this._request);
    return this._name as string;
  }
}

/** The task of a request, and the way of its answer to the host. */
export class RequestTask extends NamedByRequest<unknown> implements VarsMaker {
  /** @internal Made when something asks for it. */
  _scope: RequestScope | null = null;
  readonly #host: HttpServer;
  readonly #info: HttpInfo;
  #response: Response | null = null;
  #resolve: ((response: Response) => void) | null = null;
  #unwatch: (() => void) | undefined;

  constructor(source: TaskSource<unknown>, host: HttpServer, request: Request, info: HttpInfo) {
    super(source, host._loop, request);
    this.#host = host;
    this.#info = info;
    this._context = UNREAD_VARS;
  }

  /** @internal The scope of the request. */
  _ownScope(): RequestScope {
    return this._scope ??= new RequestScope(this._request, this as RequestTask, this.#host);
  }

  /** @internal */
  _makeVars(): Vars {
    const vars = new ScopedVars(this.#host._vars, this._ownScope());
    this._context = vars;
    return vars;
  }

  /** @internal The answer if the handler has ended, or else a promise of it. */
  _answer(): Response | Promise<Response> {
    this._beginNow();
    if (this.#response !== null) return this.#response;
    const host = this.#host;
    host._parked.add(this);
    this.#unwatch = host._listener?.watchClient(this._request, this.#info, () => this._ownScope()._clientLeft());
    return new Promise((resolve) => this.#resolve = resolve);
  }

  /** @internal */
  override _returned(value: unknown): void {
    super._returned(value);
    if (this._state === CANCELLED) this.#settle(unavailable());
    else if (value instanceof Response) this.#settle(value);
    else this.#fail(noResponse(this, value));
    this._scope?._handled();
  }

  /** @internal */
  override _raised(error: unknown): void {
    try {
      super._raised(error);
    } finally {
      // A handler that awaits something cancelled, and was not cancelled itself, has failed.
      if (this._state === CANCELLED && this._requests > 0) this.#settle(unavailable());
      else this.#fail(error);
      this._scope?._handled();
    }
  }

  #fail(exception: unknown): void {
    this._unread = false;
    if (exception instanceof HttpError) return this.#settle(exception.getResponse());
    this.#settle(failed());
    if (exception instanceof KeyboardInterrupt) return;
    const message = `The handler of ${this.getName()} failed; the client got a 500`;
    this._loop.callExceptionHandler({ message, exception, task: this });
  }

  #settle(response: Response): void {
    this.#response = response;
    if (this.#resolve === null) return;
    this.#unwatch?.();
    this.#host._parked.delete(this);
    this.#resolve(response);
    this.#host._answered();
  }
}

/** Answers a request of the host. Never throws, and the promise never rejects. */
export function answer(host: HttpServer, request: Request, hostInfo: HttpInfo): Response | Promise<Response> {
  const info = new Info(host, request, hostInfo);
  const handler = host._handler;
  try {
    // Calling a generator function runs nothing of its body, but its parameters may throw.
    const source = host._steps
      ? handler(request, info)
      : new RequestRun(() => handler(request, info), "answer by", handler.name);
    return new RequestTask(source as Coroutine<Response>, host, request, hostInfo)._answer();
  } catch (exception) {
    const loop = host._loop;
    if (exception instanceof KeyboardInterrupt) {
      // It is to leave the loop, and this is the host's callback.
      loop.callSoon(() => {
        throw exception;
      });
    } else {
      loop.callExceptionHandler({ message: `Cannot handle ${nameOf(request)}; the client got a 500`, exception });
    }
    return failed();
  }
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

function nameOf({ method, url }: Request): string {
  // Parsing the URL would cost more than the whole task.
  const start = url.indexOf("/", url.indexOf("//") + 2);
  const end = url.slice(start).search(/[?#]/);
  return `${method} ${start < 0 ? "/" : end < 0 ? url.slice(start) : url.slice(start, start + end)}`;
}

function noResponse(task: RequestTask, value: unknown): TypeError {
  const what = value === undefined ? "nothing" : describeKind(value);
  return new TypeError(
    `Cannot answer ${task.getName()}: its handler returned ${what}, and a request is answered by a Response. ` +
      "Write return new Response(…), or return yield* … for a task that gives one.",
  );
}
