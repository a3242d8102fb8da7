/**
 * Requests that become WebSockets.
 *
 * @module
 */
import { isCancelled, RuntimeError } from "../core/errors.ts";
import { loopOf } from "../core/internal.ts";
import { describeKind } from "../core/repr.ts";
import type { Coroutine } from "../core/suspend.ts";
import type { Task } from "../core/task.ts";
import { type Body, checkBody, runBody } from "../tasks/use.ts";
import { requireScope } from "./current_request.ts";
import { HandledWebSocket } from "./handled_web_socket.ts";
import { isUpgrade, upgradeResponse } from "./headers.ts";
import type { RequestScope } from "./request_scope.ts";
import { createPartTask } from "./respond.ts";
import type { ServerWebSocket } from "./server_web_socket.ts";
import {
  checkOptions,
  checkUpgrade,
  chooseProtocol,
  type Settings,
  type UpgradeWebSocketOptions,
} from "./upgrade_checks.ts";
import { saysOnlyClosed } from "./web_socket_closed.ts";

/**
 * Makes a request a WebSocket, and returns the response that the handler has to return. The function gets the socket, and runs as a
 * task of the request until it ends, which closes the WebSocket with 1000.
 *
 * The client is answered when the handler has ended. What is between the two may add headers to the response, or copy it; one with a
 * body or an error's status in its place, or a handler that throws, and the client gets that instead.
 *
 * When the client closes, {@linkcode ServerWebSocket.receive} and {@linkcode ServerWebSocket.send} throw
 * {@linkcode WebSocketClosed}, which may leave the function; if that waits for something else, it is cancelled. If it throws anything
 * else, the WebSocket is closed with 1011, and the error goes to the loop's exception handler. The deadline of the request does not end it.
 *
 * On Deno 2.9 a client that resets its connection in the very moment in which it is answered leaves an open file behind, and the process
 * does not end by itself. The client is looked at right before, so that moment is short; a program that has to end whatever clients do
 * ends with `Deno.exit()`.
 *
 * A browser tells in the header `Origin` which page has opened the WebSocket, and lets any page do that: check it where cookies
 * say who somebody is.
 *
 * @param request the request of the handler, `c.req.raw` in Hono
 * @param body talks to the client: a generator function or an async one
 * @throws {HttpError} with the status 426 or 400 if the request does not ask for a WebSocket, which answers it
 * @throws {TypeError} if the body is not a function, an option has the wrong type, or a header is the handshake's
 * @throws {RangeError} if a number is not more than 0
 * @throws {RuntimeError} outside a request of {@linkcode serve}, for another request, or a second time
 * @throws {NotSupportedError} on an adapter without WebSockets
 *
 * @example An echo
 * ```ts
 * import { fromPromise, run, use } from "@loop/asyncio";
 * import { serve, upgradeWebSocket } from "@loop/asyncio/http";
 * import { assertEquals } from "@std/assert";
 *
 * function handler(request: Request) {
 *   return upgradeWebSocket(request, function* (socket) {
 *     for (;;) yield* socket.send(`echo of ${yield* socket.receive()}`);
 *   });
 * }
 *
 * await run(() =>
 *   use(serve(handler, { port: 0 }), function* (server) {
 *     const client = new WebSocket(server.url.replace("http", "ws"));
 *     client.onopen = () => client.send("hello");
 *     const answer = yield* fromPromise(new Promise((resolve) => client.onmessage = ({ data }) => resolve(data)));
 *     assertEquals(answer, "echo of hello");
 *     const closed = new Promise((resolve) => client.onclose = resolve);
 *     client.close();
 *     yield* fromPromise(closed);
 *   })
 * );
 * ```
 *
 * @category WebSockets
 */
