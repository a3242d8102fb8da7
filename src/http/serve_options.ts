/**
 * The options of a server, and their checks.
 *
 * @module
 */
import { describeKind } from "../core/repr.ts";
import { checkOptions as checkNamed, type OptionNames } from "../core/misuse.ts";
import type { TlsOptions } from "../io/socket_options.ts";
import { checkSignals, DRAINING, type EndSignal } from "../loop/signals.ts";
import { checkLimit } from "./option_checks.ts";
import type { RequestOutcome } from "./outcome.ts";
import type { HttpServer } from "./server.ts";

/**
 * The options of {@linkcode serve}.
 *
 * @category Servers
 */
export interface ServeOptions {
  /** The port, 8000 by default; 0 lets the system choose one, which `server.addr` then has. */
  readonly port?: number | undefined;
  /**
   * The address or name to listen on; `"127.0.0.1"` by default, which only this machine reaches. `"0.0.0.0"` is every address that
   * the machine has. One of IPv6 may be in brackets: `"::1"` and `"[::1]"` are the same.
   */
  readonly hostname?: string | undefined;
  /**
   * The path of a Unix socket to listen on, in place of a port. A file of a socket that is there is removed, since it may be
   * left over; the server's own is removed when it closes, unless another has taken its place.
   */
  readonly path?: string | undefined;
  /**
   * Speaks HTTPS with this `cert` and `key`, as the option `ssl` of `startServer()` has them; plain HTTP by default. The runtimes let an HTTP
   * server have none of `alpnProtocols`, `requestCert` and `identities`.
   */
  readonly tls?: TlsOptions | undefined;
  /**
   * Shares the port with other servers that do the same: the system distributes the connections. False by default; Deno
   * needs the flag `--unstable-net` for it.
   */
  readonly reusePort?: boolean | undefined;
  /**
   * Milliseconds that a request may take; null, the default, for no limit. When they are over the client gets a 504 at once, and the
   * handler and all that it has started are cancelled; so is the task that produces the body of the response.
   */
  readonly requestTimeout?: number | null | undefined;
  /**
   * How many requests are handled at once; null, the default, for no limit. A request counts until its body is sent and its tasks have
   * ended.
   */
  readonly maxConcurrency?: number | null | undefined;
  /**
   * How many requests wait when `maxConcurrency` is reached; as many as are handled by default, null for no limit. Those beyond get a 503
   * with `Retry-After` at once. The time that a request waits is a part of its `requestTimeout`.
   */
  readonly maxWaiting?: number | null | undefined;
  /**
   * Milliseconds that a client may take for a TLS handshake, and for the head of a request: from the moment that it has connected, or that
   * a further request has begun. 60,000 by default, null for no limit. One that takes longer is answered by 408 if it has begun
   * a request, and its connection is closed. How long a body takes is the handler's to limit, or `requestTimeout`'s. What a runtime
   * does not let the module limit stands in `docs/limits.md`.
   */
  readonly headTimeout?: number | null | undefined;
  /**
   * Milliseconds that a connection is kept open for a further request once the last one was answered; 75,000 by default, which is
   * longer than most proxies keep one, so that none of them sends a request just when it is closed. Null for no limit. Bun counts in
   * steps of four seconds, up to 255.
   */
  readonly keepAliveTimeout?: number | null | undefined;
  /**
   * How many connections there may be at once, WebSockets among them; null, the default, for no limit. Those beyond are closed at once, unanswered.
   * It does nothing on Bun, whose server does not report its connections.
   */
  readonly maxConnections?: number | null | undefined;
  /**
   * Milliseconds that a closing server gives to the requests that it is handling and to its background; 5,000 by default,
   * null for no limit. What then is not done is cancelled; when they have passed a second time it is cut.
   */
  readonly gracePeriod?: number | null | undefined;
  /**
   * Whether SIGINT and SIGTERM close the server, or which signals do: the first does, so that `serveForever()` returns and the program can
   * end with code 0; one that comes later, while requests are still being handled, ends the process with 130. False by default.
   */
  readonly signals?: boolean | readonly EndSignal[] | undefined;
  /** Closes the server when it aborts, as {@linkcode HttpServer.close} does. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Called with what a handler threw. The response that it returns is sent, and nothing is reported; without one the client gets a
   * 500, or what an `HttpError` says, and the loop's exception handler is told.
   */
  readonly onError?: ((error: unknown, request: Request) => Response | void) | undefined;
  /** Called with the server once it listens. */
  readonly onListen?: ((server: HttpServer) => void) | undefined;
  /**
   * Called when nothing of a request is left, with how it ended and what a log of accesses needs. What is no request, so that no handler is
   * called for it, is not told: one whose `Host` makes no URL for example.
   */
  readonly onOutcome?: ((outcome: RequestOutcome) => void) | undefined;
}

