/**
 * Showing what the loop does to who is outside of the program.
 *
 * @module
 */
import type { HttpListener } from "../adapters/adapter.ts";
import { loadBuiltin } from "../adapters/shared/lazy_process.ts";
import { addHttp } from "../adapters/default_http.ts";
import { coroutine } from "../core/coroutine.ts";
import { fromPromise } from "../core/from_promise.ts";
import { describeKind, printsAsText } from "../core/repr.ts";
import { requireLoop } from "../core/running.ts";
import type { Coroutine, LazyAwaitable } from "../core/suspend.ts";
import { checkOptions, type OptionNames } from "../core/misuse.ts";
import { type HostLoop, requireCapability, requireHostLoop } from "../loop/host_loop.ts";
import { checkPath, checkPort } from "../net/check.ts";
import { SocketFile } from "../net/unix_files.ts";
import { makeToken } from "./guard.ts";
import { printable } from "./printable.ts";
import { InspectorServer } from "./server.ts";
import { MOST_CLIENTS } from "./web_socket_clients.ts";

/**
 * The options of {@linkcode inspect}: a port or a path, and no more is needed.
 *
 * @category Inspection
 */
export interface InspectOptions {
  /** The port on this machine; 0 lets the system choose one. */
  readonly port?: number | undefined;
  /** The path of a Unix socket, in place of a port; only the user of this process may connect to it. */
  readonly path?: string | undefined;
  /** The name of this machine to listen on: `"127.0.0.1"`, the default, or `"::1"`. No other machine can reach it. */
  readonly hostname?: "127.0.0.1" | "::1" | undefined;
  /** What every request must know; by default one that nobody guesses. At least 16 letters, digits, `-` or `_`. */
  readonly token?: string | undefined;
  /** Gets one line that says where it listens; by default `console.error`. Null for nobody. */
  readonly log?: ((line: string) => void) | null | undefined;
}

/** Milliseconds that a client has for the head of a request, and that a connection is kept for a further one. */
const HEAD_TIMEOUT = 10_000;
/**
 * How many connections there may be: nobody should use up what the program needs. Those that look on are limited before, and told so; this is for
 * all others. Bun counts no connections, and ends in ten seconds those on which nothing is asked.
 */
const MOST_CONNECTIONS = MOST_CLIENTS + 28;
/** Milliseconds that a client has to close its WebSocket. */
const FAREWELL = 500;

/** Who may connect to a Unix socket. */
const OWNER_ONLY = 0o600;

interface Modes {
  chmodSync(path: string, mode: number): void;
}

const NAMES: OptionNames<InspectOptions> = { port: true, path: true, hostname: true, token: true, log: true };

/**
 * What listens for those who look at the program. Made by {@linkcode inspect}; it ends with its loop.
 *
 * @example Listen for a while
 * ```ts
 * import { run } from "@loop/asyncio";
 * import { inspect } from "@loop/asyncio/inspect";
 * import { assert } from "@std/assert";
 *
 * await run(async () => {
 *   await using inspector = await inspect({ port: 0, log: null });
 *   assert(inspector.url.includes(inspector.token));
 * });
 * ```
 *
 * @category Inspection
 */
export class Inspector {
  static readonly #printed: true = /* @__PURE__ */ printsAsText(this);
  /** Its address with the token, as a browser and the program `inspect` take it; `unix:` and the path for a Unix socket. */
  readonly url: string;
  /** What every request must know. */
  readonly token: string;
  /** The port that it listens on; null for a Unix socket. */
  readonly port: number | null;
  /** The path that it listens on; null for a port. */
  readonly path: string | null;
  readonly #close: () => Promise<void>;
  #closing: Promise<void> | null = null;

  /** @ignore */
  constructor(
    at: Pick<Inspector, "url" | "token" | "port" | "path">,
    close: () => Promise<void>,
  ) {
    this.url = at.url;
    this.token = at.token;
    this.port = at.port;
    this.path = at.path;
    this.#close = close;
  }

  /** Stops listening, and closes all connections. Closing twice is harmless. */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  /** Closes it; for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Readable form. It does not tell the token. */
  toString(): string {
    return `<Inspector ${this.path ?? new URL(this.url).host}${this.#closing === null ? "" : " closed"}>`;
  }
}

/**
 * Lets others look at what the loops of this program do: the program `inspect` of this module, and a browser. It listens on this machine alone,
 * and wants a token from everybody. It is answered by the host and not by tasks, so that it does not see itself, and ends with the loop.
 *
 * @param options a port or a path, and more
 * @returns an awaitable of the inspector, which listens
 * @throws {TypeError} if an option has the wrong type or is unknown, or there is neither a port nor a path
 * @throws {RangeError} if there are both, the port is not a port number, the path cannot be one, the name is not of this machine alone, or the
 * token is too short
 * @throws {RuntimeError} when awaited, if no loop with a runtime runs
 * @throws {OSError} when awaited, if it cannot listen there
 * @throws {NotSupportedError} when awaited, if the runtime has no HTTP servers
 *
 * @example Look at a program from another one
 * ```ts
 * import { fromPromise, run, sleep } from "@loop/asyncio";
 * import { inspect, type Snapshot } from "@loop/asyncio/inspect";
 * import { assertEquals } from "@std/assert";
 *
 * await run(function* main() {
 *   const inspector = yield* inspect({ port: 0, log: null });
 *   const asked = new URL("/snapshot", inspector.url);
 *   const response = yield* fromPromise(fetch(asked, { headers: { authorization: `Bearer ${inspector.token}` } }));
 *   const { loops } = (yield* fromPromise(response.json())) as Snapshot;
 *   assertEquals(loops[0]?.tasks[0]?.coroutine, "main");
 * });
 * ```
 *
 * @category Inspection
 */
