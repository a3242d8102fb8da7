/**
 * Requests that become WebSockets.
 *
 * @module
 */
import { isCancelled } from "../core/cancelled_error.ts";
import { RuntimeError } from "../core/errors.ts";
import { describeKind } from "../core/repr.ts";
import { loopOf } from "../core/internal.ts";
import type { Coroutine } from "../core/suspend.ts";
import type { Task } from "../core/task.ts";
import { type Body, checkBody, runBody } from "../tasks/body.ts";
import { createPartTask } from "./respond.ts";
import { type HeadersSource, isUpgrade, ITS_OWN, toHeaders, upgradeResponse } from "./headers.ts";
import { HttpError } from "./http_error.ts";
import { checkLimit, checkOnDraining } from "./option_checks.ts";
import { requireScope } from "./current_request.ts";
import type { RequestScope } from "./request_scope.ts";
import { HandledWebSocket } from "./handled_web_socket.ts";
import type { ServerWebSocket } from "./server_web_socket.ts";
import { saysOnlyClosed } from "./web_socket_closed.ts";

/**
 * The options of {@linkcode upgradeWebSocket}.
 *
 * @category WebSockets
 */
export interface UpgradeWebSocketOptions {
  /** The subprotocols that are spoken here, the best first: the first one that the client knows too is agreed on. */
  readonly protocols?: readonly string[] | undefined;
  /**
   * Headers of the answer, cookies for example. Those that middleware sets on the response reach the client as well. What the handshake
   * consists of is not among them. In Hono `c.header()` and `setCookie()` before the response is made count only for responses that are
   * made by `c`: return `c.newResponse(null, upgradeWebSocket(…))` then.
   */
  readonly headers?: HeadersSource | undefined;
  /**
   * The longest message that is taken, in bytes or in characters of text; 1 MiB (1,048,576) by default, null for no limit. A longer one
   * closes the WebSocket with 1009. Bun never takes more than 16 MiB.
   */
  readonly limit?: number | null | undefined;
  /**
   * The most bytes of messages that wait to be received; 16 MiB by default, null for no limit. Deno and Bun have no way to hold a client up that sends
   * faster than it is listened to: beyond this the WebSocket is closed with 1008. On Node the client is held up instead.
   */
  readonly backlog?: number | null | undefined;
  /**
   * Milliseconds between two pings, 30,000 by default, null for none. A client that has not answered one when the next is due
   * counts as lost. Deno pings by itself, and counts whole seconds.
   */
  readonly heartbeat?: number | null | undefined;
  /**
   * What happens when the server begins to close: `"end"`, the default, cancels the function, and the WebSocket closes with 1001;
   * `"continue"` lets it go on to the end of the grace period.
   */
  readonly onDraining?: "end" | "continue" | undefined;
}

interface Settings {
  readonly protocols: readonly string[];
  readonly limit: number;
  readonly backlog: number;
  readonly heartbeat: number;
  readonly onDraining: "end" | "continue";
}

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
  checkBody(body, "upgradeWebSocket");
  const settings = check(options);
  const scopes = requireScope("upgrade to a WebSocket").upToServer();
  const scope = scopes.at(-1) as RequestScope;
  if (!isSame(request, scope.request)) {
    const what = request instanceof Request ? "another request than the one that is handled" : describeKind(request);
    throw new RuntimeError(`Cannot make a WebSocket of ${what}: give the request of the handler, c.req.raw in Hono.`);
  }
  checkUpgrade(scope.request);
  const protocol = choose(settings.protocols, request.headers.get("sec-websocket-protocol"));
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

/** Refuses a request that asks for something else. */
function checkUpgrade({ method, headers }: Request): void {
  const upgrades = /(^|,)\s*websocket\s*($|,)/i.test(headers.get("upgrade") ?? "");
  if (!upgrades || method !== "GET") {
    throw new HttpError(426, "This is for WebSockets.", { headers: { upgrade: "websocket", connection: "upgrade" } });
  }
  if (!/(^|,)\s*upgrade\s*($|,)/i.test(headers.get("connection") ?? "")) {
    throw new HttpError(400, "The header Connection does not say Upgrade.");
  }
  if (headers.get("sec-websocket-version") !== "13") {
    throw new HttpError(426, "The version of WebSockets is 13 here.", { headers: { "sec-websocket-version": "13" } });
  }
  if (!/^[A-Za-z0-9+/]{22}==$/.test(headers.get("sec-websocket-key") ?? "")) {
    throw new HttpError(400, "The header Sec-WebSocket-Key is missing, or no key.");
  }
}

function choose(protocols: readonly string[], offered: string | null): string | undefined {
  const known = new Set((offered ?? "").split(",").map((protocol) => protocol.trim()));
  return protocols.find((protocol) => known.has(protocol));
}

function check(options: UpgradeWebSocketOptions): Settings {
  const { protocols = [], limit = 1_048_576, backlog = 16 * 1_048_576, heartbeat = 30_000, onDraining = "end" } =
    options;
  if (!Array.isArray(protocols) || !protocols.every((protocol) => /^[!#$%&'*+\-.^_`|~\w]+$/.test(String(protocol)))) {
    throw new TypeError(
      `Cannot upgrade to a WebSocket with ${
        describeKind(protocols)
      } as protocols: give an array of names, such as ["chat.v1"].`,
    );
  }
  for (const [name, value] of Object.entries({ limit, backlog, heartbeat })) {
    const unit = name === "heartbeat" ? "milliseconds" : "bytes";
    checkLimit(value, "upgrade to a WebSocket", name, { unit, above: 0 });
  }
  checkOnDraining(onDraining, "upgradeWebSocket");
  checkHeaders(options.headers);
  return {
    protocols,
    limit: limit ?? Infinity,
    backlog: backlog ?? Infinity,
    heartbeat: heartbeat ?? Infinity,
    onDraining,
  };
}

function checkHeaders(headers: HeadersSource | undefined): void {
  if (headers === undefined) return;
  let names: string[];
  try {
    names = [...toHeaders(headers).keys()];
  } catch (cause) {
    throw new TypeError(
      `Cannot upgrade to a WebSocket with ${describeKind(headers)} as headers: ${
        cause instanceof Error ? cause.message : cause
      } Give names and values, such as { "set-cookie": "a=b" }.`,
      { cause },
    );
  }
  const own = names.find((name) => ITS_OWN.test(name));
  if (own !== undefined) {
    throw new TypeError(
      `Cannot upgrade to a WebSocket with the header ${own}: it belongs to the handshake. Leave it out` +
        `${own === "sec-websocket-protocol" ? ", and give protocols" : ""}.`,
    );
  }
}
