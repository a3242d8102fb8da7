/**
 * The whole contract between the loop and the runtime that it lives in.
 *
 * It has two halves. {@linkcode CoreAdapter} is all that the core of the loop needs: a clock, macrotasks, timers, and something that keeps
 * the process alive. {@linkcode Adapter} adds what connects the loop to the world: signals, HTTP, sockets, processes and threads, each of
 * which is loaded when it is first used. A method that a runtime does not support is absent, and the loop raises `NotSupportedError`.
 *
 * Adapters are thin: they translate, and decide nothing by themselves.
 *
 * @module
 */

import type { AsyncMarks } from "./async_marks.ts";
import type { IdleHost } from "./idle.ts";
import type { DescriptorsAdapter } from "./descriptors.ts";
import type { NetAdapter } from "./net.ts";
import type { HostWebSocketOptions } from "./web_socket.ts";
import type { ProcessAdapter } from "./process.ts";
import type { WorkersAdapter } from "./workers.ts";

export type * from "./async_marks.ts";
export type * from "./idle.ts";
export type * from "./descriptors.ts";
export type * from "./net.ts";
export type * from "./web_socket.ts";
export type * from "./process.ts";
export type * from "./workers.ts";

/**
 * A timer of the host. Only the adapter that made it knows what it is.
 *
 * @category Runtime
 */
export type HostTimer = unknown;

/**
 * What the loop needs of its host in order to turn.
 *
 * @category Runtime
 */
export interface CoreAdapter {
  /** The runtime's name: `"deno"`, `"bun"`, `"node"` or that of a simulation. */
  readonly name: string;
  /** Milliseconds on a clock that never goes backwards, with a fraction, from any start. */
  now(): number;
  /**
   * Calls back in a macrotask of its own, as soon as sockets, timers and the promises of others have had their turn.
   */
  hop(callback: () => void): void;
  /**
   * Calls back once, `delay` milliseconds from now or a little later, never earlier than whole milliseconds allow.
   * The delay is finite and not negative; the adapter clamps what its host cannot count. The loop looks at the
   * clock again when called, so an early call costs a second timer and nothing else.
   */
  setTimer(delay: number, callback: () => void): HostTimer;
  /** Forgets a timer that has not fired. */
  clearTimer(timer: HostTimer): void;
  /** Keeps the process from ending until the function that it returns is called. */
  keepAlive(): () => void;
  /**
   * Called when the loop waits with nothing ready and no timer. A real host has no use for it; a simulated one learns here that nothing will
   * ever happen again.
   */
  parked?(): void;
  /**
   * Whether the host's loop may be run from inside one of its callbacks. The loop then continues its turn in there. False by default, since
   * it costs a microtask a turn.
   */
  readonly turnsInside?: boolean;
  /**
   * Keeps rejections that nobody handles from ending the process, if `isOurs` knows their reason; all others do as before. Returns a function
   * that ends this, two macrotasks after its call: what was rejected before the call may be found only then.
   */
  takeUpRejections?(isOurs: (reason: unknown) => boolean): () => void;
  /** Calls back when the process is about to end, and nothing can be waited for any more. Returns what takes that back. */
  atExit?(callback: () => void): () => void;
  /** Returns a variable of the process's environment; undefined if it is not set, or if somebody would be asked whether it may be read. */
  readVariable?(name: string): string | undefined;
  /**
   * Returns marks that follow async functions through their `await`s. Absent on a host that has nothing to make them of, where only coroutines
   * can be tasks. Called once in the life of a program, on the adapter of the runtime that it runs on.
   *
   * @throws {NotSupportedError} if the host turns out to have nothing to make them of
   */
  marks?<M extends object>(): AsyncMarks<M>;
}

/**
 * Where a server listens, or a client came from.
 *
 * @category HTTP
 */
export type HttpAddress =
  | {
    /** An Internet address. */
    readonly transport: "tcp";
    /** Host name or address as the runtime says it. */
    readonly hostname: string;
    /** The port. */
    readonly port: number;
  }
  | {
    /** A Unix domain socket. */
    readonly transport: "unix";
    /** The path of the socket. */
    readonly path: string;
  };