export function upgradeWebSocket(
  request: Request,
  body: Body<ServerWebSocket, unknown>,
  options: UpgradeWebSocketOptions = {},
): Response {
  if (typeof request === "function") {
    throw new TypeError("Cannot call upgradeWebSocket() without the request: write upgradeWebSocket(request, …).");
  }
  checkBody(body, "upgradeWebSocket");
  const settings = checkOptions(options);
  const scopes = requireScope("upgrade to a WebSocket").upToServer();
  const scope = scopes.at(-1) as RequestScope;
  if (!isSame(request, scope.request)) {
    const what = request instanceof Request ? "another request than the one that is handled" : describeKind(request);
    throw new RuntimeError(`Cannot make a WebSocket of ${what}: give the request of the handler, c.req.raw in Hono.`);
  }
  checkUpgrade(scope.request);
  const protocol = chooseProtocol(settings.protocols, request.headers.get("sec-websocket-protocol"));
  const response = upgradeResponse(options.headers);
  const socket = new HandledWebSocket(protocol ?? "", settings);
  new Conversation(socket, body, scope, settings).begin(protocol, scopes);
  return response;
}

/** A WebSocket and the function that talks on it, as a part of a request. */
class Conversation {
  readonly #socket: HandledWebSocket;
  readonly #body: Body<ServerWebSocket, unknown>;
  readonly #scope: RequestScope;
  readonly #settings: Settings;
  #unused = false;
  #draining = false;

  constructor(
    socket: HandledWebSocket,
    body: Body<ServerWebSocket, unknown>,
    scope: RequestScope,
    settings: Settings,
  ) {
    this.#socket = socket;
    this.#body = body;
    this.#scope = scope;
    this.#settings = settings;
  }

  begin(protocol: string | undefined, scopes: readonly RequestScope[]): void {
    const scope = this.#scope;
    const socket = this.#socket;
    const { task: handler } = scope;
    const { heartbeat, limit } = this.#settings;
    scope.askUpgrade({ protocol, heartbeat, limit, events: socket.events() });
    const task = createPartTask(this.#run(), "WebSocket", handler);
    socket.task = task;
    socket.onClosed = (told, lost) => this.#closed(told, lost);
    for (const each of scopes) each.hold(task, { timed: false, watchesClient: false, cut: () => socket.cut() });
    handler.addDoneCallback(() => {
      const failed = handler.cancelled() || handler.exception() !== null || scope.isUnsent;
      if (failed || !isUpgrade(handler.result())) this.#drop();
    });
  }

  *#run(): Coroutine<undefined> {
    const socket = this.#socket;
    const scope = this.#scope;
    yield* socket.whenOpen(() => this.#unused);
    if (!socket.isOpen()) return undefined;
    const task = socket.task as Task<unknown>;
    const forget = this.#settings.onDraining === "continue" ? () => {} : scope.whenDraining(() => {
      this.#draining = true;
      task.cancel("server closing");
    });
    let code = 1000;
    let reason = "";
    let cancelled: unknown;
    try {
      yield* runBody(this.#body, socket, "talk on a WebSocket by");
    } catch (error) {
      if (isCancelled(error)) {
        const closing = this.#draining || scope.cause === "shutdown";
        [code, reason] = closing ? [1001, "server closing"] : [1011, "cancelled"];
        if (!this.#draining && !socket.endedWell()) cancelled = error;
      } else if (!saysOnlyClosed(error) || !socket.isClosing()) {
        code = 1011;
        this.#report(error, task);
      }
    } finally {
      forget();
      socket.onClosed = null;
    }
    socket.beginClose(code, reason);
    yield* socket.whenClosed();
    if (cancelled !== undefined) throw cancelled;
    // A cancel that ended the talk has done what it was for.
    while (task.cancelling() > 0) task.uncancel();
    return undefined;
  }

  /** Nobody will open it. */
  #drop(): void {
    this.#unused = true;
    this.#socket.wakeOthers();
  }

  #closed(told: boolean, lost: boolean): void {
    const scope = this.#scope;
    if (!lost) {
      if (!told) this.#socket.task?.cancel("client left");
    } else if (!told) {
      scope.clientLeft();
    } else if (scope.task.done()) {
      scope.cause ??= "clientGone";
    }
  }

  #report(exception: unknown, task: Task<unknown>): void {
    this.#scope.noteFailure(exception);
    const message = `${task.getName()} failed; it was closed with 1011`;
    loopOf(task).callExceptionHandler({ message, exception, task });
  }
}

/** Whether it is the request, or a copy of it: frameworks make one when they take a part off the path. */
function isSame(request: unknown, handled: Request): boolean {
  if (request === handled) return true;
  if (!(request instanceof Request)) return false;
  const key = request.headers.get("sec-websocket-key");
  return key !== null && key === handled.headers.get("sec-websocket-key");
}