export function inspect(options: InspectOptions): LazyAwaitable<Inspector> {
  return start(check(options));
}

interface Checked {
  readonly port: number;
  readonly path: string | undefined;
  readonly hostname: string;
  readonly token: string;
  readonly log: ((line: string) => void) | null;
}

function check(options: InspectOptions): Checked {
  checkOptions(options, "inspect", NAMES);
  const { port, path, hostname = "127.0.0.1", token = makeToken(), log = console.error } = options ?? {};
  if (port === undefined && path === undefined) {
    throw new TypeError("Cannot inspect nowhere: give a port or a path, as in inspect({ port: 0 }).");
  }
  if (port !== undefined && path !== undefined) {
    throw new RangeError("Cannot inspect on a port and a path: give one of them, or call inspect() twice.");
  }
  if (port !== undefined) checkPort(port, "inspect");
  if (path !== undefined) checkPath(path, "inspect");
  if (!["127.0.0.1", "::1"].includes(hostname)) {
    throw new RangeError(
      `Cannot inspect on ${
        describeKind(hostname)
      }: only this machine may reach it. Write "127.0.0.1" or "::1", and use ssh to forward the port.`,
    );
  }
  if (typeof token !== "string") {
    throw new TypeError(`Cannot inspect with ${describeKind(token)} as token: give a text.`);
  }
  if (!/^[\w-]{16,}$/.test(token)) {
    throw new RangeError(
      "Cannot inspect with this token: it needs at least 16 letters, digits, - or _. Leave it out for one that nobody guesses.",
    );
  }
  if (log !== null && typeof log !== "function") {
    throw new TypeError(`Cannot inspect with ${describeKind(log)} as log: give a function, or null.`);
  }
  return { port: port ?? 0, path, hostname, token, log };
}

const start = /* @__PURE__ */ coroutine(function* inspect(options: Checked): Coroutine<Inspector> {
  const loop = requireHostLoop(requireLoop("inspect"), "inspect");
  const { path, token } = options;
  const server = new InspectorServer(loop);
  const file = path === undefined ? null : yield* fromPromise(SocketFile.at(path));
  const files = path === undefined ? null : yield* fromPromise(loadBuiltin<Modes>("node:fs"));
  addHttp();
  const serve = requireCapability(loop.adapter.serveHttp, "inspect", loop.adapter);
  const listening = serve.call(loop.adapter, {
    port: options.port,
    hostname: options.hostname,
    path,
    bindTo: file?.bindTo,
    headTimeout: HEAD_TIMEOUT,
    keepAliveTimeout: HEAD_TIMEOUT,
    maxConnections: MOST_CONNECTIONS,
    handler: server.answer,
  }).then((listener) => {
    // In the first microtask, for a request may come before the loop's next turn.
    const { addr } = listener;
    server.listening = { port: "port" in addr ? addr.port : null, token };
    server.listener = listener;
    try {
      // Before it has its name: nobody else on this machine may connect, token or not.
      if (!path?.startsWith("\0")) files?.chmodSync(file?.bindTo ?? path!, OWNER_ONLY);
      file?.settle();
    } catch (error) {
      drop(listener);
      throw error;
    }
    return listener;
  });
  const onLate = (listener: HttpListener): void => {
    file?.remove();
    drop(listener);
  };
  const listener = yield* fromPromise(listening, { onLate });
  return opened(loop, server, listener, file, options);
});

/** It listens, until it is closed or its loop is. */
function opened(
  loop: HostLoop,
  server: InspectorServer,
  listener: HttpListener,
  file: SocketFile | null,
  { path, hostname, token, log }: Checked,
): Inspector {
  const { port } = server.listening;
  const close = async (): Promise<void> => {
    loop.onClose.delete(end);
    file?.remove();
    // Who looks on is notified of the end. One that does not answer is not waited for.
    const isTold = server.end();
    if (!isTold) listener.abort();
    const cut = isTold ? loop.adapter.setTimer(FAREWELL, () => listener.abort()) : null;
    await listener.close();
    if (cut !== null) loop.adapter.clearTimer(cut);
  };
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  const url = path === undefined ? `http://${host}:${port}/?token=${token}` : `unix:${path}`;
  const inspector = new Inspector({ url, token, port, path: path ?? null }, close);
  const end = (): void => void inspector.close().catch(() => {});
  loop.onClose.add(end);
  log?.(
    path === undefined
      ? `The inspector of this program listens on ${url}`
      : `The inspector of this program listens on ${printable(path)}, with the token ${token}`,
  );
  return inspector;
}

/** Nobody wants it: it cuts its connections, and listens no more. */
function drop(listener: HttpListener): void {
  listener.abort();
  listener.close().catch(() => {});
}