/**
 * What a runtime passes beside a request. It is opaque above the adapter: handing it through costs nothing, and
 * only {@linkcode HttpListener} looks inside, when something about the request is asked for.
 *
 * @category HTTP
 */
export type HttpInfo = unknown;

/**
 * The answer to a request whose handler waits.
 *
 * @category HTTP
 */
export interface HttpAnswer {
  /** What the handler returns meanwhile. */
  readonly promise: Promise<Response>;
  /** Gives the response. Called once. If the host has answered in the place of the handler by then, the response is sent nowhere. */
  give(response: Response): void;
}

/**
 * Makes the answers of handlers that wait, where the host would else have to stand behind a promise of the handler's.
 *
 * @category HTTP
 */
export interface HttpAnswers {
  /** Makes the answer to the request that is being handled just now, whose handler returns its promise. */
  later(request: Request, info: HttpInfo): HttpAnswer;
}

/**
 * Answers one request. A plain `Response` must reach the host with no promise in between. A handler that waits returns a promise: the one of
 * an answer that it has asked for, if the host makes answers, or else one of its own.
 *
 * @category HTTP
 */
export type HttpHandler = (
  request: Request,
  info: HttpInfo,
  answers?: HttpAnswers,
) => Response | Promise<Response>;

/**
 * The certificate of a server that speaks HTTPS.
 *
 * @category HTTP
 */
export interface HttpIdentity {
  /** The certificate, followed by those of its issuers: a text in PEM. */
  readonly cert: string;
  /** Its private key: a text in PEM. */
  readonly key: string;
}

/**
 * How {@linkcode Adapter.serveHttp} listens.
 *
 * @category HTTP
 */
export interface HttpListenOptions {
  /** The port; 0 lets the system choose one. */
  readonly port: number;
  /** The address or name to listen on. */
  readonly hostname: string;
  /** The path of a Unix socket to listen on in their place. No file is there. */
  readonly path?: string | undefined;
  /** The path that its file is made under, if the caller will move it. By default `path`. */
  readonly bindTo?: string | undefined;
  /** Speaks HTTPS. */
  readonly tls?: HttpIdentity | undefined;
  /** Shares the port with others; false by default. */
  readonly reusePort?: boolean | undefined;
  /**
   * Milliseconds that a client may take for a TLS handshake, and for the head of a request, from the moment that it has connected or
   * that a further request has begun. Above 0; no limit if absent or `Infinity`, or where the host has no such limit.
   */
  readonly headTimeout?: number | undefined;
  /** Milliseconds that a connection is kept for a further request. Above 0; no limit if absent or `Infinity`, or where the host has none. */
  readonly keepAliveTimeout?: number | undefined;
  /** How many connections there may be; those beyond are closed at once. No limit if absent or `Infinity`. */
  readonly maxConnections?: number | undefined;
  /** Answers each request. It never throws and its promise never rejects. */
  readonly handler: HttpHandler;
  /**
   * Called when a response of the handler could not be sent, with the error and, where the host knows it, the request. Returns the response
   * to send in its place, if nothing was sent yet. By default the error is written to the console.
   */
  readonly failed?: ((error: unknown, request: Request | undefined) => Response) | undefined;
  /**
   * Called when nobody can connect, since the process has too many open files for example: once, and again only after connecting was
   * possible for a while. The listener recovers by itself. By default the error is written to the console.
   */
  readonly acceptFailed?: ((error: Error) => void) | undefined;
}

/**
 * What became of a response: the host has `"sent"` all of it, or taken it as a whole to send it by itself; the client was `"gone"`
 * before; its body `"failed"`.
 *
 * @category HTTP
 */
export type HttpEnd = "sent" | "gone" | "failed";

/**
 * Called with what became of a response: the error that its body has failed with, how many bytes of it the host was given, where that is
 * known, and the status of what was sent in its place, if that was possible.
 *
 * @category HTTP
 */
export type HttpEnded = (end: HttpEnd, error?: unknown, bytes?: number, status?: number) => void;

/**
 * Why the body of a request breaks off.
 *
 * @category HTTP
 */