/** The options with their defaults; null stands for no limit. */
export interface Settings {
  readonly port: number;
  readonly hostname: string;
  readonly path: string | undefined;
  readonly tls: TlsOptions | undefined;
  readonly reusePort: boolean;
  readonly requestTimeout: number | null;
  readonly maxConcurrency: number | null;
  readonly maxWaiting: number | null;
  readonly headTimeout: number | null;
  readonly keepAliveTimeout: number | null;
  readonly maxConnections: number | null;
  readonly gracePeriod: number | null;
  readonly signals: readonly EndSignal[];
  readonly signal: AbortSignal | undefined;
  readonly onError: ((error: unknown, request: Request) => Response | void) | undefined;
  readonly onListen: ((server: HttpServer) => void) | undefined;
  readonly onOutcome: ((outcome: RequestOutcome) => void) | undefined;
}

const NAMES: OptionNames<ServeOptions> = {
  port: true,
  hostname: true,
  path: true,
  tls: true,
  reusePort: "boolean",
  requestTimeout: true,
  maxConcurrency: true,
  maxWaiting: true,
  headTimeout: true,
  keepAliveTimeout: true,
  maxConnections: true,
  gracePeriod: true,
  signals: true,
  signal: true,
  onError: "function",
  onListen: "function",
  onOutcome: "function",
};

/** Checks all of them at the call, where the mistake is. */
export function checkOptions(options: ServeOptions): Settings {
  checkNamed(options, "serve", NAMES);
  const { port = 8000, hostname: host = "127.0.0.1", path, tls, reusePort = false, requestTimeout = null } = options;
  const { maxConcurrency = null, maxWaiting = maxConcurrency, gracePeriod = 5_000, signals = false } = options;
  const { headTimeout = 60_000, keepAliveTimeout = 75_000, maxConnections = null } = options;
  const { signal, onError, onListen, onOutcome } = options;
  checkType("port", port, "number", "such as 8000");
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new RangeError(
      `Cannot serve on port ${port}: give a whole number from 0 to 65535; 0 lets the system choose.`,
    );
  }
  const hostname = toHostname(host);
  if (path !== undefined) {
    if (options.port !== undefined || options.hostname !== undefined) {
      throw new TypeError("Cannot serve on a path and on a port: give the path alone, or call serve() twice.");
    }
  }
  if (reusePort && path !== undefined) {
    throw new TypeError("Cannot share the path of a Unix socket: reusePort is for ports. Leave it out.");
  }
  // Some hosts take 0 for no limit.
  const unit = "milliseconds";
  checkLimit(requestTimeout, "serve", "requestTimeout", { unit, zero: "every request would be too slow" });
  checkLimit(headTimeout, "serve", "headTimeout", { unit, zero: "every client would be too slow" });
  checkLimit(keepAliveTimeout, "serve", "keepAliveTimeout", { unit, zero: "no connection could be used again" });
  checkLimit(gracePeriod, "serve", "gracePeriod", { unit });
  checkLimit(maxConcurrency, "serve", "maxConcurrency", { unit: "requests", least: 1, whole: true });
  checkLimit(maxWaiting, "serve", "maxWaiting", { unit: "requests", whole: true });
  checkLimit(maxConnections, "serve", "maxConnections", { unit: "connections", least: 1, whole: true });
  if (typeof signals !== "boolean") checkSignals(signals, "serve");
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError(`Cannot serve with ${describeKind(signal)} as signal: give an AbortSignal.`);
  }
  return {
    ...{ port, hostname, path, tls, reusePort, requestTimeout, maxConcurrency, maxWaiting },
    signals: signals === true ? DRAINING : signals || [],
    ...{ headTimeout, keepAliveTimeout, maxConnections, gracePeriod, signal, onError, onListen, onOutcome },
  };
}

/** Checks a name or an address. One of IPv6 may come as it is written in URLs, which not every host takes. */
function toHostname(hostname: string): string {
  checkType("hostname", hostname, "string", 'such as "127.0.0.1"');
  if (hostname === "") {
    throw new TypeError('Cannot serve on an empty hostname: give one such as "127.0.0.1" or "0.0.0.0".');
  }
  if (!/[[\]]/.test(hostname)) return hostname;
  const [, address] = /^\[([^[\]]*:[^[\]]*)\]$/.exec(hostname) ?? [];
  if (address !== undefined) return address;
  throw new TypeError(
    `Cannot serve on the hostname "${hostname}": brackets are for an address of IPv6, such as "[::1]".`,
  );
}

function checkType(name: string, value: unknown, type: string, example: string): void {
  const found: string = typeof value;
  if (found === type) return;
  throw new TypeError(`Cannot serve with ${describeKind(value)} as ${name}: give a ${type}, ${example}.`);
}