export type HttpCut = "gone" | "over" | "malformed";

/**
 * A listening HTTP server of the host.
 *
 * @category HTTP
 */
export interface HttpListener {
  /** Where it listens, with the port that was really taken. */
  readonly addr: HttpAddress;
  /** How many requests are in flight, as far as the host tells: until their bodies are sent. */
  readonly pending: number;
  /**
   * Calls back once if the client leaves before its response was handed over, or, when called after that, before its body was sent. Called
   * only for a request whose handler waits for something or whose response has a stream, since watching costs something on every host.
   *
   * @returns a function that stops watching; called when the response is handed over, also a second time
   */
  watchClient(request: Request, info: HttpInfo, gone: () => void): () => void;
  /**
   * Whether the client of a request that has just come has to be watched before the host's next task, since by then it may have left unseen.
   * Absent where no client of the host can.
   */
  mayLeaveUnseen?(request: Request): boolean;
  /**
   * Calls back once when it is known what became of the response. Called right before that is handed over, and only when somebody wants to
   * know.
   */
  watchEnd(request: Request, info: HttpInfo, ended: HttpEnded): void;
  /**
   * Makes a request a WebSocket, and returns what the handler has to return now in place of its own response. The headers of the request
   * ask for one. Absent where the host has no WebSockets. {@linkcode HttpListener.close} waits until all of them are closed, where the
   * host can.
   */
  upgradeWebSocket?(request: Request, info: HttpInfo, options: HostWebSocketOptions): Response | Promise<Response>;
  /**
   * Why the body of a request broke off, if that is what an error of a handler says: the client is `"gone"`, the request is `"over"`, or what
   * the client sends is `"malformed"`. Null for any other error.
   */
  cutOffBy(error: unknown, request: Request): HttpCut | null;
  /** Where the client of a request came from. */
  clientAddr(request: Request, info: HttpInfo): HttpAddress;
  /**
   * Stops accepting, closes idle connections, and resolves once no request is left in flight. Called once.
   */
  close(): Promise<void>;
  /** Cuts every connection at once; {@linkcode HttpListener.close} resolves soon after. May follow close(). */
  abort(): void;
  /** Lets the process end although the listener listens. */
  unref(): void;
}

/**
 * Everything the loop and the layers above it ask of a runtime.
 *
 * @category Runtime
 */
export interface Adapter extends CoreAdapter {
  /** Calls back whenever the process gets the signal, until removed. A listener does not keep the process alive. */
  addSignalListener?(signal: string, listener: () => void): void;
  /** Removes what {@linkcode Adapter.addSignalListener} added. */
  removeSignalListener?(signal: string, listener: () => void): void;
  /** Sets the code that the process will exit with, if nothing else decides. */
  setExitCode?(code: number): void;
  /** Ends the process at once. */
  exit?(code: number): void;
  /**
   * Ends the process as soon as all that was written to stdout and stderr has left it; without a code with the one that was set, or 0.
   */
  exitWhenWritten?(code: number | undefined): void;
  /**
   * Starts an HTTP server; it listens when the promise resolves. A port in use, a name that does not resolve
   * or a denied permission rejects with an `OSError` that carries the code and keeps the host's error as its cause.
   * Those of the runtimes' own adapters are loaded by `serve()`, and reject with a `NotSupportedError` before.
   */
  serveHttp?(options: HttpListenOptions): Promise<HttpListener>;
  /**
   * Loads what the runtime knows of its own idleness, at the first use. Absent where it knows nothing, as in a browser or a simulation: there
   * loops are not watched for deadlocks.
   */
  idle?(): Promise<IdleHost>;
  /** Loads what the runtime does with sockets, at the first use. */
  net?(): Promise<NetAdapter>;
  /** What it does with descriptors. Absent where the runtime watches none but its own. */
  readonly descriptors?: DescriptorsAdapter;
  /** Loads what the runtime does with processes, at the first use. */
  processes?(): Promise<ProcessAdapter>;
  /** Loads what the runtime does with threads, at the first use. */
  workers?(): Promise<WorkersAdapter>;
}
